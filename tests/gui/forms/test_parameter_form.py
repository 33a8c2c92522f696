"""The one form: a row for every kind of parameter; every stage has one; texts of tuples."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

import spectragui.preprocessing  # noqa: F401 - registers the stages
from spectragui.core.errors import SettingsError
from spectragui.core.parameters import param, parameter_infos
from spectragui.gui.forms.number_box import WholeNumberBox
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.forms.tuple_text import tuple_from_text, tuple_to_text
from spectragui.gui.forms.value_slider import ValueSlider
from spectragui.preprocessing.stage import STAGES


@dataclasses.dataclass(frozen=True)
class Everything:
    on: bool = param(True, label="On", help="Whether.")
    way: str = param("a", label="Way", choices=("a", "b"), help="Which.")
    free: str = param("", label="Free", help="Anything.")
    width: float = param(3.0, label="Width", unit="Å", minimum=0.0, maximum=10.0, step=0.1, help="How wide.")
    scale: float = param(1.0, label="Scale", minimum=0.001, maximum=1000.0, help="How much.")
    count: int = param(2, label="Count", minimum=0, help="How many.")
    ranges: tuple = param((), label="Ranges", kind="ranges", help="Where.")
    orders: tuple = param((), label="Orders", kind="integers", help="Which orders.")

    def __post_init__(self):
        if self.way == "b" and not self.on:
            raise SettingsError("b needs to be on.")


@pytest.fixture
def form(qtbot, theme):
    form = ParameterForm(Everything(), is_narrow=True)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitExposed(form)
    return form


def test_every_kind_has_its_control_and_says_what_it_is(form):
    kinds = {name: type(editor.control) for name, editor in form.editors.items()}
    assert kinds["way"] is QComboBox and kinds["free"] is QLineEdit and kinds["count"] is WholeNumberBox
    assert kinds["width"] is kinds["scale"] is ValueSlider
    assert form.editors["width"].toolTip() == "How wide.\nFrom 0 to 10 Å.\nUsually 3 Å."
    assert form.editors["width"].control.slider.accessibleName() == "Width"


def test_edits_give_new_values_and_gestures(qtbot, form):
    seen = []
    form.edited.connect(lambda name, values: seen.append((name, getattr(values, name))))
    qtbot.keyClick(form.editors["width"].control.slider, Qt.Key.Key_Right)
    qtbot.keyClick(form.editors["count"].control, Qt.Key.Key_Up)
    first = form.gesture
    qtbot.keyClick(form.editors["way"].control, Qt.Key.Key_Down)
    qtbot.keyClicks(form.editors["free"].control, "x")
    assert seen == [("width", pytest.approx(3.1)), ("count", 3), ("way", "b"), ("free", "x")]
    assert form.gesture > first
    assert form.values == Everything(width=form.values.width, count=3, way="b", free="x")


def test_values_that_do_not_go_together_are_refused_in_words(qtbot, form):
    form.set_values(Everything(way="b"))
    qtbot.keyClick(form.editors["on"].control, Qt.Key.Key_Space)
    assert form.values == Everything(way="b")
    assert form._complaints["on"].text() == "b needs to be on." and form._complaints["on"].isVisible()


def test_showing_values_is_no_edit(form):
    seen = []
    form.changed.connect(seen.append)
    form.set_values(Everything(False, "a", "t", 7.5, 20.0, 9, ((1.0, 2.0),), (3, 4)))
    assert not seen
    assert form.editors["width"].control.value == 7.5
    assert form.editors["ranges"].control.text() == "1–2"
    assert form.editors["orders"].control.text() == "3, 4"


@pytest.mark.parametrize("name", STAGES.names())
def test_every_stage_has_a_form(qtbot, theme, name):
    stage = STAGES.get(name)()
    form = ParameterForm(stage, is_narrow=True)
    qtbot.addWidget(form)
    assert set(form.editors) == set(parameter_infos(stage))
    form.set_values(stage)
    assert form.values == stage
    form.resize(form.minimumSizeHint())
    assert form.minimumSizeHint().width() <= 290  # fits into the dock without a scroll bar


numbers = st.floats(-1e5, 1e5, allow_nan=False, allow_subnormal=False).map(lambda x: round(x, 3) + 0.0)


@given(st.lists(st.tuples(numbers, numbers).map(sorted).map(tuple), max_size=5).map(tuple))
def test_ranges_survive_their_text(ranges):
    assert tuple_from_text(tuple_to_text(ranges, "ranges"), "ranges") == ranges


@given(st.lists(st.integers(0, 80), max_size=6, unique=True).map(tuple))
def test_whole_numbers_survive_their_text(values):
    assert tuple_from_text(tuple_to_text(values, "integers"), "integers") == values


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("", "ranges", ()),
        ("6540-6590; 6860 to 6960", "ranges", ((6540.0, 6590.0), (6860.0, 6960.0))),
        ("6590..6540", "ranges", ((6540.0, 6590.0),)),
        ("5-7, 0", "integers", (5, 6, 7, 0)),
        ("5000: 1.5e4, 4900 2", "points", ((4900.0, 2.0), (5000.0, 15000.0))),
        ("5001.2, −3", "numbers", (5001.2, -3.0)),
    ],
)
def test_what_people_write_is_understood(text, kind, expected):
    assert tuple_from_text(text, kind) == expected


@pytest.mark.parametrize(("text", "kind"), [("a-b", "ranges"), ("5000", "points"), ("1.5", "integers")])
def test_what_is_not_understood_is_named(text, kind):
    with pytest.raises(SettingsError, match=text):
        tuple_from_text(text, kind)


def test_a_form_shows_only_what_the_chosen_way_uses(qtbot, theme):
    form = ParameterForm(STAGES.get("continuum")(), is_narrow=True)
    qtbot.addWidget(form)
    form.show()
    for method, shown, hidden in (
        ("alpha shape", ("width_aa", "high_sigma"), ("degree", "cycles", "points", "low_sigma")),
        ("chebyshev", ("degree", "low_sigma"), ("width_aa", "cycles", "points")),
        ("points", ("points", "operation"), ("width_aa", "degree", "cycles", "leave_out", "broad_lines")),
    ):
        form.editors["method"].control.setCurrentText(method)
        assert form.values.method == method
        for names, is_shown in ((shown, True), (hidden, False)):
            assert [form.editors[name].isVisible() for name in names] == [is_shown] * len(names)
    form.set_values(STAGES.get("continuum")())
    assert form.editors["width_aa"].isVisible() and not form.editors["points"].isVisible()
