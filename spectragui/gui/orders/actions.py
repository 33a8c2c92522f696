"""The row of `ACTIONS` that leaves an order out of the stitching."""

from __future__ import annotations

from spectragui.gui.actions import Action, register_action
from spectragui.gui.orders.panel import OrdersPanel
from spectragui.gui.pipeline.shown import ORDERS, shown_chain, stitch_step
from spectragui.gui.session.state import AppState
from spectragui.gui.window import Window


def can_stitch(state: AppState) -> bool:
    """Whether the orders are looked at and a stage stitches them."""
    chain = shown_chain(state)
    return state.active_panel == ORDERS and chain is not None and stitch_step(chain) >= 0


def _leave_out(window: Window) -> None:
    panel = window.panel(ORDERS)
    if isinstance(panel, OrdersPanel):
        panel.toggle_exclusion()


register_action(
    Action(
        "pipeline.leave_out",
        "Leave order ou&t or in",
        _leave_out,
        menu="Pipeline",
        icon="mdi6.layers-remove",
        shortcut="X",
        tip="Leave the order under the pointer out of the stitching, or take it in again",
        is_enabled=can_stitch,
        group=4,
    )
)
