"""``python -m shiage.service``: the daemon without the command line's other commands."""

import sys

from .serve import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
