"""Inside Blender: the packed add-on is installed and switched on.

Arguments: the add-on's .zip.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path

addon.tell({"package": addon.begin(addon.arguments()[0]).package})
