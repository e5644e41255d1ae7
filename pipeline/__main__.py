"""``python -m pipeline`` is ``health-triples``."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
