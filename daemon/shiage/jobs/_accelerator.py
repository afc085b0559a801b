"""What networks run on."""

from __future__ import annotations

import sys
from pathlib import Path


def accelerator_name() -> str:
    """``cpu`` or the device's name. Imports torch only where there may be a device: that takes seconds."""
    if sys.platform != "darwin" and not Path("/proc/driver/nvidia").exists() and not Path("/dev/kfd").exists():
        return "cpu"
    try:
        import torch
    except ImportError:
        return "cpu"
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name(0))
    return "mps" if torch.backends.mps.is_available() else "cpu"
