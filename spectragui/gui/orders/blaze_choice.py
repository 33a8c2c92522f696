"""Which blaze the orders are divided by: what the chain uses, in words, and the choice of another."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from spectragui.gui.pipeline.edits import add_stage, set_chain
from spectragui.gui.pipeline.shown import shown_chain, shown_run, stitch_step
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.core.spectrum import EchelleSpectrum
    from spectragui.preprocessing.chain import Chain
    from spectragui.preprocessing.stage import StageCurve

DEBLAZE = "deblaze"
ESTIMATED = ("shared", "sinc²", "smooth")
WORDS = {"shared": "estimated from all orders", "sinc²": "a fitted sinc²", "smooth": "a smooth envelope"}


@dataclasses.dataclass(frozen=True)
class BlazeInUse:
    """The blaze that the orders are divided by.

    Attributes
    ----------
    kind : {"file", "companion", "flat field", "estimated", "none"}
    source : str
        Where it is from, in words.
    """

    kind: str
    source: str


def deblaze_step(chain: Chain | None) -> int:
    """Return the index of the step that takes the blaze out before the stitching, -1 without one."""
    if chain is None:
        return -1
    before = chain.steps[: stitch_step(chain)] if stitch_step(chain) >= 0 else chain.steps
    return next((i for i, step in enumerate(before) if step.stage.name == DEBLAZE), -1)


def blaze_in_use(state: AppState) -> BlazeInUse | None:
    """Return the blaze of the selected orders; None where no orders are selected."""
    orders = _selected_orders(state)
    if orders is None:
        return None
    chain = shown_chain(state)
    index = deblaze_step(chain)
    step = chain.steps[index] if chain is not None and index >= 0 else None
    way = getattr(step.stage, "blaze", "none") if step is not None and step.is_on else "none"
    known = any("blaze" in order.meta for order in orders)
    source = str(orders.meta.get("blaze_source", ""))
    if way == "flat":
        return BlazeInUse("flat field", Path(getattr(step.stage, "flat_file", "")).name if step else "")
    if way == "file" or (way == "auto" and known):
        return BlazeInUse(str(orders.meta.get("blaze_kind", "file")), source)
    if way in WORDS or way == "auto":
        return BlazeInUse("estimated", WORDS.get(way, WORDS["shared"]))
    if known and not orders.meta.get("has_blaze", True):
        return BlazeInUse(str(orders.meta.get("blaze_kind", "file")), f"{source}; divided by the reader")
    if not orders.meta.get("has_blaze", True):
        return BlazeInUse("none", "the file's orders hold none")
    return BlazeInUse("none", "it is left in the flux")


def blaze_curves(state: AppState) -> tuple[StageCurve, ...]:
    """Return the blaze of each order as the newest run took it out, at the level of the orders."""
    chain, run = shown_chain(state), shown_run(state)
    index = deblaze_step(chain)
    if run is None or chain is None or not 0 <= index < len(run.results) or not chain.steps[index].is_on:
        return ()
    return tuple(curve for curve in run.results[index].curves if curve.name == "blaze")


def choose_blaze(session: Session, way: str, flat_file: str = "") -> None:
    """Let the chain of the selected orders take out another blaze, before it stitches."""
    from spectragui.preprocessing.stages.deblaze import Deblaze

    chain = shown_chain(session.state)
    if chain is None:
        return
    index = deblaze_step(chain)
    if index < 0:
        add_stage(session, Deblaze(blaze=way, flat_file=flat_file), max(stitch_step(chain), 0))
        return
    stage = dataclasses.replace(chain.steps[index].stage, blaze=way, flat_file=flat_file)  # type: ignore[call-arg]
    set_chain(session, chain.with_stage(index, stage).switched(index, True), "Change blaze")


def fill_blaze_menu(menu: QMenu, session: Session, parent: QWidget) -> None:
    """Fill a menu with the blazes that there are; the one in use is checked."""
    orders, used = _selected_orders(session.state), blaze_in_use(session.state)
    if orders is None or used is None:
        return
    source = str(orders.meta.get("blaze_source", ""))
    kind = str(orders.meta.get("blaze_kind", "file"))
    rows = (
        ("file", "Of the file", "auto", source if kind == "file" else ""),
        ("companion", "Of the file beside", "auto", source if kind == "companion" else ""),
    )
    for name, text, way, known in rows:
        action = menu.addAction(f"{text}: {known}" if known else f"{text} (there is none)")
        action.setEnabled(bool(known))
        action.setCheckable(True)
        action.setChecked(used.kind == name)
        action.triggered.connect(lambda _=False, way=way: choose_blaze(session, way))
    flat = menu.addAction(f"Another file: {used.source}…" if used.kind == "flat field" else "Another file…")
    flat.setToolTip("A flat field or a blaze of the same orders")
    flat.setCheckable(True)
    flat.setChecked(used.kind == "flat field")
    flat.triggered.connect(lambda: _ask_for_file(session, parent))
    for name, text, way in (
        ("estimated", "Estimated from all orders", "shared"),
        ("none", "None: leave it in the flux", "none"),
    ):
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(used.kind == name)
        action.triggered.connect(lambda _=False, way=way: choose_blaze(session, way))


def _ask_for_file(session: Session, parent: QWidget) -> None:
    path, _ = QFileDialog.getOpenFileName(parent, "Flat field or blaze of the same orders")
    if path:
        choose_blaze(session, "flat", path)


def _selected_orders(state: AppState) -> EchelleSpectrum | None:
    from spectragui.core.spectrum import EchelleSpectrum

    spectrum = state.selected.spectrum if state.selected is not None else None
    return spectrum if isinstance(spectrum, EchelleSpectrum) else None
