"""How a model is cited: its card as BibTeX."""

from __future__ import annotations

import re

from spectragui.core.model_card import ModelCard

_NO_KEY = re.compile(r"[^A-Za-z0-9_]+")


def model_bibtex(card: ModelCard) -> str:
    """Return a BibTeX entry for a model; a citation that is one already stays as it is."""
    if card.citation.lstrip().startswith("@"):
        return card.citation
    return (
        f"@software{{spectragui_{_NO_KEY.sub('_', card.name)},\n"
        f"  title = {{{_in_braces(card.title or card.name)}}},\n"
        f"  version = {{{_in_braces(card.version)}}},\n"
        f"  note = {{{_in_braces(card.citation or 'SpectraGUI')}}}\n}}"
    )


def _in_braces(text: str) -> str:
    """Return a text whose braces cannot end the field."""
    return text.replace("{", "(").replace("}", ")").replace("\\", "/")
