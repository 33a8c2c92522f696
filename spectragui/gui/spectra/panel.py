"""Spectra: the tree of what is open (file, spectrum, orders); check to show, drag to order."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QDropEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout

from spectragui.core.signal_to_noise import SNR_WORDS, order_snr
from spectragui.core.spectral_axis import FRAME_WORDS, SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.open_spectra import move_spectra, select_spectrum, show_spectrum

ID_ROLE = Qt.ItemDataRole.UserRole + 1
MEDIUM_WORDS = {"air": "air", "vacuum": "vac", "unknown": "?"}
SNR_TIP = f"<p>{SNR_WORDS} The results tell that of the model's window.</p>"  # rich text breaks its lines
NARROW = 290  # pixels
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SpectraTree(QTreeWidget):
    """Tree whose top rows can be dragged into another order.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setColumnCount(4)
        self.setHeaderLabels(["Spectrum", "S/N", "Range (Å)", "In"])
        self.headerItem().setToolTip(1, SNR_TIP)
        self.headerItem().setToolTip(3, "Medium of the wavelengths: air or vacuum")
        for column in (1, 2):
            self.headerItem().setTextAlignment(column, RIGHT)
        self.setAccessibleName("Open spectra")
        self.setIndentation(12)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the medium to tooltip and passport where the names need the room."""
        super().resizeEvent(event)
        self.setColumnHidden(3, event.size().width() < NARROW)

    def dropEvent(self, event: QDropEvent) -> None:
        """Move the dragged file before the one under the pointer."""
        moved, target = _top(self.currentItem()), _top(self.itemAt(event.position().toPoint()))
        event.setDropAction(Qt.DropAction.IgnoreAction)  # the state moves, the tree follows
        event.accept()
        if moved is None or moved is target:
            return
        below = self.dropIndicatorPosition() == QAbstractItemView.DropIndicatorPosition.BelowItem
        if target is not None and below:
            target = self.topLevelItem(self.indexOfTopLevelItem(target) + 1)
        move_spectra(self._session, _ids_below(moved), _ids_below(target)[0] if target else "")


@register_panel(
    "Spectra", area="left", icon="mdi6.file-tree-outline", priority=10, is_available=lambda s: bool(s.spectra)
)
class SpectraPanel(Panel):
    """Tree of the open spectra."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.tree = SpectraTree(session)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tree)
        self.setFocusProxy(self.tree)
        self.tree.currentItemChanged.connect(self._on_tree_current_changed)
        self.tree.itemChanged.connect(self._on_tree_item_changed)
        self.tree.itemExpanded.connect(self._on_tree_item_expanded)

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the list of spectra and the selection."""
        blocker = QSignalBlocker(self.tree)
        if old.spectra is not new.spectra:
            if _rows(old) == _rows(new):
                self._update_checks(new)
            else:
                self._rebuild(new)
        item = self._items().get(new.selected_id)
        if item is not None and self.tree.currentItem() is not item:
            current = self.tree.currentItem()
            if current is None or current.data(0, ID_ROLE) != new.selected_id:
                self.tree.setCurrentItem(item)
        blocker.unblock()

    def repaint_theme(self) -> None:
        """Draw the names of files in the secondary colour."""
        colour = self.session.theme.color("secondary")
        for row in range(self.tree.topLevelItemCount()):
            self.tree.topLevelItem(row).setForeground(0, colour)

    def _items(self) -> dict[str, QTreeWidgetItem]:
        tops = (self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount()))
        children = (top.child(i) for top in tops if top is not None for i in range(top.childCount()))
        return {item.data(0, ID_ROLE): item for item in children if item is not None}

    def _rebuild(self, state: AppState) -> None:
        open_ids = {item_id for item_id, item in self._items().items() if item.isExpanded()}
        self.tree.clear()
        tops: list[QTreeWidgetItem] = []
        files: tuple[str, ...] | None = None
        for item in state.spectra:
            if not tops or item.files != files:
                tops.append(_file_item(item))
                files = item.files
            tops[-1].addChild(_spectrum_item(item))
        # All at once: each call below lays the whole tree out again where something was added before.
        self.tree.addTopLevelItems(tops)
        for top in tops:
            top.setFirstColumnSpanned(True)
        self.tree.expandToDepth(0)
        for item_id in open_ids:
            child = self._items().get(item_id)
            if child is not None:
                self._on_tree_item_expanded(child)
                child.setExpanded(True)
        self.repaint_theme()

    def _update_checks(self, state: AppState) -> None:
        items = self._items()
        for item in state.spectra:
            items[item.id].setCheckState(0, _check_state(item.is_visible))

    def _on_tree_current_changed(
        self, item: QTreeWidgetItem | None, _previous: QTreeWidgetItem | None
    ) -> None:
        if item is not None:
            row = item if item.data(0, ID_ROLE) else item.child(0) if item.parent() is None else item.parent()
            if row is not None:
                select_spectrum(self.session, row.data(0, ID_ROLE))

    def _on_tree_item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 0 and item.data(0, ID_ROLE):
            show_spectrum(self.session, item.data(0, ID_ROLE), item.checkState(0) == Qt.CheckState.Checked)

    def _on_tree_item_expanded(self, item: QTreeWidgetItem) -> None:
        """Fill in the orders when somebody wants to see them."""
        opened = self.session.state.spectrum(item.data(0, ID_ROLE) or "")
        if opened is None or item.childCount():
            return
        blocker = QSignalBlocker(self.tree)
        for number, order in enumerate(orders_of(opened.spectrum)):
            item.addChild(_order_item(number, order))
        blocker.unblock()


def _rows(state: AppState) -> list[tuple[str, int]]:
    return [(item.id, id(item.spectrum)) for item in state.spectra]


def _check_state(is_on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked


def _top(item: QTreeWidgetItem | None) -> QTreeWidgetItem | None:
    while item is not None and item.parent() is not None:
        item = item.parent()
    return item


def _ids_below(top: QTreeWidgetItem) -> list[str]:
    return [top.child(i).data(0, ID_ROLE) for i in range(top.childCount())]


def _file_item(item: OpenSpectrum) -> QTreeWidgetItem:
    more = f" + {len(item.files) - 1}" if len(item.files) > 1 else ""
    if isinstance(item.spectrum, EchelleSpectrum):  # here there is room for it
        word = "arms" if "arm" in item.spectrum.orders[0].meta else "orders"
        more += f" · {len(item.spectrum)} {word}"
    row = QTreeWidgetItem([item.file_name + more])
    row.setToolTip(0, "\n".join(item.files))
    row.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return row


def _spectrum_item(item: OpenSpectrum) -> QTreeWidgetItem:
    orders = orders_of(item.spectrum)
    is_echelle = isinstance(item.spectrum, EchelleSpectrum)
    axis = orders[0].spectral_axis
    row = QTreeWidgetItem([item.name, _snr_text(item.snr), _range_text(orders), MEDIUM_WORDS[axis.medium]])
    for column in (1, 2):
        row.setTextAlignment(column, RIGHT)
    row.setData(0, ID_ROLE, item.id)
    row.setCheckState(0, _check_state(item.is_visible))
    row.setFlags(row.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
    if is_echelle:
        row.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
    for column in range(4):
        row.setToolTip(column, _tooltip(item, axis))
    return row


def _order_item(number: int, order: Spectrum) -> QTreeWidgetItem:
    arm = order.meta.get("arm")
    label = f"order {order.meta.get('order', number)}" if arm is None else f"arm {arm}"
    medium = MEDIUM_WORDS[order.spectral_axis.medium]
    row = QTreeWidgetItem([label, _snr_text(order_snr(order)), _range_text((order,)), medium])
    for column in (1, 2):
        row.setTextAlignment(column, RIGHT)
    row.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    if arm is not None:
        row.setToolTip(0, str(order.meta.get("file", "")))
    return row


def _snr_text(snr: float) -> str:
    return f"{snr:.0f}" if math.isfinite(snr) and snr > 0 else ""


def _range_text(orders: tuple[Spectrum, ...]) -> str:
    if orders[0].spectral_axis.unit == "pixel":
        return ""
    # Both ends of every order: wavenumbers descend in wavelength.
    ends = [edge for order in orders for edge in order.wavelength_aa[[0, -1]]]
    return f"{min(ends):.0f}\N{EN DASH}{max(ends):.0f}"


def _tooltip(item: OpenSpectrum, axis: SpectralAxis) -> str:
    n_pixels = sum(len(order) for order in orders_of(item.spectrum))
    medium = "medium unknown" if axis.medium == "unknown" else axis.medium
    snr = f"\nS/N {item.snr:.0f} per pixel, median of the whole spectrum" if _snr_text(item.snr) else ""
    return f"{item.name}\n{n_pixels:,} pixels, {medium}, {FRAME_WORDS[axis.frame]}{snr}"
