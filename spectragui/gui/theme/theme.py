"""The one place where colours and fonts are written: two palettes by role, and who follows them."""

from __future__ import annotations

import dataclasses
import functools
import string
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QProxyStyle

from spectragui.core.package_data import resource
from spectragui.gui.theme.glyphs import glyph_file

ThemeMode = Literal["system", "light", "dark"]

TEXT_POINTS = 9.5
GRID_OPACITY = 0.12  # of the grid lines of plots


@dataclasses.dataclass(frozen=True)
class Palette:
    """Colours by role, as "#RRGGBB"."""

    window: str
    surface: str
    text: str
    secondary: str
    border: str
    accent: str
    on_accent: str
    selection: str
    observed: str
    generated: str
    denoised: str
    continuum: str
    second: str
    residual: str
    good: str
    good_tint: str
    caution: str
    caution_tint: str
    bad: str
    bad_tint: str

    @property
    def observed_alternate(self) -> str:
        """Second tone of ink: every other echelle order."""
        return mix(self.observed, self.surface, 0.38)

    @property
    def second_alternate(self) -> str:
        """Another observed spectrum, beside the second one."""
        return mix(self.second, self.surface, 0.32)

    @property
    def denoised_alternate(self) -> str:
        """Another denoised spectrum."""
        return mix(self.denoised, self.observed, 0.6)

    @property
    def generated_other(self) -> str:
        """Another generated spectrum, where each is a curve of its own."""
        return mix(self.generated, self.observed, 0.5)

    @property
    def generated_alternate(self) -> str:
        """Second tone of the model's colour: another model, or samples about the mean."""
        return mix(self.generated, self.surface, 0.45)

    @property
    def generated_band(self) -> str:
        """Shade of the spread of samples about a generated spectrum."""
        return mix(self.generated, self.surface, 0.78)

    @property
    def masked(self) -> str:
        """Faint ink of masked pixels."""
        return mix(self.observed, self.surface, 0.72)

    @property
    def band(self) -> str:
        """Shade behind the residual within 3 sigma."""
        return mix(self.denoised, self.surface, 0.86)

    @property
    def shade(self) -> str:
        """Shade of a stretch that a stage masked or filled."""
        return mix(self.caution, self.surface, 0.84)

    @property
    def uncertainty_band(self) -> str:
        """Shade of one sigma about a curve."""
        return mix(self.residual, self.surface, 0.70)

    @property
    def hover(self) -> str:
        """Background of a flat control under the pointer."""
        return mix(self.text, self.window, 0.92)

    @property
    def accent_hover(self) -> str:
        """Background of the primary button under the pointer."""
        return mix(self.accent, self.text, 0.15)

    @property
    def disabled(self) -> str:
        """Text of what cannot be used now."""
        return mix(self.secondary, self.window, 0.45)

    @property
    def control_border(self) -> str:
        """Outline of check boxes and fields: visible (contrast 3) on both backgrounds."""
        return mix(self.secondary, self.surface, 0.25)

    @property
    def disabled_fill(self) -> str:
        """Background of a primary button that cannot be used now."""
        return mix(self.border, self.window, 0.35)


@functools.cache
def mix(first: str, second: str, part: float) -> str:
    """Return the colour ``part`` of the way from ``first`` to ``second``."""
    a, b = QColor(first), QColor(second)
    channels = (
        round(x + (y - x) * part)
        for x, y in ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    )
    return QColor(*channels).name()


LIGHT = Palette(
    window="#F4F5F7",
    surface="#FFFFFF",
    text="#1B1F24",
    secondary="#5B6470",
    border="#D5DAE0",
    accent="#1F5FD6",
    on_accent="#FFFFFF",
    selection="#DCE8FC",
    observed="#25303B",
    generated="#C84E00",
    denoised="#0B6FB8",
    continuum="#00805C",
    second="#A1448A",
    residual="#66707C",
    good="#0B6B43",
    good_tint="#E5F4EC",
    caution="#855600",
    caution_tint="#FFF3D6",
    bad="#B3261E",
    bad_tint="#FDE9E7",
)

DARK = Palette(
    window="#1E2227",
    surface="#15181C",
    text="#E8EAED",
    secondary="#A3ABB5",
    border="#3A4048",
    accent="#6AA5FF",
    on_accent="#15181C",
    selection="#263D5E",
    observed="#DDE2E8",
    generated="#FF9B45",
    denoised="#5CB8F2",
    continuum="#35C79A",
    second="#E08CC6",
    residual="#97A1AD",
    good="#5AD19B",
    good_tint="#173226",
    caution="#F2B84B",
    caution_tint="#3A2E12",
    bad="#FF8A80",
    bad_tint="#3B1D1B",
)


class Theme(QObject):
    """The palette in use; emits ``changed`` when everything has to be repainted."""

    changed = Signal()

    def __init__(self, mode: ThemeMode = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode: ThemeMode = mode
        self._system_is_dark = _is_system_dark()
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_scheme_changed)

    @property
    def palette(self) -> Palette:
        """Colours by role."""
        return DARK if self.is_dark else LIGHT

    @property
    def is_dark(self) -> bool:
        """Whether the dark palette is in use."""
        return self._system_is_dark if self._mode == "system" else self._mode == "dark"

    @property
    def mode(self) -> ThemeMode:
        """What was chosen: "system", "light" or "dark"."""
        return self._mode

    def color(self, role: str) -> QColor:
        """Return the colour of a role of `Palette`, as ``color("observed")``."""
        return QColor(getattr(self.palette, role))

    def set_mode(self, mode: ThemeMode) -> None:
        """Follow the system, or use one palette always."""
        if mode == self._mode:
            return
        was_dark = self.is_dark
        self._mode = mode
        if self.is_dark != was_dark:
            self._repaint()

    def apply(self) -> None:
        """Give the application our style, font and colours."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        _use_house_style(app)
        app.setFont(interface_font())
        self._paint_application(app)

    def _repaint(self) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._paint_application(app)
        self.changed.emit()

    def _paint_application(self, app: QApplication) -> None:
        app.setPalette(_qt_palette(self.palette))
        sheet = _stylesheet(self.palette)
        if sheet != app.styleSheet():  # every widget that there is would be polished anew
            app.setStyleSheet(sheet)

    def _on_system_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        was_dark = self.is_dark
        self._system_is_dark = _is_system_dark()
        if self.is_dark != was_dark:
            self._repaint()


_styles: list[QProxyStyle] = []  # kept: what Python forgets would lose what it overrides


def _use_house_style(app: QApplication) -> None:
    """Give the application our style, once: Qt deletes a style that another takes the place of."""
    from spectragui.gui.theme.house_style import HouseStyle

    if not _styles:
        _styles.append(HouseStyle())
        app.setStyle(_styles[0])


def interface_font() -> QFont:
    """Return the system's interface font (Inter where it is there) at our size."""
    if "Inter" in QFontDatabase.families():
        font = QFont("Inter")
    else:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(TEXT_POINTS)
    font.setFeature(QFont.Tag("tnum"), 1)  # figures of equal width, where the font has them
    return font


def _is_system_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def _qt_palette(palette: Palette) -> QPalette:
    result = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: palette.window,
        role.WindowText: palette.text,
        role.Base: palette.surface,
        role.AlternateBase: palette.window,
        role.Text: palette.text,
        role.PlaceholderText: palette.secondary,
        role.Button: palette.surface,
        role.ButtonText: palette.text,
        role.BrightText: palette.bad,
        role.ToolTipBase: palette.surface,
        role.ToolTipText: palette.text,
        role.Highlight: palette.selection,
        role.HighlightedText: palette.text,
        role.Accent: palette.accent,
        role.Link: palette.accent,
        role.LinkVisited: palette.accent,
        role.Mid: palette.border,
        role.Midlight: palette.border,
        role.Light: palette.surface,
        role.Dark: palette.border,
        role.Shadow: palette.border,
    }
    for key, colour in colours.items():
        result.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(palette.disabled))
    return result


def _stylesheet(palette: Palette) -> str:
    roles = {name: getattr(palette, name) for name in dir(palette) if not name.startswith("_")}
    for name, colour in (
        ("check", palette.on_accent),
        ("dash", palette.on_accent),
        ("chevron-down", palette.secondary),
        ("chevron-up", palette.secondary),
        ("chevron-left", palette.secondary),
        ("chevron-right", palette.secondary),
        ("close", palette.secondary),
    ):
        roles["glyph_" + name.replace("-", "_")] = glyph_file(name, colour)
    template = string.Template(resource("themes", "window.qss").read_text(encoding="utf-8"))
    return template.substitute(roles)
