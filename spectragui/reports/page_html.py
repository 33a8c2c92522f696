"""Write the blocks of a page as one HTML file; figures lie beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from spectragui.reports.page_content import Block, Bullets, Heading, PageFigure, PageTable, Paragraph

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 62rem;
       margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2.2rem;
     border-bottom: 1px solid #d5d9de; padding-bottom: .2rem; }
img { max-width: 100%; height: auto; } figure { margin: 1rem 0; }
.small { color: #5b6470; font-size: .86rem; }
table { border-collapse: collapse; font-size: .86rem; margin: .8rem 0; } .wide { overflow-x: auto; }
th, td { border-bottom: 1px solid #d5d9de; padding: .25rem .7rem .25rem 0; text-align: left;
         vertical-align: top; }
th { border-bottom: 2px solid #5b6470; } tr.marked td { background: #fdf0e4; } code { background: #f4f5f7; }
"""


def html_page(title: str, blocks: Sequence[Block]) -> str:
    """Return the page as HTML text."""
    body = "\n".join(_html(block) for block in blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_words(block.text)}</h{block.level}>"
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
        + "".join(f"<td>{_words(cell)}</td>" for cell in row)
        + "</tr>"
        for number, row in enumerate(table.rows)
    ]
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _words(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
