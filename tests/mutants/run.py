"""Put each fault of the list into a copy of the checkout and see whether the tests notice.

`make mutants`, or ``python -m tests.mutants.run cli core/labels.py -n 2``.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.mutant_list import CHECKOUT, PACKAGE, Mutant, read_list
from tests.mutants.outcomes import KILLED, SURVIVED, UNKNOWN, keep_outcome, read_outcomes, write_table

LONGEST_RUN_S = 1800  # a mutant that makes the program hang is one that was noticed
COLLECTION_FAILED, HUNG, NOT_RUN = 2, 124, (3, 4, 5)  # exit codes of pytest, and of the nursery


class Copy:
    """A copy of the checkout, in which one mutant at a time lives."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        listing = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in listing.stdout.splitlines():
            source, target = CHECKOUT / name, self.root / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        shared = Path(os.environ.get("SPECTRAGUI_SHARED") or CHECKOUT.parent / "shared")
        if shared.is_dir():
            (folder / "shared").symlink_to(shared, target_is_directory=True)
        self._original = ""
        self._stamp = time.time() + 10.0
        self._nursery = self._start_nursery()

    def _start_nursery(self) -> subprocess.Popen[str]:
        """Start the process whose children run the tests; the copy is the program, for their children too."""
        wanted = {
            "PYTHONPATH": str(self.root),
            "SPECTRAGUI_SHARED": str(self.root.parent / "shared"),
            "QT_QPA_PLATFORM": "offscreen",
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
            "OMP_WAIT_POLICY": "PASSIVE",
        }
        return subprocess.Popen(
            [sys.executable, "tests/mutants/nursery.py"],
            cwd=self.root,
            env={**os.environ, **wanted},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End the process."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait()

    def put(self, mutant: Mutant) -> None:
        """Write a mutant's file."""
        self._original = (self.root / mutant.file).read_text(encoding="utf-8")
        self._write(mutant.file, mutant.text(self.root))

    def take_out(self, mutant: Mutant) -> None:
        """Write the file as it was."""
        self._write(mutant.file, self._original)

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        # Compiled files are told apart by whole seconds and size: each text gets a time of its own.
        self._stamp += 2.0
        os.utime(path, (self._stamp, self._stamp))

    def test(self, arguments: list[str]) -> tuple[int, str]:
        """Run tests until the first that fails; return pytest's exit code and what it printed."""
        options = ["-x", "-q", "-p", "no:cacheprovider", "--tb=line"]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning", *arguments]  # of the nursery
        printed = self.root.parent / "printed.txt"
        wanted = {"arguments": options, "printed": str(printed), "seconds": LONGEST_RUN_S}
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        print(json.dumps(wanted), file=self._nursery.stdin, flush=True)
        code = int(self._nursery.stdout.readline())
        return code, printed.read_text(encoding="utf-8", errors="replace")


def try_mutant(copy: Copy, mutant: Mutant, whole_room: bool) -> tuple[str, str]:
    """Return "killed" and the test that did it, or "survived"."""
    copy.put(mutant)
    try:
        code, told = copy.test(list(mutant.tests))
        if code == 0 and whole_room and (copy.root / "tests" / mutant.room).is_dir():
            done = [f"--ignore={name}" for name in mutant.tests if name.endswith(".py")]
            code, told = copy.test([f"tests/{mutant.room}", *done])
            code = 0 if code == 5 else code  # the room has no other tests
    finally:
        copy.take_out(mutant)
    if code in NOT_RUN:
        raise SystemExit(f"{mutant.name()}: the tests were not run:\n{told[-3000:]}")
    if code == 0:
        return SURVIVED, ""
    if code == HUNG:
        return KILLED, "it hung"
    failed = re.search(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", told, re.MULTILINE)
    by = failed.group(1) if failed else f"exit code {code}"
    return KILLED, by if code != COLLECTION_FAILED else f"{by} (not collected)"


def check_without_mutant(copy: Copy, mutants: list[Mutant]) -> None:
    """End the run where the chosen tests fail by themselves: they would seem to kill everything."""
    chosen = sorted({name for mutant in mutants for name in mutant.tests})
    code, told = copy.test(chosen)
    if code != 0:
        raise SystemExit(f"Without any mutant the tests fail:\n{told[-3000:]}")


def chosen_mutants(wanted: list[str]) -> list[Mutant]:
    """Return the mutants whose room, file or name is wanted; all where nothing is."""
    mutants = read_list()
    if not wanted:
        return mutants
    texts = [text.removeprefix(PACKAGE) for text in wanted]
    return [m for m in mutants if m.room in texts or any("/" in text and text in m.name() for text in texts)]


def run_all(mutants: list[Mutant], arguments: argparse.Namespace) -> int:
    """Try the mutants in as many copies as asked for, and return how many survive without a reason."""
    left, lock = 0, threading.Lock()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for number in range(arguments.n):
            copies.put(Copy(Path(folder) / str(number)))
        if not arguments.no_check:
            copy = copies.get()
            check_without_mutant(copy, mutants)
            copies.put(copy)

        def attend(mutant: Mutant) -> None:
            nonlocal left
            copy, began = copies.get(), time.monotonic()
            try:
                now, by = try_mutant(copy, mutant, not arguments.chosen_only)
            finally:
                copies.put(copy)
            with lock:
                if not arguments.keep_nothing:
                    keep_outcome(mutant, now, by)
                unexplained = now == SURVIVED and not mutant.harmless
                left += unexplained
                words = f"{now}{' (changes nothing)' if now == SURVIVED and mutant.harmless else ''}"
                print(f"{words:10} {time.monotonic() - began:6.1f} s  {mutant.name()}  {by}", flush=True)

        with ThreadPoolExecutor(arguments.n) as pool:
            list(pool.map(attend, mutants))
        while not copies.empty():
            copies.get().close()
    return left


def _is_asked_for(mutant: Mutant, arguments: argparse.Namespace) -> bool:
    known = read_outcomes(mutant.room).get(mutant.name())
    if arguments.survivors:
        return known is not None and known.now == SURVIVED
    return known is None or known.now == UNKNOWN or not arguments.new


def main() -> int:
    """Run the list, or a part of it, and write docs/reliability.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", nargs="*", help="rooms, files, or parts of names with a slash; none: all")
    parser.add_argument("-n", type=int, default=1, help="how many at a time")
    parser.add_argument("--chosen-only", action="store_true", help="a mutant's own tests, not its room's")
    parser.add_argument("--no-check", action="store_true", help="do not run the tests without a mutant first")
    parser.add_argument("--new", action="store_true", help="only those that have no result yet")
    parser.add_argument("--survivors", action="store_true", help="only those that survived the last time")
    parser.add_argument("--keep-nothing", action="store_true", help="write no results")
    parser.add_argument("--table", action="store_true", help="write what is known into docs/reliability.md")
    parser.add_argument("--only-table", action="store_true", help="the same, and run nothing")
    arguments = parser.parse_args()
    mutants = [mutant for mutant in chosen_mutants(arguments.wanted) if _is_asked_for(mutant, arguments)]
    if not mutants:
        parser.error("no mutant is called so")
    for mutant in mutants:
        mutant.text()  # one that is not found is an error before any work
    left = 0 if arguments.only_table else run_all(mutants, arguments)
    if arguments.table or arguments.only_table:
        write_table(read_list())
    print(f"{len(mutants)} mutants, {left} survive without a reason")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
