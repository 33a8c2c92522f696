"""`SpectraTree`: rows of files, their spectra, and the orders of these; dragged to order."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QDropEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from spectragui.core.signal_to_noise import SNR_WORDS, order_snr
from spectragui.core.spectral_axis import FRAME_WORDS, SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.open_spectra import move_spectra

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
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # targets of a survey differ in their last digits
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
        """Move the dragged files before the one under the pointer."""
        tops = [_top(row) for row in (*self.selectedItems(), self.currentItem())]
        moved = list(dict.fromkeys(one for top in tops if top is not None for one in ids_below(top)))
        target = _top(self.itemAt(event.position().toPoint()))
        event.setDropAction(Qt.DropAction.IgnoreAction)  # the state moves, the tree follows
        event.accept()
        if not moved or target in tops:
            return
        below = self.dropIndicatorPosition() == QAbstractItemView.DropIndicatorPosition.BelowItem
        if target is not None and below:
            target = self.topLevelItem(self.indexOfTopLevelItem(target) + 1)
        move_spectra(self._session, moved, ids_below(target)[0] if target else "")


def check_state(is_on: bool) -> Qt.CheckState:
    """Return the state of a box."""
    return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked


def _top(item: QTreeWidgetItem | None) -> QTreeWidgetItem | None:
    while item is not None and item.parent() is not None:
        item = item.parent()
    return item


def ids_of(row: QTreeWidgetItem) -> list[str]:
    """Return the spectra that a row stands for: a file's all, an order's own."""
    if row.data(0, ID_ROLE):
        return [row.data(0, ID_ROLE)]
    parent = row.parent()
    return ids_below(row) if parent is None else [parent.data(0, ID_ROLE)]


def ids_below(top: QTreeWidgetItem) -> list[str]:
    """Return the spectra of a file's row."""
    return [top.child(i).data(0, ID_ROLE) for i in range(top.childCount())]


def file_item(item: OpenSpectrum) -> QTreeWidgetItem:
    """Return the row of a file."""
    row = QTreeWidgetItem()
    name_file(row, item)
    row.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return row


def name_file(row: QTreeWidgetItem, item: OpenSpectrum) -> None:
    """Write in the row of a file what it is called."""
    more = f" + {len(item.files) - 1}" if len(item.files) > 1 else ""
    if isinstance(item.spectrum, EchelleSpectrum):  # here there is room for it
        word = "arms" if "arm" in item.spectrum.orders[0].meta else "orders"
        more += f" · {len(item.spectrum)} {word}"
    row.setText(0, item.file_name + more)
    row.setToolTip(0, "\n".join(item.files))


def spectrum_item(item: OpenSpectrum) -> QTreeWidgetItem:
    """Return the row of a spectrum; its name can be edited."""
    orders = orders_of(item.spectrum)
    is_echelle = isinstance(item.spectrum, EchelleSpectrum)
    axis = orders[0].spectral_axis
    row = QTreeWidgetItem([item.name, _snr_text(item.snr), _range_text(orders), MEDIUM_WORDS[axis.medium]])
    for column in (1, 2):
        row.setTextAlignment(column, RIGHT)
    row.setData(0, ID_ROLE, item.id)
    row.setCheckState(0, check_state(item.is_visible))
    row.setFlags(row.flags() & ~Qt.ItemFlag.ItemIsDropEnabled | Qt.ItemFlag.ItemIsEditable)
    if is_echelle:
        row.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
    for column in range(4):
        row.setToolTip(column, tooltip_of(item, axis))
    return row


def order_item(number: int, order: Spectrum) -> QTreeWidgetItem:
    """Return the row of an order or arm."""
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


def tooltip_of(item: OpenSpectrum, axis: SpectralAxis) -> str:
    """Return what a spectrum's row says of it."""
    n_pixels = sum(len(order) for order in orders_of(item.spectrum))
    medium = "medium unknown" if axis.medium == "unknown" else axis.medium
    snr = f"\nS/N {item.snr:.0f} per pixel, median of the whole spectrum" if _snr_text(item.snr) else ""
    return f"{item.name}\n{n_pixels:,} pixels, {medium}, {FRAME_WORDS[axis.frame]}{snr}"
