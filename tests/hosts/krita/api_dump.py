"""Print the surface of the real Krita's Python API as JSON: class -> names. Runs on Krita's own Python, outside
Krita.
"""

import glob
import json
import sys

for place in [p for pattern in ("lib/*", "lib", "lib64") for p in glob.glob(f"/usr/{pattern}/krita-python-libs")]:
    sys.path.insert(0, place)
import PyQt5.QtWidgets  # noqa: E402, F401 - the module below needs it loaded
from PyKrita import krita  # noqa: E402

print(
    json.dumps(
        {
            name: sorted({n for base in thing.__mro__ for n in vars(base) if not n.startswith("__")})
            for name, thing in vars(krita).items()
            if isinstance(thing, type)
        }
    )
)
