"""A random user harms nothing: no exception, no thread left; `make soak` takes the long way."""

from __future__ import annotations

import pytest

from spectragui.core.package_data import bundled_examples
from tests.gui.random_user import RandomUser, answer_file_dialogs


@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_user_ends_no_window(window, qtbot, tmp_path, monkeypatch, seed):
    user = RandomUser(window, [example.path for example in bundled_examples()], tmp_path, seed)
    answer_file_dialogs(user, monkeypatch.setattr)
    unexpected = []
    window.session.notifications.unexpected_raised.connect(unexpected.append)
    try:
        for _ in range(120):
            user.step()
        user.wait_idle()
    finally:
        user.end()
    assert not unexpected, f"{unexpected[0].details} after {user.steps[-5:]}"
