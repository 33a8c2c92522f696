"""The row of `ACTIONS` that reproduces a paper."""

from __future__ import annotations

from spectragui.gui.actions import Action, register_action
from spectragui.gui.window import Window


def _show(window: Window) -> None:
    from spectragui.gui.papers.dialog import show_papers

    show_papers(window.session, window)


register_action(
    Action(
        "help.papers",
        "&Reproduce a paper…",
        _show,
        menu="Help",
        icon="mdi6.book-open-page-variant-outline",
        tip="Tables and figures of the four papers, ours beside the printed numbers, in the background",
        group=1,
    )
)
