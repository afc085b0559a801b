"""Words for the user, in the language that Krita speaks.

Catalogues are gettext's: ``locale/LANGUAGE/LC_MESSAGES/shiage.mo`` beside this file. What operations call themselves
comes from the daemon and is shown as it is.
"""

from __future__ import annotations

import gettext
from pathlib import Path

_LOCALE = Path(__file__).parent / "locale"
_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use_language(code: str) -> None:
    """Speak ``code`` (``ja``, ``pt_BR``) from now on; the English of the source where there is no such catalogue."""
    global _catalogue  # noqa: PLW0603 - a program speaks one language
    _catalogue = gettext.translation("shiage", str(_LOCALE), [code], fallback=True)


def tr(text: str, **values: object) -> str:
    """``text`` in the user's language with ``{name}`` replaced by ``values``."""
    translated = _catalogue.gettext(text)
    return translated.format(**values) if values else translated
