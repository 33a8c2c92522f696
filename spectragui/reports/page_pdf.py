"""Write the blocks of a page as PDF, with matplotlib alone: text, tables and figures flow over A4 pages."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spectragui.core.atomic_write import atomic_path
from spectragui.reports.page_content import (
    Block,
    Bullets,
    FileNote,
    Heading,
    PageFigure,
    PageTable,
    Paragraph,
)

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 50.0  # points
TEXT_WIDTH = WIDTH - 2 * MARGIN
_INK, _GREY, _MARK = "#1b1f24", "#5b6470", "#fdf0e4"
_LEAD = 1.35  # of the size of a font
_CELL, _CELL_GAP, _LEAST_CELL = 6.8, 7.0, 30.0


def write_pdf(title: str, blocks: Sequence[Block], folder: Path, path: Path) -> None:
    """Write the page; figures are read from ``folder``."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    with (
        matplotlib.rc_context({"pdf.fonttype": 42, "text.parse_math": False}),
        atomic_path(path) as temporary,
        PdfPages(temporary, metadata={"Title": title, "Creator": "SpectraGUI"}) as pages,
    ):
        flow = _Flow(pages, folder)
        for block, after in zip(blocks, [*blocks[1:], None], strict=True):
            flow.add(block, after)
        flow.end_page()


class _Flow:
    """Where the next line goes, from page to page."""

    def __init__(self, pages: Any, folder: Path) -> None:
        self._pages, self._folder = pages, folder
        self._number = 0
        self._new_page()

    def add(self, block: Block, after: Block | None) -> None:
        """Put one block below the last one; a heading stays with the figure ``after`` it."""
        if isinstance(block, Heading):
            size = 15.0 if block.level == 1 else 11.5
            figure = self._size_of(after)[1] + 30.0 if isinstance(after, PageFigure) else 0.0
            self._need(90.0 if figure == 0.0 else figure + 40.0)
            self._y -= 4.0 if block.level == 1 else 12.0
            self._text(block.text, size, weight="bold")
        elif isinstance(block, Paragraph):
            self._text(
                block.text.replace("`", ""), 7.5 if block.is_small else 9.0, _GREY if block.is_small else _INK
            )
        elif isinstance(block, Bullets):
            for line in block.lines:
                self._text(f"•  {line}".replace("`", ""), 9.0, indent=8.0)
        elif isinstance(block, FileNote):
            self._text(f"{block.text}: {block.target}" if block.target else block.text, 7.5, _GREY)
        elif isinstance(block, PageFigure):
            self._figure(block)
        else:
            self._table(block)

    def end_page(self) -> None:
        """Write the page that is being filled."""
        self._figure_page.text(0.5, 24.0 / HEIGHT, str(self._number), ha="center", size=7.5, color=_GREY)
        self._pages.savefig(self._figure_page)

    def _new_page(self) -> None:
        from matplotlib.figure import Figure

        self._figure_page = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        self._y = HEIGHT - MARGIN
        self._number += 1

    def _need(self, height: float) -> None:
        if self._y - height < MARGIN:
            self.end_page()
            self._new_page()

    def _text(
        self, text: str, size: float, colour: str = _INK, weight: str = "normal", indent: float = 0.0
    ) -> None:
        for line in wrapped(text, size, weight, TEXT_WIDTH - indent):
            self._need(size * _LEAD)
            self._y -= size * _LEAD
            self._write(MARGIN + indent, self._y, line, size, colour, weight)
        self._y -= 4.0

    def _write(self, x: float, y: float, text: str, size: float, colour: str, weight: str = "normal") -> None:
        self._figure_page.text(x / WIDTH, y / HEIGHT, text, size=size, color=colour, weight=weight)

    def _size_of(self, block: PageFigure) -> tuple[float, float]:
        """Return width and height of a figure on the page [points]."""
        width, most = TEXT_WIDTH, HEIGHT - 2 * MARGIN - 110.0
        height = width * block.size[1] / block.size[0]
        return (width * most / height, most) if height > most else (width, height)

    def _figure(self, block: PageFigure) -> None:
        from matplotlib.image import imread

        image = imread(self._folder / block.png)
        width, height = self._size_of(block)
        self._need(height + 10.0)
        self._y -= height + 6.0
        left = (WIDTH - width) / 2
        axes = self._figure_page.add_axes(
            (left / WIDTH, self._y / HEIGHT, width / WIDTH, height / HEIGHT), frameon=False
        )
        axes.imshow(image, aspect="auto", interpolation="none")
        axes.set_axis_off()
        self._y -= 4.0

    def _table(self, table: PageTable) -> None:
        widths = column_widths(table)
        head = [wrapped(cell, _CELL, "bold", width) for cell, width in zip(table.head, widths, strict=True)]
        self._need(_CELL * _LEAD * 6)
        self._row(head, widths, "bold", line=0.9)
        for number, row in enumerate(table.rows):
            cells = [
                wrapped(c.replace("`", ""), _CELL, "normal", w) for c, w in zip(row, widths, strict=True)
            ]
            height = max(len(lines) for lines in cells) * _CELL * _LEAD + 4.0
            if self._y - height < MARGIN:
                self.end_page()
                self._new_page()
                self._row(head, widths, "bold", line=0.9)
            self._row(cells, widths, "normal", line=0.3, is_marked=number in table.marked)
        self._y -= 8.0

    def _row(
        self,
        cells: Sequence[Sequence[str]],
        widths: Sequence[float],
        weight: str,
        *,
        line: float,
        is_marked: bool = False,
    ) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Rectangle

        height = max(len(lines) for lines in cells) * _CELL * _LEAD + 4.0
        bottom = self._y - height
        page = self._figure_page
        if is_marked:
            page.add_artist(
                Rectangle(
                    (MARGIN / WIDTH, bottom / HEIGHT),
                    TEXT_WIDTH / WIDTH,
                    height / HEIGHT,
                    transform=page.transFigure,
                    color=_MARK,
                    linewidth=0,
                    zorder=0,
                )
            )
        x = MARGIN
        for lines, width in zip(cells, widths, strict=True):
            for number, text in enumerate(lines):
                self._write(x, self._y - (number + 1) * _CELL * _LEAD, text, _CELL, _INK, weight)
            x += width + _CELL_GAP
        page.add_artist(
            Line2D(
                (MARGIN / WIDTH, 1 - MARGIN / WIDTH),
                (bottom / HEIGHT,) * 2,
                color=_GREY,
                linewidth=line,
                transform=page.transFigure,
            )
        )
        self._y = bottom


def column_widths(table: PageTable) -> list[float]:
    """Return the widths of columns [points] that fill a page at most; long cells are wrapped."""
    columns = (
        list(zip(table.head, *table.rows, strict=True)) if table.rows else [(cell,) for cell in table.head]
    )
    wanted = [max(text_width(cell, _CELL, "bold") for cell in column) for column in columns]
    least = [
        min(
            max(
                max((text_width(word, _CELL, "bold") for word in cell.split()), default=0.0)
                for cell in column
            ),
            110.0,
        )
        for column in columns
    ]
    room = TEXT_WIDTH - _CELL_GAP * (len(columns) - 1)
    if sum(wanted) <= room:
        return wanted
    low, high = 0.0, max(wanted)
    for _ in range(40):  # the width that no column exceeds and that fills the page
        middle = 0.5 * (low + high)
        taken = sum(max(min(one, middle), small) for one, small in zip(wanted, least, strict=True))
        low, high = (middle, high) if taken <= room else (low, middle)
    return [max(min(one, low), small, 1.0) for one, small in zip(wanted, least, strict=True)]


def wrapped(text: str, size: float, weight: str, width: float) -> list[str]:
    """Return the lines of a text that fit a width [points]; a word that is wider is cut."""
    lines, line = [], ""
    for word in text.split():
        while text_width(word, size, weight) > width and len(word) > 1:
            cut = max(int(len(word) * width / text_width(word, size, weight)), 1)
            if line:
                lines.append(line)
                line = ""
            lines.append(word[:cut])
            word = word[cut:]
        tried = f"{line} {word}".strip()
        if line and text_width(tried, size, weight) > width:
            lines.append(line)
            line = word
        else:
            line = tried
    return [*lines, line] if line or not lines else lines


@functools.lru_cache(maxsize=20_000)
def text_width(text: str, size: float, weight: str) -> float:
    """Return how wide a text is [points]."""
    return sum(_letter_width(letter, weight) for letter in text) * size


@functools.lru_cache(maxsize=4000)
def _letter_width(letter: str, weight: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    width, _, _ = TextToPath().get_text_width_height_descent(
        letter, FontProperties(family="sans-serif", weight=weight, size=100.0), False
    )
    return float(width) / 100.0
