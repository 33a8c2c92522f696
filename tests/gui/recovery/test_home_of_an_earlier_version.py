"""A home made by an earlier version (``tests/homes``) opens in this one, to the digit."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PySide6.QtCore import QSettings

from spectragui.cli.main import commands
from spectragui.core.spectrum import orders_of
from spectragui.gui.actions import ACTIONS
from spectragui.gui.app import build_window
from spectragui.gui.panel import PANELS
from spectragui.gui.recovery.recovery import Recovery
from spectragui.gui.session.settings import Settings
from spectragui.gui.session.settings_keeper import SettingsKeeper, config_folder

HOMES = Path(__file__).resolve().parents[2] / "homes"
WAS = b"/observer/"  # where that home lay


@pytest.fixture(params=["04dbaad"])
def earlier(request, private_home: Path, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """Return a copy of an earlier version's home, in place of the test's, and what is in it."""
    place = tmp_path / "observer"
    shutil.copytree(HOMES / request.param, place)
    for path in place.rglob("*"):
        if path.suffix in {".json", ".toml", ".ini", ".csv"}:
            path.write_bytes(path.read_bytes().replace(WAS, f"{place}/".encode()))
        if path.suffix == ".sqlite":
            with sqlite3.connect(path) as database:
                database.execute("UPDATE results SET row = replace(row, ?, ?)", (WAS.decode(), f"{place}/"))
            database.close()
    for name in ("config", "data"):
        shutil.rmtree(private_home / name)
        shutil.copytree(place / "own" / name, private_home / name)
        for path in (private_home / name).rglob("*.*"):
            if path.suffix in {".toml", ".json"}:
                text = path.read_text(encoding="utf-8")
                path.write_text(text.replace(f"{place}/own", str(private_home)), encoding="utf-8")
    truth = (place / "expected.json").read_text(encoding="utf-8").replace(f"{place}/own", str(private_home))
    return place, json.loads(truth)


def same(value: Any, kept: Any) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value) == kept
    return bool(value == kept)


def assert_row(row: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    assert {name: row[name] for name, value in kept.items() if not same(row[name], value)} == {}


def idle(qtbot, session) -> None:
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=120_000)


def test_settings_rules_and_line_lists(earlier):
    from spectragui.io.import_rules import load_rules
    from spectragui.io.line_lists.line_lists import load_line_list

    _, truth = earlier
    keeper = SettingsKeeper(config_folder() / "settings.toml")
    assert keeper._complaint == ""
    kept = dataclasses.asdict(keeper.settings)
    for name, value in truth["settings"].items():
        assert kept[name] == (tuple(value) if isinstance(value, list) else value), name
    rules, complaint = load_rules()
    assert complaint == ""
    (name, match, options) = truth["rules"][0]
    assert [(rule.name, dict(rule.options)) for rule in rules] == [(name, options)]
    assert [list(pair) for pair in rules[0].match.keywords] == match
    rows = [row.split(",") for row in truth["lines"].splitlines()[2:]]
    lines = load_line_list(kept["line_list"]).lines
    assert [(line.name, line.wavelength_air_aa) for line in lines] == [
        (row[0], float(row[1])) for row in rows
    ]


def test_the_kept_session(earlier, session, qtbot):
    _, truth = earlier
    recovery = Recovery(session)
    with qtbot.waitSignal(session.notifications.added) as caught:
        recovery.offer_last_session()
    assert caught.args[0].text == "The last session ended unexpectedly."
    caught.args[0].on_button()
    qtbot.waitUntil(lambda: len(session.state.spectra) == 3, timeout=60_000)
    idle(qtbot, session)
    state = session.state
    assert len(state.results) == len(truth["results"])
    for result, kept in zip(state.results, truth["results"], strict=True):
        assert_row(result.prediction.row, kept)
    assert len(state.measurements) == len(truth["measurements"])
    for measured, kept in zip(state.measurements, truth["measurements"], strict=True):
        assert_row(measured.row, kept)
    found = {item.name: item for item in state.spectra}
    for kept in truth["spectra"]:
        first = orders_of(found[kept["name"]].spectrum)[0]
        assert len(first) == kept["n_pixels"]
        assert float(np.nansum(first.flux)) == kept["sum"]
        assert int((~first.good).sum()) == kept["n_masked"]
        assert list(found[kept["name"]].spectrum.meta.get("history", ())) == kept["history"]
    recovery.end()


def test_its_chain_runs_as_before(earlier, session, qtbot):
    """The chain belonged to a changed spectrum that is kept: it comes back with it, stage by stage."""
    from spectragui.preprocessing.chain_files import chain_from_toml, chain_to_toml

    _, truth = earlier
    recovery = Recovery(session)
    with qtbot.waitSignal(session.notifications.added) as caught:
        recovery.offer_last_session()
    caught.args[0].on_button()
    qtbot.waitUntil(lambda: len(session.state.spectra) == 3, timeout=60_000)
    idle(qtbot, session)
    item = next(item for item in session.state.spectra if item.name == "HD 2")
    kept = chain_from_toml(truth["chains"]["HD 2"])
    assert chain_to_toml(session.state.chains[item.id]) == chain_to_toml(kept)
    result = orders_of(kept.run(item.spectrum).output)[0]
    processed = next(one for one in truth["spectra"] if one["name"] == "HD 2, processed")
    assert float(np.nansum(result.flux)) == pytest.approx(processed["sum"], rel=1e-12)
    recovery.end()


def test_the_layout_of_the_docks(earlier, session, qtbot):
    _, truth = earlier
    geometry = QSettings(str(config_folder() / "window.ini"), QSettings.Format.IniFormat)
    window = build_window(session, geometry)
    window.show()
    qtbot.waitExposed(window)
    window.show_panel("Log")
    dock = window.docks._docks["Results"]
    assert window.dockWidgetArea(dock).value == truth["dock_area"]
    window.close()
    window.deleteLater()


def test_imported_and_exported_models_predict_as_before(earlier, tmp_path):
    place, truth = earlier
    told = CliRunner().invoke(commands, ["models", "list", "--json"])
    assert told.exit_code == 0, told.output
    assert "small" in [model["name"] for model in json.loads(told.stdout)]
    again = CliRunner().invoke(commands, ["models", "show", "small", "--json"])
    assert again.exit_code == 0, again.output
    kept = {row["model"]: row for row in truth["results"]}
    for model in ("small", str(place / "exported" / "small"), "optical-parameters"):
        told = CliRunner().invoke(
            commands, ["predict", str(place / "night" / "star.fits"), "--model", model, "--json"]
        )
        assert told.exit_code == 0, told.output
        (row,) = json.loads(told.stdout)
        for name in ("teff", "logg", "m_h", "vsini", "vmic", "teff_fit", "logg_fit", "m_h_fit", "v_rad"):
            was, error = kept[row["model"]][name], kept[row["model"]][f"e_{name}"]
            # To the digit on the same processor; another adds in another order.
            assert row[name] == pytest.approx(was, abs=0.01 * error), (model, name)
        assert row["flag_bad"] == kept[row["model"]]["flag_bad"]


def tree_of(cls: type) -> dict[str, Any]:
    import typing

    hints = typing.get_type_hints(cls)
    return {
        field.name: tree_of(hints[field.name]) if dataclasses.is_dataclass(hints[field.name]) else None
        for field in dataclasses.fields(cls)
    }


def missing(kept: Any, now: Any, where: str = "") -> list[str]:
    """Return what an earlier version had and this one lacks; both nested dicts or lists."""
    if not isinstance(kept, dict):
        return [f"{where}{name}" for name in kept or () if name not in now]
    lost = [f"{where}{name}" for name in kept if name not in now]
    for name in set(kept) & set(now):
        if isinstance(kept[name], (dict, list)):
            lost += missing(kept[name], now[name], f"{where}{name}.")
    return lost


def test_names_that_users_know_do_not_change(monkeypatch):
    import spectragui.training.generator.config as generator_config
    from spectragui.core.flags import Flag
    from spectragui.core.measurements import MEASUREMENT_COLUMNS
    from spectragui.core.results import COLUMN_NAMES
    from spectragui.io.reading.read_options import ReadOptions
    from spectragui.preprocessing.stage import STAGES
    from spectragui.training import config as parameters_config
    from spectragui.training.parameters.augmentation import AugmentationConfig

    # Named in annotations only, so that reading a configuration does not import torch.
    monkeypatch.setattr(parameters_config, "AugmentationConfig", AugmentationConfig, raising=False)
    kept = json.loads((HOMES / "04dbaad" / "names.json").read_text(encoding="utf-8"))
    now = {
        "panels": [name for name, _ in PANELS.items()],
        "actions": [action.name for action in ACTIONS],
        "shortcuts": {action.name: list(action.shortcuts) for action in ACTIONS},
        "stages": {
            name: [field.name for field in dataclasses.fields(stage)] for name, stage in STAGES.items()
        },
        "result_columns": list(COLUMN_NAMES),
        "measurement_columns": [column.name for column in MEASUREMENT_COLUMNS],
        "flags": {flag.name: int(flag) for flag in Flag},
        "settings": [field.name for field in dataclasses.fields(Settings)],
        "read_options": [field.name for field in dataclasses.fields(ReadOptions)],
        "train_toml": tree_of(parameters_config.Config),
        "generator_toml": tree_of(generator_config.GeneratorConfig),
    }
    assert missing(kept, now) == []
    assert {name: now["flags"][name] for name in kept["flags"]} == kept["flags"]
    assert now["result_columns"][: len(kept["result_columns"])] == kept["result_columns"]
