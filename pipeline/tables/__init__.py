"""Published records as tables: JSON lines or Parquet to pandas, without the extractor."""

from pipeline.tables.dataset import Dataset, load_dataset
from pipeline.tables.difference import Difference
from pipeline.tables.layout import FILES, Column, Table, layout
from pipeline.tables.views import ArticleView, Evidence

__all__ = ["FILES", "ArticleView", "Column", "Dataset", "Difference", "Evidence", "Table", "layout", "load_dataset"]
