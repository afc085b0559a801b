"""``python -m shiage``: the command line."""

from .cli import main

main()
