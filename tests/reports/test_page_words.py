"""What a page looks like in print: signs, digits, names, links, legends; layers of networks in order."""

from __future__ import annotations

import importlib.util
import math
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.text import Text  # noqa: E402

from spectragui.core.loss_history import LossHistory  # noqa: E402
from spectragui.reports import page_content  # noqa: E402
from spectragui.reports.layer_drawing import layer_sizes, read_layers, weights_of, widths  # noqa: E402
from spectragui.reports.page_content import has_ended, page_blocks, slope_word  # noqa: E402
from spectragui.reports.page_html import html_page  # noqa: E402
from spectragui.reports.page_numbers import (  # noqa: E402
    as_printed,
    beside_limit,
    cell,
    column_title,
    typeset,
    typeset_figure,
)
from spectragui.reports.papers import PAPERS  # noqa: E402
from spectragui.reports.preset_models import TrainingProgress  # noqa: E402
from spectragui.reports.report_item import items_of  # noqa: E402
from spectragui.reports.report_run import ReportRun  # noqa: E402
from spectragui.reports.report_settings import ReportSettings  # noqa: E402
from tests.reports.stand_ins import RESULTS  # noqa: E402

_ASCII_MINUS = re.compile(r"(?<![\w.\])\-])-\.?\d| - ")
_EXPONENT = re.compile(r"\de[+-]\d\d")
#: Quantities with a unit: an axis that names one says it.
_WITH_UNIT = re.compile(r"Teff|log g|v sin i|\[M/H\]|wavelength|F814W|magnitude|mass")


def trained(slope: float, epochs: float = 3.0, paper: float = 80.0) -> TrainingProgress:
    return TrainingProgress("paper-cvae", 40, 8, epochs, paper, 1000, slope, None, True)


def check_print(figure, name):
    """Axes say units, words have true minus signs, and a legend of many curves lies above the figure."""
    typeset_figure(figure)
    texts = [one.get_text() for one in figure.findobj(Text)]
    assert not [words for words in texts if _ASCII_MINUS.search(words)], name
    for axes in (one for one in figure.axes if one.axison):
        for words in (axes.get_xlabel(), axes.get_ylabel()):
            if _WITH_UNIT.search(words):
                assert re.search(r"\[[^\]]+\]\S*(, .*)?$| \(", words), (name, words)
        legend = axes.get_legend()
        assert legend is None or len(legend.get_texts()) <= 4, name


@pytest.fixture(scope="module")
def pages():
    """Blocks and items of each paper's page, from tiny results."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_content, "training_rows", lambda _run: [trained(-0.2), trained(math.nan)])
        found = {}
        for paper in PAPERS:
            run = ReportRun(ReportSettings(paper, Path("page"), quick=True))
            run.results.update(RESULTS[paper]())
            found[paper] = (page_blocks(run, items_of(paper)), run.results)
    return found


@pytest.mark.parametrize(
    ("words", "printed"),
    [("[Fe/H] -1.5, at -378 km/s (-0.1)", "[Fe/H] −1.5, at −378 km/s (−0.1)"),
     ("3900-9750 K, 1e-3, pfs-dae, 2026-11-30", "3900-9750 K, 1e-3, pfs-dae, 2026-11-30"),
     ("|generated - true| with R >= 20,000", "|generated − true| with R ≥ 20,000"),
     ("`-o DIR --seed -1`, or -1", "`-o DIR --seed -1`, or −1"), ("+50 K, -0.150", "+50 K, −0.150")],
)  # fmt: skip
def test_words_have_true_minus_signs_and_code_stays_as_it_is(words, printed):
    assert typeset(words) == printed


def test_a_papers_number_keeps_its_digits_and_ours_those_that_tell_it_from_the_limit():
    assert [as_printed(one) for one in (5974.49, 105.23, 0.0007, 21_700.0, "sub-percent")] == [
        "5974.49", "105.23", "0.0007", "21,700", "sub-percent",
    ]  # fmt: skip
    assert beside_limit(45.0, 45.0) == "45" and beside_limit(45.04, 45.0) == "45.04"
    assert beside_limit(1234.0, 45.0) == "1230" and beside_limit(-0.0123, 0.5) == "−0.0123"


@pytest.mark.parametrize(
    ("column", "head"),
    [(("d_teff", "K"), "Δ Teff [K]"), (("mean_abs_R_at_10", "%"), "mean |R| at S/N 10 [%]"),
     (("m_h", "dex"), "[M/H] [dex]"), (("window_start", "Angstrom"), "window start [Å]"),
     (("unit", ""), "unit"), (("snr", ""), "S/N")],
)  # fmt: skip
def test_columns_are_called_what_people_call_them(column, head):
    assert column_title(*column) == head
    assert [cell(one) for one in ("teff", "-", math.nan, 0.5, 12_000)] == ["Teff", "", "—", "0.5", "12,000"]


@pytest.mark.parametrize("paper", PAPERS)
def test_a_page_prints_no_programs_numbers_and_its_links_lead_somewhere(paper, pages):
    blocks, results = pages[paper]
    html = html_page("title", blocks, f"{paper}.pdf")
    assert "prefers-color-scheme: dark" in html
    words = re.sub(r"<code>.*?</code>|<[^>]*>", " ", html[html.index("<body>") :])
    assert not re.findall(r"\w+_\w+ \[|\b(?:teff|logg|m_h|vsini)\b", words)
    assert not _EXPONENT.search(words), _EXPONENT.findall(words)
    for place in _ASCII_MINUS.finditer(words):
        raise AssertionError(words[max(place.start() - 40, 0) : place.end() + 20])
    places = set(re.findall(r'id="([^"]+)"', html))
    files = {f"{paper}.pdf"}
    for item in items_of(paper):
        files |= {f"figures/{item.name}.svg"} if item.draw else set()
        files |= {f"tables/{item.name}.ecsv"} if item.table else set()
    links = re.findall(r'href="([^"]+)"', html)
    assert {link for link in links if not link.startswith("#")} == files
    assert {link[1:] for link in links if link.startswith("#")} <= places and len(places) > 8


def test_layers_are_named_and_stand_in_the_order_of_the_network():
    kept = [
        ["labels", "Teff", 0], ["encoder.0.0", "19,006 to 4,000, 76.03 M weights", 76_028_000],
        ["encoder.0.2", "4,000 to 1,000, 4.00 M weights", 4_001_000],
        ["decoder.0", "106 to 19,000, 2.03 M weights", 2_033_000],
        ["to_latent", "1,000 to 200, 200,200 weights", 200_200], ["errors", "3 that no spectrum changes", 3],
    ]  # fmt: skip
    titles = [row.title for row in read_layers(kept, {"encoder layer 2": ("pooling", "2 to one")})]
    assert titles == [
        "labels", "encoder layer 1", "encoder layer 2", "pooling", "latent means and variances",
        "decoder layer", "errors",
    ]  # fmt: skip
    assert widths(kept, "encoder layer") == "4000, 1000"
    assert layer_sizes(kept, "latent") == [(1000, 200, 0)]
    assert weights_of(kept) == 76_028_000 + 4_001_000 + 2_033_000 + 200_200
    starnet = [["convolutions.1", "4 to 16 channels, kernel 8, 528 weights", 528]]
    assert layer_sizes(starnet, "convolution") == [(4, 16, 8)]


def test_sizes_beside_the_printed_ones_are_read_from_the_networks(pages):
    _, results = pages["thesis"]
    layers = dict(results["thesis.comparison"]["layers"])
    layers["paper-starnet-TGM"] = [
        ["spectrum", "5,000 pixels", 0], ["convolutions.0", "1 to 7 channels, kernel 9", 1],
        ["dense.0", "30 to 20, 9 weights", 9],
    ]  # fmt: skip
    changed = results | {"thesis.comparison": results["thesis.comparison"] | {"layers": layers}}
    item = next(one for one in items_of("thesis") if one.name == "starnet_drawing")
    ours = {row.quantity: row.ours for row in item.compared(changed)}
    assert ours["StarNet: input"] == 5000.0 and ours["StarNet: filters"] == "7"
    assert ours["StarNet: dense layers"] == "20" and ours["StarNet: weights"] == 10.0


def test_a_page_says_how_far_trainings_got_and_what_flat_means(pages):
    blocks, _ = pages["cvae"]
    table = next(b for b in blocks if getattr(b, "head", ("",))[0] == "Network")
    row = dict(zip(table.head, table.rows[0], strict=True))
    assert row["Epochs reached"] == "3" and row["Paper's epochs"] == "80"
    assert row["Last slope"] == "−20 %: falling"
    note = blocks[blocks.index(table) + 1].text
    assert "Flat: less than 1 % either way" in note
    rates = np.array([1e-3, 5e-4, 9e-5])
    ended, going = (LossHistory("m", rates, rates, rates, one) for one in (rates, rates[:2]))
    assert has_ended(ended) and not has_ended(going) and not has_ended(None)
    assert [slope_word(one) for one in (-0.0099, 0.0099, -0.01, 0.02)] == [
        "flat",
        "flat",
        "falling",
        "rising",
    ]


def test_a_kept_page_in_markdown_has_whole_tables_and_no_files_that_are_not_kept(pages, monkeypatch):
    path = Path(__file__).resolve().parents[2] / "docs" / "make_papers.py"
    spec = importlib.util.spec_from_file_location("make_papers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for blocks, _ in pages.values():
        for block in blocks:
            if isinstance(block, page_content.PageTable):
                lines = module.table(block).splitlines()
                assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {len(block.head) + 1}
                assert sum("**" in line for line in lines) == len(block.marked)
        text = module.page_text(blocks)
        assert ".ecsv" not in text and "Beside the page" not in text
