"""What the pages of the training dialog say is what is trained; what they show is what was found."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.core.photometry import band_set
from spectragui.gui.training import run_page, trainings
from spectragui.gui.training.before_after_plot import BeforeAfterPlot
from spectragui.gui.training.check_page import CheckPage
from spectragui.gui.training.filter_form import FilterForm
from spectragui.gui.training.labelled_form import LabelledForm
from spectragui.gui.training.made_forms import CatalogueForm, GridForm, NightsForm, SyntheticForm
from spectragui.gui.training.plan_config import config_of, estimate_of
from spectragui.gui.training.plan_data import CheckedColumn, CheckedData, _check_catalogue
from spectragui.gui.training.run_page import LossPlot, RunPage
from spectragui.gui.training.settings_page import SettingsPage
from spectragui.gui.training.start_choices import unused_settings, usual_settings
from spectragui.gui.training.training_plan import PAIRS, Nights, TrainingPlan, TrainingSettings
from tests.gui.photometry.sample_catalogues import columns_of

MINUS = "\N{MINUS SIGN}"
PLAN = TrainingPlan(name="mine", labels=("teff",))


def form_of(qtbot, kind, plan=PLAN):
    form = kind(plan)
    qtbot.addWidget(form)
    return form


def with_values(form, **changes):
    form.form.set_values(dataclasses.replace(form.form.values, **changes))
    return form.missing()


# --- data ---


def test_simulated_stars_are_those_that_were_asked_for(qtbot, theme):
    form = form_of(qtbot, SyntheticForm)
    assert form.missing() == ""
    for name, low, high, words in (
        ("snr", 50.0, 30.0, "S/N goes from 50 to 30: swap them."),
        ("teff", 6000.0, 5000.0, "Teff goes from 6000 to 5000: swap them."),
        ("logg", 4.5, 4.0, "log g goes from 4.5 to 4: swap them."),
        ("m_h", 0.5, -1.0, "[M/H] goes from 0.5 to -1: swap them."),
    ):
        before = form.form.values
        assert with_values(form, **{f"{name}_low": low, f"{name}_high": high}) == words
        form.form.set_values(before)
    assert with_values(form, snr_low=60.0, snr_high=60.0, fastest_kms=80.0) == ""
    form.ticks.ticks["vsini"].setChecked(True)
    form.ticks.ticks["logg"].setChecked(False)
    plan = form.plan_with(dataclasses.replace(PLAN, columns={"teff": "T"}))
    assert (plan.stars.snr_low, plan.stars.fastest_kms, plan.columns) == (60.0, 80.0, {})
    assert "vsini" in plan.labels and "logg" not in plan.labels and "teff" in plan.labels
    form.show_kind("cvae")  # a generator learns from exact spectra at rest
    assert (form.form.values.with_noise, form.form.values.fastest_kms) == (False, 0.0)
    assert form.ticks.isHidden()
    for tick in form.ticks.ticks.values():
        tick.setChecked(False)
    assert form.missing() == "Tick at least one label."


def test_a_grid_of_models_is_read_with_its_own_table_and_chain(qtbot, theme, tmp_path):
    form = form_of(qtbot, GridForm, dataclasses.replace(PLAN, table="/of/the/labelled.csv"))
    assert form.missing() == "Choose the folder of the models."
    form.folder.setText(f" {tmp_path} ")
    form.table.setText(str(tmp_path / "none.csv"))
    assert form.missing() == f"There is no table {tmp_path / 'none.csv'}."
    (tmp_path / "labels.csv").write_text("file,teff\n", encoding="utf-8")
    form.table.setText(str(tmp_path / "labels.csv"))
    form.chain.setCurrentIndex(2)
    with_values(form, snr=77.0)
    plan = form.plan_with(PLAN)
    assert (plan.folder, plan.table) == (str(tmp_path), str(tmp_path / "labels.csv"))
    assert plan.grid.snr == 77.0 and plan.chain == form.chain.itemText(2) and form.missing() == ""
    form.show_kind("cvae")
    assert form.form.values.snr == 0.0 and form.ticks.isHidden()
    form.show_kind("parameters")
    assert not form.ticks.isHidden()


def test_nights_and_catalogues(qtbot, theme, tmp_path):
    form = form_of(qtbot, NightsForm)
    assert with_values(form, teff_low=5000.0, teff_high=5000.0) == "Teff goes from 5000 to 5000 K: swap them."
    assert with_values(form, teff_high=5001.0, ebv=0.3) == "" and form.plan_with(PLAN).nights.ebv == 0.3
    form = form_of(qtbot, CatalogueForm)
    assert form.missing() == "Choose the catalogue."
    form.catalogue.setText(f"{tmp_path}/none.csv ")
    assert form.missing() == f"There is no catalogue {tmp_path}/none.csv."
    (tmp_path / "none.csv").write_text("z\n", encoding="utf-8")
    assert form.missing() == "" and form.plan_with(PLAN).catalogue == f"{tmp_path}/none.csv"


def test_each_filter_is_its_own(qtbot, theme, tmp_path):
    form = form_of(qtbot, FilterForm)
    for name in ("hull.csv", "track.csv"):
        (tmp_path / name).write_text("teff,logg\n", encoding="utf-8")
    form.box.setText("teff=4000:6000, logg = 3:5")
    form.hull.setText(str(tmp_path / "hull.csv"))
    form.isochrone.setText(str(tmp_path / "track.csv"))
    form.cuts.setCurrentIndex(1)
    plan = form.plan_with(PLAN)
    assert dict(plan.filters.box) == {"teff": (4000.0, 6000.0), "logg": (3.0, 5.0)}
    assert plan.filters.hull.endswith("hull.csv") and plan.filters.isochrone.endswith("track.csv")
    assert plan.cuts == form.cuts.itemText(1) and form.missing() == ""
    for wrong in ("teff=6000:4000", "colour=1:2", "teff=4000", "teff"):
        form.box.setText(f"logg=3:5, {wrong}")
        assert form.missing() == f"The box {wrong!r} is none: write teff=4000:6000, commas between."
        assert dict(form.plan_with(PLAN).filters.box) == {}
    form.box.setText("teff=5000:5000")
    assert form.missing() == ""
    form.isochrone.setText("/none.csv")
    assert form.missing() == "There is no table /none.csv."


def test_a_label_is_learnt_where_the_table_has_it_and_it_is_ticked(qtbot, session):
    form = LabelledForm(session, dataclasses.replace(PLAN, columns={"logg": "gravity"}))
    qtbot.addWidget(form)
    form._show_columns(["file", "teff", "gravity", "z"])
    shown = {role: box.currentData() for role, box in form.boxes.items() if box.currentData()}
    assert shown == {"file": "file", "teff": "teff", "logg": "gravity"}
    ticks = {name: (tick.isChecked(), tick.isEnabled()) for name, tick in form.ticks.items()}
    assert ticks.pop("teff") == ticks.pop("logg") == (True, True)
    assert set(ticks.values()) == {(False, False)}
    assert form.said.text().startswith("4 columns.")
    form.boxes["m_h"].setCurrentText("z")  # told: then it is learnt
    form.boxes["teff"].setCurrentIndex(0)
    form.table.setText("/data/labels.csv")
    form.folder.setText("/data")
    plan = form.plan_with(PLAN)
    assert plan.labels == ("logg", "m_h") and plan.columns["m_h"] == "z" and "teff" not in plan.columns
    assert (plan.table, plan.folder, plan.same_shape) == ("/data/labels.csv", "/data", False)
    form.same_shape.setChecked(True)
    form.chain.setCurrentIndex(1)
    assert form.plan_with(PLAN).same_shape and form.plan_with(PLAN).chain == form.chain.itemText(1)
    form.boxes["file"].setCurrentIndex(0)
    assert form.missing() == "Say which column names the files."


# --- settings ---


@pytest.mark.parametrize(
    ("kind", "base", "wanted"),
    [("parameters", "optical-parameters", {}),
     ("parameters", "", {"steps": 2000, "rate_e4": 10.0, "rehearsal": 0.0, "validate_every": 50}),
     ("denoiser", "pfs-dae", {"rate_e4": 10.0, "rehearsal": 0.3}),
     ("cvae", "optical-cvae", {"batch": 128, "rate_e4": 1.0}),
     ("photometry", "alhambra-redshift", {"steps": 600, "batch": 256, "average": 0.99, "validate_every": 50,
                                          "rehearsal": 0.0})],
)  # fmt: skip
def test_each_kind_begins_with_its_usual_settings(kind, base, wanted):
    plan = TrainingPlan(kind=kind, base=base, settings=TrainingSettings(seed=5, device="cpu", steps=7))
    found = usual_settings(plan)
    assert found == dataclasses.replace(TrainingSettings(seed=5, device="cpu"), **wanted)


def test_a_paper_begins_with_its_own_settings_and_no_rehearsal():
    from spectragui.training.config_file import find_config, read_config

    for preset, kind in (("paper-alhambra-mass", "photometry"), ("paper-starnet", "parameters")):
        printed = read_config(find_config(preset)).training
        found = usual_settings(TrainingPlan(kind=kind, base="", preset=preset))
        assert (found.steps, found.batch, found.average) == (printed.steps, printed.batch, printed.average)
        assert found.rate_e4 == pytest.approx(1e4 * printed.learning_rate) and found.rehearsal == 0.0
        assert (found.weight_decay, found.validate_every) == (printed.weight_decay, printed.validate_every)


@pytest.mark.parametrize(
    ("kind", "base", "preset", "used"),
    [("parameters", "optical-parameters", "", {"learning_curve", "folds", "rehearsal", "freeze"}),
     ("parameters", "", "", {"learning_curve", "folds", "together", "network"}),
     ("parameters", "", "paper-starnet", {"learning_curve", "folds", "together"}),
     ("denoiser", "pfs-dae", "", {"freeze", "rehearsal", "draws", "calibration"}),
     ("cvae", "optical-cvae", "", {"freeze", "rehearsal"}),
     ("photometry", "alhambra-mass", "", {"freeze"}), ("photometry", "", "paper-alhambra-mass", set())],
)  # fmt: skip
def test_settings_that_serve_nothing_are_not_asked(kind, base, preset, used):
    asked = {"network", "together", "rehearsal", "draws", "calibration", "learning_curve", "folds", "freeze"}
    plan = TrainingPlan(kind=kind, base=base, preset=preset)
    assert set(unused_settings(plan)) == asked - used


def test_the_stars_and_nights_of_a_denoiser_stand_in_its_configuration(tmp_path):
    nights = Nights("pfs-mr", 4100.0, 6200.0, 777, 0.33, 0.04, 120.0)
    settings = TrainingSettings(draws=1234, calibration=99, rehearsal=0.2, tensorboard=True, steps=77)
    plan = TrainingPlan(name="mine", kind="denoiser", base="pfs-dae", nights=nights, settings=settings)
    config = config_of(plan, tmp_path)
    domain = config.domain
    assert (domain.instrument, domain.teff, domain.ebv) == ("pfs-mr", (4100.0, 6200.0), 0.33)
    assert (domain.n_stars, domain.calibration_error, domain.fastest_kms) == (777, 0.04, 120.0)
    assert config.training.calibration_spectra == 99 and config.base.rehearsal == 0.2
    assert config.network.options["draws"] == 1234 and config.output == str(tmp_path / "mine")
    assert config.training.tensorboard and config.training.checkpoint_every == 7
    fresh = config_of(dataclasses.replace(plan, base="", preset="paper-dae"), tmp_path)
    assert fresh.base.rehearsal == 0.0 and fresh.base.model == ""


def test_what_a_training_takes_is_said_with_its_units_and_networks(qtbot, theme):
    plan = TrainingPlan(
        name="mine", base="", labels=("teff", "logg", "m_h"), settings=TrainingSettings(steps=1000)
    )
    page = SettingsPage(plan)
    qtbot.addWidget(page)
    page.show_plan(plan, 2000)
    seconds, megabytes = estimate_of(page.plan_with(plan), 2000)
    assert "for 2,000 spectra, on one core" in page.estimate.text() and "networks" not in page.estimate.text()
    told = float(page.estimate.text().split()[1].replace(",", ""))
    assert told == pytest.approx(seconds / 60.0, rel=0.2) and megabytes == 900.0 + 200.0
    page._take(dataclasses.replace(TrainingSettings(), together=PAIRS), ["together"])
    assert page.estimate.text().endswith(" 3 networks are trained one after the other.")
    assert page.plan_with(plan).settings.together == PAIRS and page.plan_with(plan).name == "mine"
    large = estimate_of(
        TrainingPlan(preset="paper-dae", base="", settings=TrainingSettings(steps=10, batch=4)), 5
    )
    assert large == (pytest.approx(10 * 4 * 0.027), 1700.0)
    kind = TrainingPlan(
        kind="denoiser", base="pfs-dae", settings=TrainingSettings(steps=10, batch=100, calibration=50)
    )
    assert estimate_of(kind, 200)[0] == pytest.approx(20.0 + 200 * 0.03 + 10 * 100 * 2e-6 + 5.0)


# --- check ---


def test_the_parts_of_a_catalogue_are_those_of_the_split(tmp_path):
    columns = columns_of(400, seed=3)
    path = tmp_path / "mine.csv"
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    plan = TrainingPlan(kind="photometry", base="", preset="paper-alhambra-redshift", catalogue=str(path))
    found = _check_catalogue(plan, lambda *_: None)
    counts = {part: int(np.sum(found.parts == part)) for part in ("training", "validation", "test")}
    assert sum(counts.values()) == found.n_used == 400 and counts["training"] > 0.6 * 400
    first = (
        f"400 objects of 400 parents (rows, as there is no parent_id): {counts['training']:,} for training, "
        f"{counts['validation']:,} for validation, {counts['test']:,} for test."
    )
    assert found.lines[0].startswith(first)
    assert [column.name for column in found.columns] == ["z"] and found.lines[1].startswith("z: 320 values")
    from spectragui.gui.training.plan_config import catalogue_config
    from spectragui.training.photometry.data import split_rows, training_table

    config = catalogue_config(plan).data
    rows = split_rows(training_table(config, lambda *_: None), config)
    assert set(found.parts[rows["calibration"]]) == {"validation"}
    assert set(found.parts[rows["test"]]) == {"test"} and set(found.parts[rows["train"]]) == {"training"}
    assert config.band_set == "alhambra" and band_set("alhambra")


def test_a_checked_label_is_named_with_its_unit(qtbot, session):
    page = CheckPage(session)
    qtbot.addWidget(page)
    values = np.array([4000.0, 5000.0, 6000.0, np.nan])
    columns = (
        CheckedColumn("teff", "Teff", "K", values, (4500.0,)),
        CheckedColumn("m_h", "[M/H]", "", values / 1e4),
    )
    parts = np.array(["training", "training", "test", "validation"])
    page._on_checked(CheckedData(4, ("4 spectra.", "Good."), columns, parts))
    assert page.text.toPlainText() == "4 spectra.\nGood." and page.label.count() == 2
    assert page.plot.axis_label("bottom") == "Teff (K)" and page.plot.axis_label("left") == "Number"
    page.label.setCurrentIndex(1)
    assert page.plot.axis_label("bottom") == "[M/H]"
    for part, role in (("training", "observed"), ("validation", "generated"), ("test", "residual")):
        assert f'color:{session.theme.color(role).name()}">■</span> {part}' in page.key.text()


# --- run and comparison ---


def test_a_running_training_says_how_far_it_is_and_how_well(qtbot, session, monkeypatch):
    rows = [
        {"step": 10 * i, "loss": 1.0 / i, "validation_loss": 1.2 / i, "learning_rate": 1e-3}
        for i in (1, 2, 3)
    ]
    rows[-1]["labels"] = {"teff": [90.4, -3.26], "logg": [0.1234, 0.02], "unknown": [1.0, 2.0]}
    training = SimpleNamespace(name="mine", state="running")
    job = SimpleNamespace(is_active=True, status="running", message="batch 30", fraction=0.25,
                          remaining_s=lambda _now: 150.0)  # fmt: skip
    monkeypatch.setattr(run_page, "list_trainings", lambda: [])
    jobs = SimpleNamespace(jobs={"mine": job}, changed=SimpleNamespace(connect=lambda _slot: None))
    page = RunPage(session, jobs)
    qtbot.addWidget(page)
    page.training = training
    page._history = SimpleNamespace(rows=lambda: rows)
    page._follow()
    assert page.said.text() == "mine: batch 30" and page.bar.value() == 250
    assert page.left.text() == "About 2.5 minutes left"
    errors = [[page.errors.item(r, c).text() for c in range(3)] for r in range(page.errors.rowCount())]
    assert errors == [["Teff", "90 K", f"{MINUS}3 K"], ["log g", "0.123", "0.020"]]
    job.status = "waiting"
    page._follow()
    assert page.said.text() == "mine: Waits for another training"
    job.is_active = False
    training.state = "done"
    page._follow()
    assert page.said.text() == "mine: Done" and page.left.text() == " " and page.resume.isHidden()
    training.state = "cancelled"
    page._follow()
    assert not page.resume.isHidden() and page.pause.isHidden()


def test_losses_and_the_rate_are_drawn_at_their_batches(qtbot, session):
    plot = LossPlot(session)
    qtbot.addWidget(plot)
    rows = [{"step": 10, "loss": 3.0, "validation_loss": 4.0, "learning_rate": 1e-2},
            {"step": 20, "loss": 2.0},
            {"step": 30, "loss": 1.0, "validation_loss": 2.5, "learning_rate": 1e-4}]  # fmt: skip
    for row in rows:
        row.setdefault("validation_loss", None)
    plot.show_history(rows)
    drawn = {role: tuple(map(list, curve.getData())) for role, curve in plot._curves.items()}
    assert drawn["observed"] == ([10.0, 20.0, 30.0], [3.0, 2.0, 1.0])
    assert drawn["generated"] == ([10.0, 30.0], [4.0, 2.5])
    assert drawn["residual"][0] == [10.0, 30.0] and drawn["residual"][1] == pytest.approx([-2.0, -4.0])
    (left, right), (low, high) = plot.getViewBox().viewRange()
    assert (left, right) == pytest.approx((10.0, 30.0)) and low < 1.0 and high > 4.0
    low, high = plot._rate_box.viewRange()[1]
    assert low < -4.0 and high > -2.0


def test_old_and_new_predictions_are_drawn_against_the_truth(qtbot, theme):
    plot = BeforeAfterPlot(theme)
    qtbot.addWidget(plot)
    true, old, new = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.5, np.nan]), np.array([1.1, 2.1, 3.1])
    plot.show_points((true, old, new), "Teff", "K")
    before, now = plot._points["residual"].getData(), plot._points["generated"].getData()
    assert [list(part) for part in before] == [[1.0, 2.0], [1.5, 2.5]]
    assert [list(part) for part in now] == [[1.0, 2.0, 3.0], [1.1, 2.1, 3.1]]
    assert plot.axis_label("bottom").startswith("True T") and plot.axis_label("bottom").endswith(" (K)")
    assert plot.axis_label("left").startswith("Predicted T") and plot.axis_label("left").endswith(" (K)")
    assert [list(part) for part in plot._line.getData()] == [[1.0, 3.1], [1.0, 3.1]]


def test_trainings_that_belong_together_and_names_that_are_free(tmp_path, monkeypatch):
    monkeypatch.setattr(trainings, "trainings_folder", lambda: tmp_path)
    for name, group, state in (
        ("a", "", "done"),
        ("b-teff", "b", "running"),
        ("b-logg", "b", "failed"),
        ("../x", "", "done"),
    ):
        path = tmp_path / f"{name.replace('/', '_')}.state.json"
        path.write_text(json.dumps({"base": f"of {name}", "state": state, "group": group}), encoding="utf-8")
        (tmp_path / f"{name.replace('/', '_')}.toml").write_text("", encoding="utf-8")
    found = {one.name: one for one in trainings.list_trainings()}
    assert {n: (t.base, t.state, t.group) for n, t in found.items() if n[0] in "ab"} == {
        "a": ("of a", "done", ""), "b-teff": ("of b-teff", "running", "b"),
        "b-logg": ("of b-logg", "failed", "b"),
    }  # fmt: skip
    assert [one.name for one in trainings.together_with(found["b-teff"])] == ["b-logg", "b-teff"]
    assert trainings.together_with(found["a"]) == [found["a"]]
    for number in (1, 2):
        (tmp_path / f"mine-tuned-{number}.state.json").write_text("{}", encoding="utf-8")
    assert trainings.free_name("mine") == "mine-tuned-3" and trainings.free_name("") == "my-model-tuned-1"
    folder = tmp_path / "a" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "mean.jsonl").write_text('{"step": 1}\nbroken\n{"loss": 2}\n{"step": 2}\n', encoding="utf-8")
    assert [row["step"] for row in found["a"].history()] == [1, 2]
