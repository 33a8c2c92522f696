"""Databases and rows that somebody damaged or made: nothing hangs, fills the memory, or is lost."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import threading
from pathlib import Path

import pytest

from spectragui.core.errors import ReadError, SpectraGUIError, WriteError
from spectragui.core.results import RESULT_COLUMNS, make_row
from spectragui.io.tables.results_store import ResultsStore
from spectragui.io.tables.row_log import SUFFIX, Record, RowLog

TABLE = "CREATE TABLE results (id INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL)"
COUNTING = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, '{}' AS row FROM n"
SCHEMAS = {
    "a view without end": [f"CREATE VIEW results AS {COUNTING}"],
    "a trigger that deletes": [
        TABLE,
        "CREATE TRIGGER t AFTER INSERT ON results BEGIN DELETE FROM results; END",
    ],
    "a trigger without end": [
        TABLE,
        f"CREATE TRIGGER t BEFORE INSERT ON results BEGIN SELECT max(id) FROM ({COUNTING}); END",
    ],
    "other columns": ["CREATE TABLE results (a TEXT, b TEXT)"],
    "no column of rows": ["CREATE TABLE results (id INTEGER PRIMARY KEY)"],
    "a generated column": [
        "CREATE TABLE results (id INTEGER PRIMARY KEY, row TEXT AS (hex(zeroblob(400000000))))"
    ],
    "a search index": ["CREATE VIRTUAL TABLE results USING fts5(id, row)"],
    "another table beside": [TABLE, "CREATE TABLE secrets (word TEXT)"],
    "an index of expressions": [TABLE, "CREATE INDEX i ON results (length(row))"],
    "a name in capitals": ["CREATE TABLE RESULTS (x)"],
    "many tables": [f"CREATE TABLE t{number} (x)" for number in range(300)],
}


def memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


@pytest.mark.parametrize("statements", SCHEMAS.values(), ids=SCHEMAS)
def test_a_database_of_another_schema_is_put_aside(tmp_path: Path, statements):
    path = tmp_path / "results.sqlite"
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    store = ResultsStore(path)
    assert store.was_damaged and (tmp_path / "results.sqlite.damaged").exists()
    store.add(make_row(file="x"))
    assert len(store.rows()) == 1
    store.close()


ROWS = {
    "a text of 30 MB": "'\"' || hex(zeroblob(15000000)) || '\"'",
    "a blob of 30 MB": "zeroblob(30000000)",
    "no UTF-8": "CAST(x'fffe7b7d' AS TEXT)",
    "a zero": "'{' || char(0) || '}'",
    "numbers of a thousand digits": "'{\"teff\": ' || hex(zeroblob(5000)) || '}'",
    "no JSON": "'{]'",
    "infinite": "'{\"flag_bad\": Infinity}'",
    "brackets": "replace(hex(zeroblob(100000)), '0', '[')",
    "a list": "'[1, 2]'",
    "a number": "5",
}


@pytest.mark.parametrize("value", ROWS.values(), ids=ROWS)
def test_a_row_that_is_none_hides_no_other(tmp_path: Path, value):
    path = tmp_path / "results.sqlite"
    store = ResultsStore(path)
    store.add(make_row(file="first"))
    store.close()
    connection = sqlite3.connect(path)
    connection.execute(f"INSERT INTO results (row) VALUES ({value})")
    connection.commit()
    connection.close()
    before = memory_mib()
    store = ResultsStore(path)
    store.add(make_row(file="last"))
    assert [row["file"] for _, row in store.rows()] == ["first", "last"]
    assert store.n_damaged == 1 and not store.was_damaged
    store.close()
    assert memory_mib() < before + 60.0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("kind", ["link", "/dev/zero", "dead link", "pipe", "folder", "sparse"])
def test_what_is_no_file_of_ours_is_put_aside(tmp_path: Path, kind):
    path, other = tmp_path / "results.sqlite", tmp_path / "another program's.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    content = other.read_bytes()
    if kind in ("link", "/dev/zero", "dead link"):
        path.symlink_to({"link": other, "dead link": tmp_path / "nothing"}.get(kind, Path(kind)))
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
        (path / "x").write_text("kept")
    else:
        with path.open("wb") as stream:
            stream.truncate(1 << 40)
    store = ResultsStore(path)
    assert store.was_damaged and os.path.lexists(tmp_path / "results.sqlite.damaged")
    store.add(make_row(file="x"))
    assert len(store.rows()) == 1
    store.close()
    assert other.read_bytes() == content and not (tmp_path / "nothing").exists()


def test_a_store_that_another_program_locks_stays(tmp_path: Path, monkeypatch):
    path = tmp_path / "results.sqlite"
    store = ResultsStore(path)
    store.add(make_row(file="x"))
    store.close()
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *words, **more: real(*words, **{**more, "timeout": 0.05}))
    other = real(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(WriteError, match="cannot be kept .*locked"):
        ResultsStore(path)
    other.execute("COMMIT")
    other.close()
    store = ResultsStore(path)
    assert len(store.rows()) == 1 and not store.was_damaged
    store.close()


def test_pages_that_were_damaged_cost_their_own_rows(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    store = ResultsStore(path)
    store.replace(make_row(file=f"{number:04d}") for number in range(300))
    store.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = bytes(4096)
    path.write_bytes(content)
    store = ResultsStore(path)
    rows = store.rows()
    assert store.n_damaged or store.was_damaged
    assert rows and all(row["file"].isdigit() for _, row in rows)
    store.close()


def log(table: Path, *, is_resumed: bool = True) -> RowLog:
    return RowLog(table, RESULT_COLUMNS, {"model": "a"}, is_resumed=is_resumed)


def record(name: str, number: int = 0, n_rows: int = 1) -> Record:
    key = (((name, 1, 1),), 0)
    return Record(key, number, n_rows, make_row(file=name, teff=5777.0), {"said": ""})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of which three rows are finished."""
    path = tmp_path / "rows.csv"
    rows = log(path)
    for name in "abc":
        rows.append(record(name))
    rows.close(is_done=False)
    return path


def names(rows: RowLog) -> list[str]:
    return [one.row["file"] for one in rows.records()]


def changed(old: bytes, new: bytes):
    return lambda lines: [lines[0], lines[1], lines[2].replace(old, new), lines[3]]


DAMAGES = {
    "cut in the middle of the last": (lambda lines: [*lines[:3], lines[3][:50]], "ab"),
    "cut in the middle of one": (lambda lines: [lines[0], lines[1], lines[2][:50] + b"\n", lines[3]], "ac"),
    "a digit turned": (changed(b"5777.0", b"5778.0"), "ac"),
    "another file": (changed(b'"b"', b'"z"'), "ac"),
    "no number of rows": (changed(b'"n_rows": 1', b'"n_rows": 0'), "ac"),
    "rows without end": (changed(b'"n_rows": 1', b'"n_rows": 1000000000000'), "ac"),
    "without its seal": (lambda lines: [*lines[:2], lines[2].split(b', "seal"')[0] + b"}\n", lines[3]], "ac"),
    "zeros": (lambda lines: [*lines[:2], bytes(len(lines[2])) + b"\n", lines[3]], "ac"),
    "zeros within": (changed(b"5777", b"57\x0077"), "ac"),
    "zeros behind": (lambda lines: [*lines, bytes(100_000)], "abc"),
    "no UTF-8": (changed(b'"b"', b'"\xff\xfe"'), "ac"),
    "twice": (lambda lines: [*lines, lines[2], lines[1]], "abcba"),
    "line ends of another system": (lambda lines: [line[:-1] + b"\r\n" for line in lines], "abc"),
    "empty lines": (lambda lines: [lines[0], b"\n\n", *lines[1:]], "abc"),
    "brackets": (lambda lines: [*lines, b"[" * 500_000 + b"\n"], "abc"),
    "a line of 30 MB": (lambda lines: [*lines[:2], b"x" * 30_000_000 + b"\n", *lines[2:]], "abc"),
    "another order": (lambda lines: [lines[0], lines[3], lines[2], lines[1]], "cba"),
}


@pytest.mark.parametrize(("damage", "left"), DAMAGES.values(), ids=DAMAGES)
def test_rows_that_were_damaged_are_made_again(table: Path, damage, left):
    path = table.with_name(table.name + SUFFIX)
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    rows = log(table)
    assert "".join(names(rows)) == left
    rows.append(record("d"))
    rows.close(is_done=False)
    rows = log(table)
    assert "".join(names(rows)) == left + "d"
    rows.close(is_done=False)


def test_rows_of_other_options_do_not_pass(table: Path):
    other = RowLog(table.with_name("other.csv"), RESULT_COLUMNS, {"model": "b"})
    other.append(record("stranger"))
    other.close(is_done=False)
    foreign = (table.with_name("other.csv" + SUFFIX)).read_bytes().splitlines(keepends=True)
    path = table.with_name(table.name + SUFFIX)
    path.write_bytes(path.read_bytes() + foreign[1])
    rows = log(table)
    assert "".join(names(rows)) == "abc"
    rows.close(is_done=False)
    head = json.loads(foreign[0]) | {"hash": "0" * 64}
    path.write_bytes(json.dumps(head).encode() + b"\n" + foreign[1])
    with pytest.raises(SpectraGUIError, match="other options"):
        log(table)


HEADS = {
    "notes": b"my notes\n",
    "a list": b"[]\n",
    "no format": b'{"format": 7, "hash": "x"}\n',
    "no hash": b'{"format": 1}\n',
    "brackets": b"[" * 100_000 + b"\n",
    "long": b"x" * 3_000_000 + b"\n",
    "zeros": bytes(5000) + b"\n",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("is_resumed", [True, False])
def test_what_is_not_ours_is_left_alone(tmp_path: Path, head, is_resumed):
    path = tmp_path / f"rows.csv{SUFFIX}"
    path.write_bytes(head)
    with pytest.raises(ReadError, match="is in the way"):
        log(tmp_path / "rows.csv", is_resumed=is_resumed)
    assert path.read_bytes() == head


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("kind", ["pipe", "folder", "link", "/dev/zero", "sparse"])
def test_rows_go_to_ordinary_files_only(tmp_path: Path, kind):
    path, other = tmp_path / f"rows.csv{SUFFIX}", tmp_path / "other"
    other.write_text("theirs")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "sparse":
        with path.open("wb") as stream:
            stream.truncate(1 << 40)
    else:
        path.symlink_to(other if kind == "link" else kind)
    caught: list[BaseException] = []

    def try_it() -> None:
        with pytest.raises(SpectraGUIError) as error:
            log(tmp_path / "rows.csv")
        caught.append(error.value)

    thread = threading.Thread(target=try_it, daemon=True)
    thread.start()
    thread.join(60.0)  # a pipe would be waited for without end
    assert caught and other.read_text() == "theirs"
