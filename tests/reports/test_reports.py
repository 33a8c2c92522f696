"""The pages of the four papers: every figure and table from tiny results; what is kept; what is said."""

import dataclasses
import re
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from spectragui.cli.main import commands  # noqa: E402
from spectragui.core.errors import SpectraGUIError, TrainingError  # noqa: E402
from spectragui.core.file_lock import sole_user  # noqa: E402
from spectragui.core.loss_history import LossHistory, last_slope  # noqa: E402
from spectragui.core.progress import Cancelled  # noqa: E402
from spectragui.reports import page_content, report_item, report_run  # noqa: E402
from spectragui.reports.figure_files import astropy_table, write_item  # noqa: E402
from spectragui.reports.page_content import PageTable, page_blocks  # noqa: E402
from spectragui.reports.page_html import html_page  # noqa: E402
from spectragui.reports.page_pdf import column_widths, wrapped, write_pdf  # noqa: E402
from spectragui.reports.papers import PAPERS  # noqa: E402
from spectragui.reports.preset_models import (  # noqa: E402
    PRESETS,
    check_models,
    not_taken,
    preset_config,
    presets_of,
    trained_preset,
)
from spectragui.reports.report_item import items_of  # noqa: E402
from spectragui.reports.report_run import STEPS, ReportRun, compute_steps  # noqa: E402
from spectragui.reports.report_settings import ReportSettings  # noqa: E402
from spectragui.reports.result_store import ResultStore  # noqa: E402
from tests.reports.stand_ins import RESULTS  # noqa: E402
from tests.reports.test_page_words import check_print  # noqa: E402

#: What each paper must show, by places in the paper (issue 20).
PRINTED = {
    "thesis": ("Figure 5.1", "Figure 5.2", "Table 6.1"),
    "cvae": ("Section 4.2", "Section 4.3", "Section 4.1"),
    "denoise": ("Figure 1", "Figure 2", "Figure 3", "Figures 4 and 5", "Figures 6 to 9", "Figures 10 and 11"),
    "alhambra": ("Figures 2.1 and 2.2", "Figures 3.1 to 3.4", "Figure 4.1", "Table 4.1", "Figure 4.3",
                 "Figure 4.4"),
}  # fmt: skip


@pytest.fixture
def no_trainings(monkeypatch):
    """Let pages be written without trained networks."""
    monkeypatch.setattr(page_content, "training_rows", lambda _run: [])


def drawn(item, results):
    """Return the figure of an item, drawn but not saved."""
    figure = Figure(figsize=item.size, dpi=20)
    FigureCanvasAgg(figure)
    item.draw(figure, results)
    return figure


def check_axes(figure, name):
    """The lowest axes say what runs across, and something says what runs up."""
    axes = [one for one in figure.axes if one.axison and one.get_visible()]
    if not axes:
        assert "layers" in name or "drawing" in name, name
        return
    assert any(one.get_ylabel() or one.get_yticklabels() for one in axes) or figure.get_supylabel(), name
    lowest = [
        one for one in axes if one.get_subplotspec() is not None and one.get_subplotspec().is_last_row()
    ]
    assert figure.get_supxlabel() or any(one.get_xlabel() for one in lowest), name  # twins have none


@pytest.mark.parametrize("paper", PAPERS)
def test_every_figure_and_table_is_drawn_from_tiny_results(paper, tmp_path, no_trainings):
    results = RESULTS[paper]()
    run = ReportRun(ReportSettings(paper, tmp_path, quick=True))
    run.results.update(results)
    items = items_of(paper)
    assert {step for item in items for step in item.needs} == set(results)
    assert all(any(place in item.printed for item in items) for place in PRINTED[paper])
    (tmp_path / "figures").mkdir()
    Figure(figsize=(0.2, 0.1)).savefig(tmp_path / "blank.png", dpi=20)
    for item in items:
        assert len(item.text(results)) > 40 and "  " not in item.text(results), item.name
        if item.table:
            assert len(astropy_table(item.table(results)).colnames) > 1
        if item.draw:
            figure = drawn(item, results)
            check_axes(figure, item.name)
            check_print(figure, item.name)
            shutil.copy(tmp_path / "blank.png", tmp_path / "figures" / f"{item.name}.png")
    blocks = page_blocks(run, items)
    html = html_page("title", blocks)
    write_pdf("title", blocks, tmp_path, tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes()[:4] == b"%PDF"
    assert all(item.draw is None or f'src="figures/{item.name}.png"' in html for item in items)
    for words in ("What must be reached", "Printed numbers, and ours", "What cannot be compared"):
        assert words in html, words
    for item in items:
        for row in item.compared(results) if item.compared else ():
            assert row.how and (row.where or row.printed == ""), row  # every number its source
        for must in item.musts(results) if item.musts else ():
            assert must.how and must.verdict in ("met", "NOT met", "not judged")


def test_a_figure_is_written_as_png_and_svg_and_a_table_as_ecsv(tmp_path):
    item = next(one for one in items_of("cvae") if one.name == "generation_speed")
    written = write_item(item, RESULTS["cvae"](), tmp_path)
    assert [path.suffix for path in written] == [".png", ".svg", ".ecsv"]
    assert b"<svg" in written[1].read_bytes() and "unit: ms" in written[2].read_text(encoding="utf-8")


def test_the_impossible_rows_of_the_thesis_are_said_row_by_row():
    results = RESULTS["thesis"]()
    item = next(one for one in items_of("thesis") if one.name == "network_comparison")
    noted = {row.quantity.split(":")[0] for row in item.compared(results) if "impossible" in row.note}
    assert noted == {"StarNet T", "StarNet TG", "StarNet TGM", "VGG TGM"}


def test_a_result_comes_back_as_it_was_kept_and_only_for_what_it_was_made_from(tmp_path):
    store = ResultStore(tmp_path)
    tree = {"a": np.arange(6.0).reshape(2, 3), "b": [1, "x", {"c": np.float64(2.5)}], "d": {}, "n": None}
    store.write("step", {"seed": 1}, tree)
    found = store.read("step", {"seed": 1})
    np.testing.assert_array_equal(found["a"], tree["a"])
    assert found["b"] == [1, "x", {"c": 2.5}] and found["d"] == {} and found["n"] is None
    assert store.read("step", {"seed": 2}) is None and store.read("other", {"seed": 1}) is None
    (tmp_path / "step.npz").write_bytes(b"damaged")
    assert store.read("step", {"seed": 1}) is None


def test_an_interrupted_run_goes_on_with_what_is_missing(tmp_path, monkeypatch):
    made = []

    def step(name):
        def compute(_run, _progress):
            made.append(name)
            return {"value": len(made)}

        return report_run.Step(name, name, compute, 1.0)

    for name in ("cvae.one", "cvae.two"):
        monkeypatch.setitem(STEPS._entries, name, (100, step(name)))

    def stop_before_the_second(fraction, message=""):
        if fraction >= 0.5:
            raise Cancelled

    settings = ReportSettings("cvae", tmp_path)
    with pytest.raises(Cancelled):
        compute_steps(ReportRun(settings), ("cvae.one", "cvae.two"), stop_before_the_second)
    again = ReportRun(settings)
    compute_steps(again, ("cvae.one", "cvae.two"))
    assert made == ["cvae.one", "cvae.two"]
    assert again.results["cvae.one"]["value"] == 1
    compute_steps(ReportRun(dataclasses.replace(settings, seed=1)), ("cvae.one",))
    assert made[-1] == "cvae.one" and len(made) == 3


def test_every_network_of_the_papers_has_a_quick_and_a_full_configuration(tmp_path):
    for name, known in PRESETS.items():
        quick = preset_config(ReportSettings("thesis", tmp_path, quick=True), name)
        full = preset_config(ReportSettings("thesis", tmp_path, hours=2.0), name)
        assert quick.training.steps < full.training.steps and full.training.minutes == 120.0
        assert quick.output != full.output and quick.training.threads == 2
        if known.labels:
            assert len(full.data.labels) == len(known.labels)


def test_trained_networks_are_taken_from_a_folder(tmp_path):
    folder = tmp_path / "models" / "paper-cvae"
    folder.mkdir(parents=True)
    (folder / "train.toml").write_text("", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    settings = ReportSettings("cvae", tmp_path / "page", tmp_path / "models")
    assert trained_preset(settings, "paper-cvae") == folder


def test_slopes_tell_whether_more_training_would_help():
    step = np.arange(1.0, 31.0) * 100
    falling = LossHistory("a", step, np.ones(30), np.exp(-step / 1000.0))
    assert last_slope(falling) == pytest.approx(-1.0)
    assert np.isnan(last_slope(LossHistory("a", step, step, np.full(30, np.nan))))


def test_without_the_data_a_sentence_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("SPECTRAGUI_SHARED", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for paper in PAPERS:
        done = CliRunner().invoke(commands, ["reproduce", paper, "-o", str(tmp_path / "page"), "--quick"])
        assert done.exit_code == 1
        assert re.search(r"not at hand.*SPECTRAGUI_SHARED", done.output, re.DOTALL), done.output
    assert not (tmp_path / "page").exists()
    unknown = CliRunner().invoke(commands, ["reproduce", "nothing", "-o", str(tmp_path)])
    assert unknown.exit_code == 2 and "alhambra" in unknown.output
    with pytest.raises(SpectraGUIError, match="no paper"):
        items_of("nothing")


def test_a_folder_of_models_that_is_none_is_said(tmp_path, shared_data):
    from spectragui.reports.reproduce_paper import reproduce_paper

    with pytest.raises(TrainingError, match="no folder"):
        reproduce_paper(ReportSettings("cvae", tmp_path, tmp_path / "nothing", True))


def test_networks_that_are_not_there_or_not_finished_are_said(tmp_path, shared_data):
    from spectragui.reports.reproduce_paper import reproduce_paper

    models = tmp_path / "models"
    (models / "paper-starnet-T").mkdir(parents=True)
    with pytest.raises(TrainingError, match=r"no finished network.*paper-starnet-T there: not trained"):
        reproduce_paper(ReportSettings("thesis", tmp_path / "page", models, True))
    assert not (tmp_path / "page").exists()
    (models / "paper-vgg-T").mkdir()
    for name in ("train.toml", "model.safetensors"):
        (models / "paper-vgg-T" / name).write_bytes(b"")
    settings = ReportSettings("thesis", tmp_path / "page", models, True)
    check_models(settings)
    assert not_taken(settings) == ("paper-starnet-T",)
    named = {paper: presets_of(paper) for paper in PAPERS}
    assert sorted(name for names in named.values() for name in names) == sorted(PRESETS)


def test_two_runs_in_one_folder_and_an_interrupted_one_are_a_sentence(tmp_path, monkeypatch, shared_data):
    from spectragui.reports import reproduce_paper as module

    page = tmp_path / "page"
    arguments = ["reproduce", "denoise", "-o", str(page), "--quick"]
    page.mkdir()
    with sole_user(page, "reproducing a paper"):
        done = CliRunner().invoke(commands, arguments)
    assert done.exit_code == 1 and "Another process is reproducing a paper" in done.output

    def interrupted(*_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "compute_steps", interrupted)
    done = CliRunner().invoke(commands, arguments)
    assert done.exit_code == 130 and "the same command goes on" in done.output, done.output


def test_tables_of_the_pdf_fill_the_page_and_cut_no_word():
    table = PageTable(("What", "Measured with"), (("short", "a long sentence " * 20), ("x" * 300, "y")))
    assert sum(column_widths(table)) <= 495.0 - 7.0 + 0.5
    lines = wrapped("one two three", 9.0, "normal", 40.0)
    assert " ".join(lines) == "one two three" and len(lines) > 1


def test_modules_of_a_page_are_those_of_its_folder():
    """Each figure or table is a file, and is named in the order of its page."""
    from pathlib import Path

    root = Path(report_item.__file__).parent
    for paper, modules in report_item._MODULES.items():
        files = {path.stem for path in (root / paper).glob("*.py")}
        assert files - set(modules) <= {"__init__", "evaluation", "preprocessing_steps"}
        assert [item.name for item in items_of(paper)] == list(modules)


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPERS)
def test_a_tiny_run_of_each_paper(paper, tmp_path, shared_data, monkeypatch):
    from spectragui.reports import preset_models
    from spectragui.reports.reproduce_paper import reproduce_paper

    tiny = {}
    for name, known in PRESETS.items():
        quick = {section: dict(entries) for section, entries in known.quick.items()}
        quick["training"] |= {"steps": 6, "validate_every": 2}
        tiny[name] = dataclasses.replace(known, quick=quick)
    for module in (preset_models, page_content):
        monkeypatch.setattr(module, "PRESETS", tiny)
    settings = ReportSettings(paper, tmp_path, None, True, threads=1)
    page, pdf, *rest = reproduce_paper(settings)
    text = page.read_text(encoding="utf-8")
    assert pdf.stat().st_size > 50_000 and all(path.is_file() for path in rest)
    assert "batches" in text.lower() and "NOT met" in text or "met" in text
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "results").rglob("*.json")}
    reproduce_paper(settings)  # nothing is computed twice
    assert {path: path.stat().st_mtime_ns for path in before} == before
