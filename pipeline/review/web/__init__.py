"""The web app of a review: pages made on the server, a small script for keys, and nothing from elsewhere."""

from pipeline.review.web.app import create_app
from pipeline.review.web.guard import Access
from pipeline.review.web.server import serve

__all__ = ["Access", "create_app", "serve"]
