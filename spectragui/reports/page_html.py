"""Write the blocks of a page as one HTML file; figures lie beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from spectragui.reports.page_content import (
    Block,
    Bullets,
    FileNote,
    Heading,
    PageFigure,
    PageTable,
    Paragraph,
)

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d5d9de; --strong: #5b6470;
        --quiet: #5b6470; --mark: #fdf0e4; --code: #f4f5f7; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e6ea; --paper: #16191d; --line: #363c44; --strong: #8b949e; --quiet: #a3abb5;
          --mark: #4a3215; --code: #262b31; --link: #7cb7ff; }
  img { filter: brightness(.92); border-radius: 4px; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
       margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2.2rem;
     border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
a { color: var(--link); }
img { max-width: 100%; height: auto; } figure { margin: 1rem 0; }
nav ul { columns: 2; column-gap: 2rem; font-size: .9rem; padding-left: 1.1rem; }
.small { color: var(--quiet); font-size: .86rem; }
table { border-collapse: collapse; font-size: .86rem; margin: .8rem 0; } .wide { overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .9rem .25rem 0; text-align: left;
         vertical-align: top; font-variant-numeric: tabular-nums; }
td.short { white-space: nowrap; }
th { border-bottom: 2px solid var(--strong); } tr.marked td { background: var(--mark); }
code { background: var(--code); }
@media print { nav { display: none; } h2, figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
"""
_SHORT = 18  # letters of a cell that is not broken into lines


def html_page(title: str, blocks: Sequence[Block], pdf: str = "") -> str:
    """Return the page as HTML text; ``pdf`` is the name of the same page as PDF, beside it."""
    places = {id(block): f"part{n}" for n, block in enumerate(blocks) if isinstance(block, Heading)}
    parts, is_listed = [], False
    for block in blocks:
        if isinstance(block, Heading) and block.level > 1 and not is_listed:
            parts.append(_contents(blocks, places, pdf))
            is_listed = True
        parts.append(_html(block, places.get(id(block), "")))
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _contents(blocks: Sequence[Block], places: Mapping[int, str], pdf: str) -> str:
    lines = [
        f'<li><a href="#{places[id(block)]}">{_words(block.text)}</a></li>'
        for block in blocks
        if isinstance(block, Heading) and block.level > 1
    ]
    same = f'<p class=small><a href="{escape(pdf)}">The same page as PDF</a></p>' if pdf else ""
    return f"<nav><ul>{''.join(lines)}</ul></nav>{same}"


def _html(block: Block, place: str) -> str:
    if isinstance(block, Heading):
        return f'<h{block.level} id="{place}">{_words(block.text)}</h{block.level}>'
    if isinstance(block, FileNote):
        if not block.target:
            return f"<p class=small>{_words(block.text)}</p>"
        return f'<p class=small><a href="{escape(block.target)}">{_words(block.text)}</a></p>'
    if isinstance(block, Paragraph):
        return f"<p{' class=small' if block.is_small else ''}>{_words(block.text)}</p>"
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{_words(line)}</li>" for line in block.lines) + "</ul>"
    if isinstance(block, PageFigure):
        return (
            f'<figure><a href="{escape(block.svg)}"><img src="{escape(block.png)}" '
            f'alt="{escape(block.title)}"></a></figure>'
        )
    return _table(block)


def _table(table: PageTable) -> str:
    head = "".join(f"<th>{_words(cell)}</th>" for cell in table.head)
    rows = [
        f"<tr{' class=marked' if number in table.marked else ''}>"
        + "".join(f"<td{' class=short' if len(cell) <= _SHORT else ''}>{_words(cell)}</td>" for cell in row)
        + "</tr>"
        for number, row in enumerate(table.rows)
    ]
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _words(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
