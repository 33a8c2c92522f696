"""Which parameter of a stage is edited in the plot, and how it is put back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from spectragui.core.errors import SpectraGUIError
from spectragui.core.parameters import Kind, parameter_infos
from spectragui.gui.pipeline.edits import change_stage
from spectragui.gui.pipeline.shown import STITCH, shown_chain, shown_step
from spectragui.gui.session import Session

if TYPE_CHECKING:
    from spectragui.preprocessing.stage import Stage


def field_of_kind(stage: Stage | None, kind: Kind) -> str:
    """Return the name of a stage's first parameter of a kind; empty = it has none."""
    if stage is None:
        return ""
    return next((name for name, info in parameter_infos(stage).items() if info.kind == kind), "")


def drawn_field(stage: Stage | None, kind: Kind) -> str:
    """Return the parameter that the plot of a stage edits; the cuts of orders are edited in Orders."""
    if stage is not None and stage.name == STITCH:
        return ""
    return field_of_kind(stage, kind)


def change_field(session: Session, name: str, value: Any, gesture: str) -> None:
    """Give a parameter of the step that is looked at another value."""
    index, chain = shown_step(session.state), shown_chain(session.state)
    if chain is None or index < 0 or not name:
        return
    stage = chain.steps[index].stage
    try:
        changed = dataclasses.replace(stage, **{name: value})
    except SpectraGUIError as error:
        session.notifications.warning(str(error))
        return
    label = parameter_infos(stage)[name].label or name
    change_stage(session, index, changed, label.lower(), gesture)
