"""Training of the bundled models, offline; the extractor never imports this room."""
