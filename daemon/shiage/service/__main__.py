"""``python -m shiage.service [serve]``: the daemon without the command line's other commands."""

import sys

from .serve import main

if __name__ == "__main__":
    # The word is allowed so that whatever starts ``shiage serve`` can start this instead.
    sys.exit(main(sys.argv[2:] if sys.argv[1:2] == ["serve"] else sys.argv[1:]))
