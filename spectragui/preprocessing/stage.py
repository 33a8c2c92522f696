"""`Stage`: one step of preprocessing as a frozen value, and what its run gives.

A stage is a frozen dataclass of `param()` fields, so that forms, the command line, saved chains and
the "is it the same as before?" of a live chain all follow from it.
"""

from __future__ import annotations

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import StageError
from spectragui.core.parameters import check_parameters, parameter_infos
from spectragui.core.registry import Registry
from spectragui.core.spectral_axis import read_only
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.core.wording import counted, in_plural, in_singular

if TYPE_CHECKING:
    from spectragui.preprocessing.stitching.levels_found import LevelsFound

#: Where a curve is drawn: over the flux before the stage ("continuum", "smooth"), in a plot of its own
#: from 0 to 1 ("weight"), in sigma ("residual"), or as what was taken out, in the flux's unit ("removed").
CurveRole = Literal["continuum", "smooth", "weight", "residual", "removed"]


@dataclasses.dataclass(frozen=True, eq=False)
class StageCurve:
    """One curve that a stage found on its way.

    Attributes
    ----------
    name : str
        On screen ("continuum", "weight of order 98").
    role : {"continuum", "smooth", "weight", "residual", "removed"}
    order : int
        Index of the order of the stage's *input* that it belongs to; 0 for a 1-D spectrum.
    wavelength_aa : ndarray, shape (n_points,), Angstrom
    values : ndarray, shape (n_points,)
        Unit of the input's flux ("continuum", "smooth", "removed"), 1 ("weight") or sigma ("residual").
    """

    name: str
    role: CurveRole
    order: int
    wavelength_aa: NDArray[np.float64]
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "wavelength_aa", read_only(self.wavelength_aa))
        object.__setattr__(self, "values", read_only(self.values))


@dataclasses.dataclass(frozen=True)
class StageRegion:
    """A stretch of wavelength that a stage found or treated: a gap, a hit, a masked range, an overlap.

    Attributes
    ----------
    low_aa, high_aa : float, Angstrom
    kind : str
        "gap", "cosmic ray", "telluric", "overlap", "masked", ...
    order : int
        Index of the order of the stage's input.
    text : str
        More about it, for a tooltip.
    """

    low_aa: float
    high_aa: float
    kind: str
    order: int = 0
    text: str = ""


class ChosenNote(str):
    """A note whose numbers were chosen, not counted: of many orders it tells the range, not the sum."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, eq=False)
class StageResult:
    """What one stage gives.

    Attributes
    ----------
    spectrum : Spectrum or EchelleSpectrum
        The stage's output.
    curves : tuple of StageCurve
    regions : tuple of StageRegion
    notes : tuple of str
        Sentences for the user: what was chosen or found ("window 11 and order 3 by BIC").
    levels : LevelsFound or None
        Of the orders, from a stage that matched them.
    """

    spectrum: AnySpectrum
    curves: tuple[StageCurve, ...] = ()
    regions: tuple[StageRegion, ...] = ()
    notes: tuple[str, ...] = ()
    levels: LevelsFound | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(type(note)(in_singular(note)) for note in self.notes))


@dataclasses.dataclass(frozen=True)
class Stage(ABC):
    """One step of preprocessing: a frozen dataclass of `param()` fields with a `run` method.

    Class attributes
    ----------------
    name : str
        As registered and as written in chains.
    title : str
        On screen.
    help : str
        What it does, in a sentence or two.

    Notes
    -----
    A stage never changes its input, takes uncertainty and mask along, leaves NaN and masked pixels
    out of every estimate, and raises only `StageError`.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_parameters(self)

    @abstractmethod
    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Apply the stage.

        Raises
        ------
        StageError
            If it cannot be applied to this spectrum.
        """

    def parameters(self) -> dict[str, Any]:
        """Return name -> value of every `param()` field."""
        return {name: getattr(self, name) for name in parameter_infos(self)}

    @property
    def summary(self) -> str:
        """The stage and what differs from its defaults, for the history: "Trim (low_aa=4500)"."""
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        told = [f"{name}={value}" for name, value in self.parameters().items() if value != defaults[name]]
        return f"{self.title} ({', '.join(told)})" if told else self.title


@dataclasses.dataclass(frozen=True)
class OrderStage(Stage):
    """A stage that treats every order by itself; subclasses write `run_order`."""

    @abstractmethod
    def run_order(self, order: Spectrum, index: int) -> StageResult:
        """Apply the stage to one order, the ``index``-th of its spectrum.

        Raises
        ------
        StageError
            If it cannot be applied.
        """

    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Apply the stage to every order; an order that is left with nothing drops out."""
        if isinstance(spectrum, Spectrum):
            return self.run_order(spectrum, 0)
        kept: list[StageResult] = []
        failures: list[StageError] = []
        for index, order in enumerate(spectrum.orders):
            try:
                kept.append(self.run_order(order, index))
            except StageError as error:
                failures.append(error)
        if not kept:
            raise failures[0]
        orders = tuple(one for result in kept for one in orders_of(result.spectrum))
        return StageResult(
            spectrum=EchelleSpectrum(orders, spectrum.meta),
            curves=tuple(curve for result in kept for curve in result.curves),
            regions=tuple(region for result in kept for region in result.regions),
            notes=_merged_notes(kept, failures),
        )


def _merged_notes(results: list[StageResult], failures: list[StageError]) -> tuple[str, ...]:
    """Join the orders' notes: those that differ in numbers only become one, with their sum or range."""
    alike: dict[str, list[str]] = {}
    for result in results:
        for note in result.notes:
            told = type(note)(in_plural(note))
            alike.setdefault(_COUNT.sub("#", told), []).append(told)
    notes = []
    for texts in alike.values():
        join = _range_of if isinstance(texts[0], ChosenNote) else _summed
        notes.append(join(texts) if len(texts) == 1 else f"{join(texts)} ({len(texts)} orders)")
    if failures:
        notes.append(f"{counted(len(failures), 'order')} left out: {failures[0].message}")
    return tuple(notes)


_COUNT = re.compile(r"(?<![\d.])\d+(?![\d.]*\d)")  # whole numbers only


def _summed(texts: list[str]) -> str:
    """Return the first of texts that differ in counts only, with the sums in their place."""
    return _with_numbers(texts, lambda numbers: str(sum(numbers)))


def _range_of(texts: list[str]) -> str:
    """Return the first of texts that differ in settings only, with the ranges in their place."""
    return _with_numbers(texts, lambda n: str(min(n)) if min(n) == max(n) else f"{min(n)} to {max(n)}")


def _with_numbers(texts: list[str], join: Callable[[list[int]], str]) -> str:
    columns = zip(*([int(n) for n in _COUNT.findall(text)] for text in texts), strict=True)
    found = iter([join(list(column)) for column in columns])
    return _COUNT.sub(lambda _: next(found), texts[0])


STAGES: Registry[type[Stage]] = Registry("stage")
S = TypeVar("S", bound=type[Stage])


def register_stage(name: str, priority: int = 100) -> Callable[[S], S]:
    """Return a class decorator that makes a stage known to chains, forms and the command line.

    The order of ``priority`` is the order in menus, which is the usual order of work.
    """

    def store(cls: S) -> S:
        cls.name = name
        STAGES.register(name, priority)(cls)
        return cls

    return store
