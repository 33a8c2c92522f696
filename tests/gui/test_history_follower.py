"""A history of losses as it is written: lines one by one, a half one waits, what was read is kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from spectragui.gui.training.history_follower import HistoryFollower
from spectragui.gui.training.run_page import LossPlot


def line(step: int) -> str:
    return json.dumps({"step": step, "loss": 1.0 / step}) + "\n"


def test_lines_are_taken_as_they_come(tmp_path: Path) -> None:
    follower, file = HistoryFollower(tmp_path), tmp_path / "history.csv"
    assert follower.rows() == []
    file.write_text(line(1) + "no JSON\n" + '{"loss": 3}\n' + line(2)[:9])
    first = follower.rows()
    assert [row["step"] for row in first] == [1] and follower.rows() is first
    file.write_text(file.read_text() + line(2)[9:] + line(3))
    assert [row["step"] for row in follower.rows()] == [1, 2, 3] and len(first) == 1
    file.write_text(line(7))  # begun anew
    assert [row["step"] for row in follower.rows()] == [7]
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "member0.jsonl").write_text(line(8) + line(9))  # it counts first
    assert [row["step"] for row in follower.rows()] == [8, 9]
    (tmp_path / "checkpoints" / "member0.jsonl").unlink()
    file.unlink()
    assert follower.rows() == []


def test_a_long_history_is_read_piece_by_piece(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("".join(map(line, range(1, 1001))))
    follower, lengths = HistoryFollower(tmp_path, 5000), []
    while not lengths or lengths[-1] < 1000:
        lengths.append(len(follower.rows()))
    assert len(lengths) > 4 and np.diff(lengths).min() > 0
    assert follower.rows() == HistoryFollower(tmp_path).rows()


def test_thousands_of_validations_are_drawn_as_their_extremes(qtbot, session) -> None:
    """No spike is lost, and the curves have no more points than a screen."""
    plot = LossPlot(session)
    qtbot.addWidget(plot)
    plot.resize(600, 300)
    plot.show()
    rows = [
        {
            "step": 10 * n,
            "loss": 1.0 + (n == 1234),
            "validation_loss": 1.5 - (n == 2345),
            "learning_rate": 1e-4,
        }
        for n in range(5000)
    ]
    plot.show_history(rows)
    loss, validation = (plot._curves[role].getData()[1] for role in ("observed", "generated"))
    assert max(len(loss), len(validation)) < 600
    assert loss.max() == 2.0 and validation.min() == 0.5
    low, high = plot.getViewBox().viewRange()[1]
    assert low < 0.5 and high > 2.0
