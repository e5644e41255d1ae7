"""Work on lexicons: look up, count, check, add a term, make an add-on of another vocabulary. Articles are read elsewhere."""

from pipeline.lexicography.check import Problem, check_addon, check_package, tidy_package
from pipeline.lexicography.imports import FORMATS, Imported, import_terms
from pipeline.lexicography.lookup import Hit, find, search, statistics
from pipeline.lexicography.terms import NewTerm, add_term

__all__ = [
    "FORMATS",
    "Hit",
    "Imported",
    "NewTerm",
    "Problem",
    "add_term",
    "check_addon",
    "check_package",
    "find",
    "import_terms",
    "search",
    "statistics",
    "tidy_package",
]
