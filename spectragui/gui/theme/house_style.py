"""`HouseStyle`: Fusion, with the icons of our own family wherever Qt would draw one of its own.

Qt's own icons are drawn for light backgrounds: the crosses and arrows of its dialogs vanish in the dark.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QWidget,
)

from spectragui.gui.theme.icon_font import GlyphEngine, character

_S = QStyle.StandardPixmap
# What stands for each of Qt's icons, and its role: "secondary" unless it says how grave something is.
STANDARD_ICONS: dict[QStyle.StandardPixmap, str] = {
    _S.SP_DialogOkButton: "check",
    _S.SP_DialogApplyButton: "check",
    _S.SP_DialogYesButton: "check",
    _S.SP_DialogYesToAllButton: "check-all",
    _S.SP_DialogCancelButton: "close",
    _S.SP_DialogNoButton: "close",
    _S.SP_DialogNoToAllButton: "close",
    _S.SP_DialogCloseButton: "close",
    _S.SP_DialogAbortButton: "close",
    _S.SP_DialogIgnoreButton: "debug-step-over",
    _S.SP_DialogRetryButton: "refresh",
    _S.SP_DialogResetButton: "restore",
    _S.SP_RestoreDefaultsButton: "restore",
    _S.SP_DialogDiscardButton: "delete-outline",
    _S.SP_DialogSaveButton: "content-save-outline",
    _S.SP_DialogSaveAllButton: "content-save-all-outline",
    _S.SP_DialogOpenButton: "folder-open-outline",
    _S.SP_DialogHelpButton: "help-circle-outline",
    _S.SP_MessageBoxInformation: "information-outline",
    _S.SP_MessageBoxQuestion: "help-circle-outline",
    _S.SP_MessageBoxWarning: "alert-outline",
    _S.SP_MessageBoxCritical: "alert-circle-outline",
    _S.SP_TitleBarCloseButton: "close",
    _S.SP_TitleBarNormalButton: "dock-window",
    _S.SP_DockWidgetCloseButton: "close",
    _S.SP_LineEditClearButton: "close-circle-outline",
    _S.SP_TabCloseButton: "close",
    _S.SP_ToolBarHorizontalExtensionButton: "chevron-double-right",
    _S.SP_ToolBarVerticalExtensionButton: "chevron-double-down",
    _S.SP_ArrowUp: "arrow-up",
    _S.SP_ArrowDown: "arrow-down",
    _S.SP_ArrowLeft: "arrow-left",
    _S.SP_ArrowRight: "arrow-right",
    _S.SP_ArrowBack: "arrow-left",
    _S.SP_ArrowForward: "arrow-right",
    _S.SP_FileDialogToParent: "arrow-up",
    _S.SP_FileDialogBack: "arrow-left",
    _S.SP_FileDialogNewFolder: "folder-plus-outline",
    _S.SP_FileDialogListView: "view-list-outline",
    _S.SP_FileDialogDetailedView: "view-headline",
    _S.SP_FileDialogContentsView: "view-grid-outline",
    _S.SP_FileDialogInfoView: "information-outline",
    _S.SP_FileDialogStart: "arrow-right",
    _S.SP_FileDialogEnd: "arrow-right",
    _S.SP_DirIcon: "folder-outline",
    _S.SP_DirOpenIcon: "folder-open-outline",
    _S.SP_DirClosedIcon: "folder-outline",
    _S.SP_DirLinkIcon: "folder-outline",
    _S.SP_DirLinkOpenIcon: "folder-open-outline",
    _S.SP_DirHomeIcon: "home-outline",
    _S.SP_FileIcon: "file-outline",
    _S.SP_FileLinkIcon: "file-link-outline",
    _S.SP_ComputerIcon: "monitor",
    _S.SP_DesktopIcon: "monitor",
    _S.SP_DriveHDIcon: "harddisk",
    _S.SP_DriveNetIcon: "server-network-outline",
    _S.SP_TrashIcon: "delete-outline",
    _S.SP_BrowserReload: "refresh",
    _S.SP_BrowserStop: "close",
}


class PaletteGlyph(GlyphEngine):
    """A character in the secondary colour of the palette in use, whichever that is when it is drawn."""

    def __init__(self, text: str) -> None:
        super().__init__(text, QColor(), QColor())

    def clone(self) -> PaletteGlyph:
        """Return a copy, as Qt asks for."""
        return PaletteGlyph(self._character)

    def _pen(self, is_disabled: bool) -> QColor:
        palette = QGuiApplication.palette()
        if is_disabled:
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        return palette.color(QPalette.ColorRole.PlaceholderText)


class WheelGuard(QObject):
    """Leaves the wheel to what scrolls, where a control has not got the focus.

    Parameters
    ----------
    style : QStyle
        Keeps it: it lasts as long as whatever asks for it. At the end of the process the binding deletes
        in no order what belongs to Python.
    """

    def __init__(self, style: QStyle) -> None:
        super().__init__(style)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, D102
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class HouseStyle(QProxyStyle):
    """Fusion with our icons; whoever scrolls a form changes nothing in it."""

    def __init__(self) -> None:
        super().__init__("Fusion")
        self._guard = WheelGuard(self)

    def polish(self, target: QWidget | QPalette | QApplication) -> None:  # type: ignore[override]
        """Prepare a widget: lists and number fields take the wheel only while they have the focus."""
        super().polish(target)  # type: ignore[arg-type]
        if isinstance(target, QAbstractSpinBox | QComboBox):
            # Qt gives the focus to what the wheel turns over, before it tells the wheel.
            if target.focusPolicy() == Qt.FocusPolicy.WheelFocus:
                target.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            target.installEventFilter(self._guard)

    def standardIcon(  # noqa: N802
        self,
        standardIcon: QStyle.StandardPixmap,  # noqa: N803
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> QIcon:
        """Return the icon of our family that says the same."""
        name = STANDARD_ICONS.get(standardIcon)
        if name is None:
            return super().standardIcon(standardIcon, option, widget)
        return QIcon(PaletteGlyph(character(name)))
