"""Light and shadow on finished paintings and on flat art.

``analyse`` reads a picture's relief once; ``light`` and ``cel_shade`` light it as often as the lights move; ``split``
gives light and shadow as layers.
"""

from .analysis import STYLES, Analysis, Anchor, Style, analyse
from .bands import enlarged
from .cache import AnalysisCache, content_key
from .cel import Cel, CelShading, cel_shade
from .form import form_normals
from .lamps import PRESETS, Light, Lighting
from .layers import LightLayers, composite, split
from .shade import light
from .tones import shadow_tone

__all__ = [
    "PRESETS",
    "STYLES",
    "Analysis",
    "AnalysisCache",
    "Anchor",
    "Cel",
    "CelShading",
    "Light",
    "LightLayers",
    "Lighting",
    "Style",
    "analyse",
    "cel_shade",
    "composite",
    "content_key",
    "enlarged",
    "form_normals",
    "light",
    "shadow_tone",
    "split",
]
