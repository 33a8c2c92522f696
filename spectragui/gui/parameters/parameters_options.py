"""What a user may tell the prediction: a form built from the fields of `PredictOptions`."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from spectragui.core.parameters import parameter_infos
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.inference.prediction import PredictOptions


class OptionsForm(ParameterForm):
    """One row a field of `PredictOptions`; every field can be left to the program."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(PredictOptions(), parent)
        self.show_options(PredictOptions(), None)

    def show_options(self, options: PredictOptions, spectrum: AnySpectrum | None) -> None:
        """Show options, and what is taken for those left alone."""
        infos, defaults = parameter_infos(PredictOptions), PredictOptions()
        left_alone = [name for name in infos if getattr(defaults, name) is None]
        self.set_automatic({name: automatic_text(name, spectrum) for name in left_alone})
        self.set_values(options)

    def summary(self, spectrum: AnySpectrum | None) -> str:
        """Return the options in a line, as "R from the file, air, velocity measured, with fit"."""
        options = self.values
        known = {
            "R": automatic_text("resolving_power", spectrum)
            if options.resolving_power is None
            else f"{options.resolving_power:,.0f}",
            "": automatic_text("medium", spectrum) if options.medium is None else options.medium,
            "velocity": "measured" if options.v_rad is None else f"{options.v_rad:g} km/s",
        }
        words = [f"{name} {value}".strip() for name, value in known.items()]
        return " · ".join([*words, "with fit" if options.refine else "no fit"])


def automatic_text(name: str, spectrum: AnySpectrum | None) -> str:
    """Return what is taken where an option is left alone: "115,000 (file)", "measured"."""
    if name == "v_rad":
        return "measured"
    if spectrum is None:
        return "from the file"
    first = orders_of(spectrum)[0]
    if name == "medium":
        axis = first.spectral_axis
        if not axis.is_medium_known:
            return "unknown: air assumed"
        return f"{axis.medium} ({'assumed' if axis.is_medium_assumed else 'file'})"
    power = {**first.meta, **spectrum.meta}.get("resolving_power")
    return f"{float(power):,.0f} (file)" if power else "unknown: estimated"
