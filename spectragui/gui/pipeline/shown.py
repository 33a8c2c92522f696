"""What the Pipeline and Orders tabs show of the state: the chain, its run, the chosen step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from spectragui.core.spectrum import EchelleSpectrum
from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.preprocessing.chain import Chain, ChainRun
    from spectragui.preprocessing.stage import StageResult

PIPELINE, ORDERS = "Pipeline", "Orders"
TABS = (PIPELINE, ORDERS)
STITCH = "stitch"  # the stage that the Orders tab is about
StepState = Literal["ok", "off", "running", "failed", "not run"]


def has_orders_selected(state: AppState) -> bool:
    """Whether the selected spectrum is an echelle spectrum."""
    return state.selected is not None and isinstance(state.selected.spectrum, EchelleSpectrum)


def shown_chain(state: AppState) -> Chain | None:
    """Return the chain of the selected spectrum, if it has one."""
    return state.chains.get(state.selected_id) if state.selected is not None else None


def shown_run(state: AppState) -> ChainRun | None:
    """Return the newest run for the selected spectrum as it is now, if there is one."""
    run = state.runs.get(state.selected_id)
    selected = state.selected
    return run if run is not None and selected is not None and run.source is selected.spectrum else None


def shown_step(state: AppState) -> int:
    """Return the index of the step that is looked at, -1 where there is none.

    In Orders it is the step that stitches; in Pipeline the chosen one, else the last.
    """
    chain = shown_chain(state)
    if chain is None or not chain.steps:
        return -1
    if state.active_panel == ORDERS:
        return stitch_step(chain)
    ids = [step.id for step in chain.steps]
    return ids.index(state.step_id) if state.step_id in ids else len(ids) - 1


def stitch_step(chain: Chain) -> int:
    """Return the index of the step that stitches orders, -1 where there is none."""
    return next((i for i, step in enumerate(chain.steps) if step.stage.name == STITCH), -1)


def n_valid(chain: Chain, run: ChainRun | None) -> int:
    """Return how many first steps of a chain a run has results of."""
    if run is None:
        return 0
    pairs = zip(chain.steps, run.chain.steps[: len(run.results)], strict=False)
    count = 0
    for now, then in pairs:
        if now != then:
            break
        count += 1
    return count


def is_failure_valid(chain: Chain, run: ChainRun | None) -> bool:
    """Whether the step at which a run failed would fail again."""
    if run is None or run.error is None:
        return False
    at = len(run.results)
    return n_valid(chain, run) == at < len(chain) and chain.steps[at] == run.chain.steps[at]


def is_settled(chain: Chain, run: ChainRun | None) -> bool:
    """Whether nothing is left to run."""
    return run is not None and (n_valid(chain, run) == len(chain) or is_failure_valid(chain, run))


def step_states(chain: Chain, run: ChainRun | None) -> tuple[StepState, ...]:
    """Return what is known of each step of a chain."""
    done, has_failed = n_valid(chain, run), is_failure_valid(chain, run)
    states: list[StepState] = []
    for index, step in enumerate(chain.steps):
        if not step.is_on:
            states.append("off")
        elif index < done:
            states.append("ok")
        elif has_failed:
            states.append("failed" if index == done else "not run")
        else:
            states.append("running")
    return tuple(states)


def shown_result(state: AppState) -> StageResult | None:
    """Return the newest result of the step that is looked at, of an earlier value while it runs again."""
    run, step, chain = shown_run(state), shown_step(state), shown_chain(state)
    if run is None or chain is None or not 0 <= step < len(run.results):
        return None
    same_stage = run.chain.steps[step].id == chain.steps[step].id
    return run.results[step] if same_stage or run.chain.steps[step] == chain.steps[step] else None
