"""Import assistant: say what a file does not say (columns, unit, medium), see it, read it so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from PySide6.QtWidgets import QDialog as Dialog

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.files.import_form import ReadingForm, said_fields
from spectragui.gui.files.import_preview import (
    Look,
    PreviewPane,
    ReadPreview,
    found_words,
    look_into,
    read_preview,
)
from spectragui.gui.files.reading import window_options
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.session.session import Session
from spectragui.io.import_rules import add_rule, make_rule
from spectragui.io.reading.axis_unit import UnitQuestionError
from spectragui.io.reading.read_options import ReadOptions

TYPING_MS = 200
SIZE = (1060, 660)
FORM_WIDTH = 340


class ReadingDialog(Dialog):
    """Form on the left, preview on the right, what to remember below.

    Parameters
    ----------
    session : Session
    files : sequence of str
        Read alike; the first is shown.
    options : ReadOptions
        What is said at first; of the user's import rule where nothing is. Of a file with several
        spectra only ``options.spectra`` are read, if there are such.
    parent : QWidget or None

    Attributes
    ----------
    chosen : Signal
        The files and the `ReadOptions` with which they are to be read.
    """

    chosen = Signal(tuple, object)

    def __init__(
        self, session: Session, files: Sequence[str], options: ReadOptions, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._session, self._files, self._first = session, tuple(files), options
        self._path = path = self._files[0]
        self._works: ReadOptions | None = None
        self.form: ReadingForm | None = None
        self.setWindowTitle(f"Read {Path(path).name} with options")
        self.resize(*SIZE)
        self.pane = PreviewPane(session.theme)
        self._form_place = QScrollArea()
        self._form_place.setWidgetResizable(True)
        self._form_place.setFixedWidth(FORM_WIDTH)
        self._form_place.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        sides = QHBoxLayout()
        sides.setSpacing(16)
        sides.addLayout(self._left())
        sides.addWidget(self.pane, 1)
        self.primary = lay_out_dialog(self, "Open", sides, self._remembering())
        self.primary.setEnabled(False)
        self._timer = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._timer.timeout.connect(self._preview)
        self.finished.connect(self._on_finished)
        session.run(f"look:{path}", look_into, path, on_done=self._on_looked, on_failed=self._on_failed)

    @property
    def options(self) -> ReadOptions | None:
        """What is said, once the file can be read so."""
        return self._works

    def _left(self) -> QVBoxLayout:
        hint = QLabel("Change what is wrong; the rest is found out from the file.")
        hint.setProperty("role", "secondary")
        hint.setWordWrap(True)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(hint)
        column.addWidget(self._form_place, 1)
        return column

    def _remembering(self) -> QHBoxLayout:
        self.remember = QCheckBox("Remember for all files with")
        self.remember.setToolTip("Keep this as an import rule; File > Import rules lists them")
        self.which = QComboBox()
        self.which.setAccessibleName("What tells files of this kind")
        self.which.setMinimumContentsLength(24)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the rule")
        self.name.setPlaceholderText("Name of the rule")
        self.name.setFixedWidth(150)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.remember)
        row.addWidget(self.which, 1)
        self._as = QLabel("as")
        row.addWidget(self._as)
        row.addWidget(self.name)
        for widget in (self.remember, self.which, self.name):
            widget.setEnabled(False)
        self.remember.toggled.connect(lambda _on: self._follow())
        return row

    def _on_looked(self, look: Look) -> None:
        if look.survey.problem:
            self.pane.say(look.survey.problem, "")
            return
        self.pane.show_survey(look.survey)
        first = self._first
        if look.rule is not None and not said_fields(first):
            first = ReadOptions(**look.rule.options)  # type: ignore[arg-type]
        self.form = ReadingForm(look.survey, first)
        self.form.changed.connect(self._timer.start)
        self._form_place.setWidget(self.form)
        for match in look.matches:
            name = match.keywords[0][1] if match.keywords else Path(self._path).suffix.lstrip(".")
            self.which.addItem(f"{_words(match)}", (match, name))
        self.which.currentIndexChanged.connect(self._on_which_changed)
        for widget in (self.remember, self.which, self._as, self.name):
            widget.setVisible(bool(look.matches))
        self.name.setText(look.rule.name if look.rule is not None else self._which_name())
        self.remember.setChecked(bool(look.matches) and look.matches[0].is_of_instrument)
        self._preview()

    def _which_name(self) -> str:
        data = self.which.currentData()
        return str(data[1]) if data else ""

    def _on_which_changed(self, _index: int) -> None:
        self.name.setText(self._which_name())

    def _preview(self) -> None:
        if self.form is None:
            return
        self._works = None
        self._follow()
        self.pane.show_taken(self.form.place, self.form.taken)
        try:
            options = self.form.options
        except SpectraGUIError as error:
            self._on_previewed(ReadPreview(ReadOptions(), error=error))
            return
        self._session.run(
            f"preview:{self._path}",
            read_preview,
            self._path,
            options.replace(spectra=self._first.spectra),
            on_done=self._on_previewed,
            on_failed=self._on_failed,
        )

    def _on_previewed(self, preview: ReadPreview) -> None:
        self.pane.show_preview(preview)
        self._works = preview.options if preview.error is None else None
        if preview.spectrum is not None and self.form is not None:
            self.form.show_found(found_words(preview.spectrum))
        elif isinstance(preview.error, UnitQuestionError) and self.form is not None:
            self.form.ask_unit(preview.error.readings)
        self._follow()

    def _on_failed(self, error: BaseException) -> None:
        if isinstance(error, SpectraGUIError):
            self._on_previewed(ReadPreview(ReadOptions(), error=error))
        else:
            self.pane.say("Something went wrong while the file was read.", "The details are in the log.")

    def _follow(self) -> None:
        self.primary.setEnabled(self._works is not None)
        says = self._works is not None and bool(said_fields(self._works)) and self.which.count() > 0
        self.remember.setEnabled(says)
        for widget in (self.which, self.name):
            widget.setEnabled(says and self.remember.isChecked())

    def accept(self) -> None:
        """Remember, if that is wanted, and open the file."""
        options = self._works
        if options is None:
            return
        if self.remember.isEnabled() and self.remember.isChecked():
            try:
                add_rule(make_rule(self.name.text(), self.which.currentData()[0], options))
            except SpectraGUIError as error:
                self.pane.notes.setText(str(error))
                return
            options = window_options()
        options = options.replace(spectra=self._first.spectra)
        self.chosen.emit(self._files, options)
        super().accept()

    def _on_finished(self, _result: int) -> None:
        for task in ("look", "preview"):
            self._session.tasks.cancel_key(f"{task}:{self._path}", overtaken=True)
        self._timer.stop()


def ask_how(
    session: Session,
    files: Sequence[str],
    options: ReadOptions,
    on_chosen: Callable[[Sequence[str], ReadOptions], None],
) -> None:
    """Let the user say how files are to be read, and see it; ``on_chosen`` then reads them."""
    dialog = ReadingDialog(session, files, options, QApplication.activeWindow())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.chosen.connect(on_chosen)
    dialog.open()


def _words(match: object) -> str:
    from spectragui.io.rule_match import RuleMatch, match_words

    assert isinstance(match, RuleMatch)
    return match_words(match)
