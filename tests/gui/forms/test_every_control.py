"""Every field of every form changes exactly its own value, and shows exactly what it is given.

A new parameter of a form that is here is covered without a new test; a new form must be named in `FORMS`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit

import spectragui.gui
import spectragui.preprocessing  # noqa: F401 - registers the stages
from spectragui.analysis.coadd import CoaddOptions
from spectragui.analysis.line_injection import LineInjection
from spectragui.core.errors import SpectraGUIError
from spectragui.core.parameters import ParameterInfo, parameter_infos
from spectragui.gui.forms.editors import LOG_RATIO, SliderEditor
from spectragui.gui.forms.number_box import NumberBox, WholeNumberBox
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.forms.value_slider import TICKS, SliderScale, ValueSlider
from spectragui.gui.session.settings import Settings
from spectragui.gui.training.training_plan import Nights, TrainingSettings
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.inference.denoise.line_trial import LineDeepening
from spectragui.inference.prediction import PredictOptions
from spectragui.preprocessing.stage import STAGES
from spectragui.training.data_sets.model_grid import ModelGridSettings
from spectragui.training.data_sets.synthetic_set import SyntheticStars

#: What stands in the brackets of ``ParameterForm(...)`` anywhere in the window -> what the form is of.
FORMS = {
    "CoaddOptions()": (CoaddOptions,),
    "DenoiseOptions()": (DenoiseOptions,),
    "LineDeepening()": (LineDeepening,),
    "LineInjection()": (LineInjection,),
    "PredictOptions()": (PredictOptions,),  # OptionsForm
    "plan.grid": (ModelGridSettings,),
    "plan.nights": (Nights,),
    "plan.settings": (TrainingSettings,),
    "plan.stars": (SyntheticStars,),
    "session.state.settings": (Settings,),
    "stage": tuple(STAGES.get(name) for name in STAGES.names()),
}
CLASSES = [cls for classes in FORMS.values() for cls in classes]
FIELDS = [
    pytest.param(cls, name, id=f"{cls.__name__}.{name}") for cls in CLASSES for name in parameter_infos(cls)
]
TUPLES = {
    "ranges": [((6540.0, 6590.5), (6860.0, 6960.0)), ()],
    "points": [((5000.0, 1.02), (5100.25, 0.98)), ()],
    "numbers": [(5001.2, 5100.0), ()],
    "integers": [(0, 3, 5), ()],
}
TUPLE_TEXTS = {
    "ranges": "6540–6590.5, 6860–6960",
    "points": "5000: 1.02, 5100.25: 0.98",
    "numbers": "5001.2, 5100",
    "integers": "0, 3, 5",
}


def test_every_form_of_the_window_is_here():
    found = set()
    for path in Path(spectragui.gui.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        calls = re.findall(r"(?<!class )ParameterForm\(([\w.]+(?:\(\))?)", text)
        calls += re.findall(
            r"class \w+\(ParameterForm\):.*?super\(\).__init__\(([\w.]+(?:\(\))?)", text, re.DOTALL
        )
        found |= set(calls)
    assert found == set(FORMS)


def default_of(cls: Any, name: str) -> Any:
    return next(field.default for field in dataclasses.fields(cls) if field.name == name)


def numbers_for(info: ParameterInfo, default: Any, decimals: int) -> list[float]:
    low = info.minimum if info.minimum is not None else (default or 0.0) - 40.0 * (info.step or 1.0)
    high = info.maximum if info.maximum is not None else (default or 0.0) + 40.0 * (info.step or 1.0)
    inside = low * (high / low) ** 0.37 if low > 0 and high / low > LOG_RATIO else low + 0.37 * (high - low)
    found = [round(inside, decimals), low, high]
    return [round(value) for value in found] if isinstance(default, int) else found


def other_values(cls: Any, name: str, decimals: int) -> list[Any]:
    """Return values of a field that are not its default and go together with the others' defaults."""
    info, default = parameter_infos(cls)[name], default_of(cls, name)
    if isinstance(default, bool):
        tried: list[Any] = [not default]
    elif info.choices:
        tried = list(info.choices)
    elif info.kind:
        tried = TUPLES[info.kind]
    elif default is None or isinstance(default, (int, float)):
        tried = numbers_for(info, default, decimals)
    else:
        tried = ["some text"]
    found = []
    for value in tried:
        if value != default:
            try:
                dataclasses.replace(cls(), **{name: value})
            except SpectraGUIError:
                continue
            found.append(value)
    return found


def decimals_of(control: Any) -> int:
    spin = control.spin if isinstance(control, ValueSlider) else control
    return spin.decimals() if isinstance(spin, NumberBox) else 0


def put(control: Any, value: Any, info: ParameterInfo) -> None:
    """Give a control a value as a user does."""
    if isinstance(control, QCheckBox):
        control.click()
    elif isinstance(control, QComboBox):
        control.setCurrentIndex(control.findText(value))
        control.activated.emit(control.currentIndex())
    elif isinstance(control, ValueSlider):
        control.spin.setValue(value)
    elif isinstance(control, (NumberBox, WholeNumberBox)):
        control.setValue(value)
    elif info.kind:
        control.setText(TUPLE_TEXTS[info.kind] if value else "")
        control.editingFinished.emit()
    else:
        control.clear()
        QTest.keyClicks(control, value)


def shown(control: Any, info: ParameterInfo, default: Any) -> Any:
    """Return the value that a control shows, read from what a user sees of it."""
    if isinstance(control, QCheckBox):
        return control.isChecked()
    if isinstance(control, QComboBox):
        return None if default is None and control.currentIndex() == 0 else control.currentText()
    if isinstance(control, ValueSlider):
        return control.spin.value()
    if isinstance(control, (NumberBox, WholeNumberBox)):
        return (
            None if control.specialValueText() and control.value() == control.minimum() else control.value()
        )
    assert isinstance(control, QLineEdit)
    return control.text()


def as_shown(value: Any, info: ParameterInfo) -> Any:
    if info.kind:
        return TUPLE_TEXTS[info.kind] if value else ""
    return value if isinstance(value, (bool, str)) or value is None else pytest.approx(value)


def make_form(qtbot, cls: Any) -> tuple[ParameterForm, list[tuple[str, Any]]]:
    form, edits = ParameterForm(cls(), is_narrow=True), []
    form.set_automatic({name: "automatic" for name in form.editors if default_of(cls, name) is None})
    form.set_values(cls())
    form.edited.connect(lambda name, values: edits.append((name, values)))
    qtbot.addWidget(form)
    return form, edits


@pytest.mark.parametrize(("cls", "name"), FIELDS)
def test_a_control_changes_exactly_its_own_value(qtbot, theme, cls, name):
    form, edits = make_form(qtbot, cls)
    info, control = parameter_infos(cls)[name], form.editors[name].control
    values = other_values(cls, name, decimals_of(control))
    assert values, f"{name}: no other value goes with the defaults"
    for value in values:
        form.set_values(cls())
        edits.clear()
        put(control, value, info)
        assert len(edits) == 1 or not isinstance(value, (int, float, tuple))
        told, changed = edits[-1]
        assert told == name and form.values == changed
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        assert getattr(changed, name) == (pytest.approx(value) if is_number else value)
        assert dataclasses.replace(changed, **{name: default_of(cls, name)}) == cls()


@pytest.mark.parametrize(("cls", "name"), FIELDS)
def test_a_control_shows_exactly_the_value_it_is_given(qtbot, theme, cls, name):
    form, edits = make_form(qtbot, cls)
    infos, control = parameter_infos(cls), form.editors[name].control
    for value in other_values(cls, name, decimals_of(control)):
        form.set_values(dataclasses.replace(cls(), **{name: value}))
        for other, editor in form.editors.items():
            wanted = value if other == name else default_of(cls, other)
            found = shown(editor.control, infos[other], default_of(cls, other))
            assert found == as_shown(wanted, infos[other]), other
            if isinstance(editor.control, ValueSlider):
                assert abs(editor.control.slider.value() - TICKS * part_of(infos[other], wanted)) <= 1.0, (
                    other
                )
    assert edits == []


def part_of(info: ParameterInfo, value: float) -> float:
    """Return how far along its slider a value is."""
    low, high = info.minimum, info.maximum
    if low > 0 and high / low >= LOG_RATIO:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_control_tells_its_name_its_limits_and_what_is_usual(qtbot, theme, cls):
    form, _ = make_form(qtbot, cls)
    for name, info in parameter_infos(cls).items():
        editor, default = form.editors[name], default_of(cls, name)
        control = editor.control.slider if isinstance(editor.control, ValueSlider) else editor.control
        assert control.accessibleName() == (info.label or name)
        lines = editor.toolTip().replace("\N{MINUS SIGN}", "-").split("\n")
        unit = f" {info.unit}" if info.unit else ""
        if info.minimum is not None and info.maximum is not None:
            assert f"From {info.minimum:,g} to {info.maximum:,g}{unit}." in lines
        if isinstance(default, (int, float)) and not isinstance(default, bool):
            assert f"Usually {default:g}{unit}." in lines
            box = editor.control.spin if isinstance(editor.control, ValueSlider) else editor.control
            assert box.suffix() == unit


SCALES = {
    "linear": (SliderScale(3900.0, 9750.0, step=10.0), lambda part: 3900.0 + 5850.0 * part),
    "sqrt": (SliderScale(10.0, 350.0, step=0.5, scale="sqrt"), lambda part: 10.0 + 340.0 * part**2),
    "log": (SliderScale(1000.0, 150_000.0, step=100.0, scale="log"), lambda part: 1000.0 * 150.0**part),
}


@pytest.mark.parametrize("kind", SCALES)
def test_a_slider_and_its_box_tell_the_same_on_every_scale(qtbot, kind):
    scale, value_at = SCALES[kind]
    row, told = ValueSlider(scale, known=(scale.low, scale.high)), []
    row.value_changed.connect(told.append)
    qtbot.addWidget(row)
    for part in (0.1, 0.5, 0.9):
        row.slider.setValue(round(TICKS * part))
        assert (
            told[-1] == row.value == row.spin.value() == pytest.approx(value_at(part), abs=0.51 * scale.step)
        )
        row.set_value(scale.low)
        row.spin.setValue(value_at(part))
        assert row.slider.value() == pytest.approx(TICKS * part, abs=TICKS * 0.004 + 1)
    assert row.slider.known == (0.0, 1.0)


@pytest.mark.parametrize(
    ("key", "steps"),
    [("Right", 1), ("Up", 1), ("Left", -1), ("Down", -1), ("PageUp", 10), ("PageDown", -10)],
)
def test_keys_move_a_slider_by_steps_of_the_value(qtbot, key, steps):
    row = ValueSlider(SliderScale(3900.0, 9750.0, step=10.0, unit="K"))
    qtbot.addWidget(row)
    row.set_value(5700.0)
    qtbot.keyClick(row.slider, getattr(Qt.Key, f"Key_{key}"))
    assert row.value == row.spin.value() == 5700.0 + 10.0 * steps
    assert row.spin.text().endswith(" K")


def test_a_slider_is_painted_where_its_value_is(qtbot, theme):
    from tests.gui.painted_plot import pixels_of, value_of

    row = ValueSlider(SliderScale(0.0, 10.0, step=0.1, default=2.5), known=(4.0, 6.0))
    qtbot.addWidget(row)
    row.resize(500, 30)
    row.set_value(9.0)
    row.show()
    picture = pixels_of(row.slider)
    middle, width = picture.shape[0] // 2, row.slider.width()
    palette, mix = theme.palette, (picture != picture[0, 0])
    grooves = np_columns(picture[middle] == value_of(palette.secondary))
    assert grooves == pytest.approx((7 + 0.4 * (width - 14), 7 + 0.6 * (width - 14)), abs=2)
    tick = np_columns(mix[middle + 6])
    assert 7 + 0.25 * (width - 14) == pytest.approx(tick[0], abs=2)
    handle = np_columns(picture[middle - 4] == value_of(palette.surface))
    assert 0.5 * sum(handle) == pytest.approx(7 + 0.9 * (width - 14), abs=2)


def np_columns(row: Any) -> tuple[float, float]:
    places = [place for place, is_inked in enumerate(row.tolist()) if is_inked]
    assert places
    return float(places[0]), float(places[-1])


def test_a_whole_number_is_the_nearest_one():
    whole, real = SimpleNamespace(_is_whole=True), SimpleNamespace(_is_whole=False)
    assert [SliderEditor._typed(whole, value) for value in (2.9999999, 3.0, 3.0000001, 2.6)] == [3, 3, 3, 3]
    assert SliderEditor._typed(real, 2.6) == 2.6
