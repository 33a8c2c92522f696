"""Edits of the selected spectrum's chain: each one entry in the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spectragui.core.errors import SettingsError
from spectragui.gui.pipeline.shown import STITCH, shown_chain, shown_step
from spectragui.gui.session.session import Session

if TYPE_CHECKING:
    from spectragui.preprocessing.chain import Chain
    from spectragui.preprocessing.stage import Stage


def set_chain(session: Session, chain: Chain, undo: str, gesture: str = "", step_id: int = 0) -> None:
    """Give the selected spectrum a chain; ``step_id`` is the step to look at, 0 = as before."""
    state = session.state
    if state.selected is None:
        return
    chains = {**state.chains, state.selected_id: chain}
    changes = {"step_id": step_id} if step_id else {}
    session.update(undo=undo, gesture=gesture, chains=chains, **changes)


def use_preset(session: Session, name: str) -> None:
    """Give the selected spectrum a bundled chain."""
    from spectragui.preprocessing.chain_files import load_preset

    try:
        chain = load_preset(name)
    except SettingsError as error:
        session.notifications.failure(error)
        return
    set_chain(session, chain, f"Use {chain.title}", step_id=first_interesting_step(chain))


def use_suggested(session: Session) -> None:
    """Give the selected spectrum the bundled chain that suits it."""
    item = session.state.selected
    if item is not None:
        from spectragui.preprocessing.chain_files import preset_names, suggested_preset

        name = suggested_preset(item.spectrum)
        use_preset(session, name if name in preset_names() else "none")


def use_for_all(session: Session) -> None:
    """Give the chain of the selected spectrum to all that are open."""
    state = session.state
    give_chain(session, [item.id for item in state.spectra], shown_chain(state))


def give_chain(session: Session, ids: Sequence[str], chain: Chain | None) -> None:
    """Give a chain to some spectra."""
    if chain is not None:
        _give(session, dict.fromkeys(ids, chain), f"Use {chain.title}")


def give_preset(session: Session, ids: Sequence[str], name: str) -> None:
    """Give a bundled chain to some spectra."""
    from spectragui.preprocessing.chain_files import load_preset

    give_chain(session, ids, load_preset(name))


def give_suggested(session: Session, ids: Sequence[str]) -> None:
    """Give each of some spectra the bundled chain that suits it."""
    from spectragui.preprocessing.chain_files import load_preset, preset_names, suggested_preset

    known = preset_names()
    items = [item for item in session.state.spectra if item.id in ids]
    names = {item.id: suggested_preset(item.spectrum) for item in items}
    chains = {one: load_preset(name if name in known else "none") for one, name in names.items()}
    _give(session, chains, "Use suggested chains" if len(chains) > 1 else "Use the suggested chain")


def _give(session: Session, chains: Mapping[str, Chain], undo: str) -> None:
    if not chains:
        return
    session.update(undo=undo, chains={**session.state.chains, **chains})
    titles = {chain.title for chain in chains.values()}
    n_chains = len(chains)
    who = "1 spectrum has" if n_chains == 1 else f"{n_chains} spectra have"
    what = f"the chain {titles.pop()}" if len(titles) == 1 else "the chains that suit them"
    session.notifications.note(f"{who} {what}.")


def add_stitching(session: Session) -> None:
    """Give the selected echelle spectrum the suggested chain, or its own chain the stage that stitches.

    The stage goes where the usual order of work has it.
    """
    from spectragui.preprocessing.stage import STAGES

    chain = shown_chain(session.state)
    if chain is None or not len(chain):
        use_suggested(session)
        return
    later = STAGES.priority(STITCH)
    places = (i for i, step in enumerate(chain.steps) if STAGES.priority(step.stage.name) > later)
    add_stage(session, STAGES.get(STITCH)(), next(places, len(chain)))


def first_interesting_step(chain: Chain) -> int:
    """Return the id of the step to look at first: the continuum, else the last that is on."""
    steps = [step for step in chain.steps if step.is_on] or list(chain.steps)
    named = [step for step in steps if "continuum" in step.stage.name]
    chosen = named[:1] or steps[-1:]
    return chosen[0].id if chosen else 0


def choose_step(session: Session, index: int) -> None:
    """Look at a step."""
    chain = shown_chain(session.state)
    if chain is not None and 0 <= index < len(chain):
        session.update(step_id=chain.steps[index].id)


def move_choice(session: Session, by: int) -> None:
    """Look at the step after (+1) or before (-1) this one."""
    choose_step(session, shown_step(session.state) + by)


def add_stage(session: Session, stage: Stage, index: int | None = None) -> None:
    """Put a stage behind the step that is looked at, or at a place."""
    from spectragui.preprocessing.chain import Chain

    chain = shown_chain(session.state) or Chain(title="My chain")
    at = shown_step(session.state) + 1 if index is None else index
    if index is None and shown_step(session.state) < 0:
        at = len(chain)
    longer = chain.insert(at, stage)
    set_chain(session, longer, f"Add {stage.title}", step_id=longer.steps[at].id)


def remove_step(session: Session, index: int) -> None:
    """Take a step out of the chain; its neighbour is looked at next."""
    chain = shown_chain(session.state)
    if chain is None or not 0 <= index < len(chain):
        return
    shorter = chain.remove(index)
    neighbour = shorter.steps[min(index, len(shorter) - 1)].id if len(shorter) else 0
    is_looked_at = index == shown_step(session.state)
    title = chain.steps[index].stage.title
    set_chain(session, shorter, f"Remove {title}", step_id=neighbour if is_looked_at else 0)


def duplicate_step(session: Session, index: int) -> None:
    """Put a copy of a step behind it."""
    chain = shown_chain(session.state)
    if chain is not None and 0 <= index < len(chain):
        longer = chain.duplicate(index)
        title = chain.steps[index].stage.title
        set_chain(session, longer, f"Duplicate {title}", step_id=longer.steps[index + 1].id)


def move_step(session: Session, index: int, new_index: int) -> None:
    """Put a step at another place."""
    chain = shown_chain(session.state)
    if chain is None or not 0 <= index < len(chain):
        return
    new_index = min(max(new_index, 0), len(chain) - 1)
    if new_index != index:
        step = chain.steps[index]
        set_chain(session, chain.move(index, new_index), f"Move {step.stage.title}", step_id=step.id)


def switch_step(session: Session, index: int, is_on: bool | None = None) -> None:
    """Switch a step on or off, or over."""
    chain = shown_chain(session.state)
    if chain is None or not 0 <= index < len(chain):
        return
    step = chain.steps[index]
    is_on = not step.is_on if is_on is None else is_on
    if is_on != step.is_on:
        word = "on" if is_on else "off"
        set_chain(session, chain.switched(index, is_on), f"Switch {step.stage.title} {word}")


def change_stage(session: Session, index: int, stage: Stage, what: str, gesture: str = "") -> None:
    """Put a stage with another parameter in its step; ``what`` is the parameter's name on screen."""
    chain = shown_chain(session.state)
    if chain is not None and 0 <= index < len(chain) and chain.steps[index].stage != stage:
        changed = chain.with_stage(index, stage)
        set_chain(session, changed, f"Change {what}", gesture, step_id=chain.steps[index].id)
