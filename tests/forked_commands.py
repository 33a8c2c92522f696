"""Commands in processes of their own, forked from one that has imported everything: no kill falls on imports.

    python -m tests.forked_commands WARMING_ARGUMENT...

Runs the command once, then for each line of standard input (a JSON list of arguments) forks a process that
runs them; answers with its number, and when it has ended with an empty line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


class ForkedCommands:
    """Starts commands of one warm process, one at a time."""

    def __init__(self, checkout: Path, *warming: object) -> None:
        environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tests.forked_commands", *map(str, warming)]
        self._process = subprocess.Popen(
            command, env=environment, cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, *arguments: object) -> int:
        """Start a command; return the number of its process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(one) for one in arguments]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self) -> None:
        """Wait until the command that was started last has ended."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "\n"

    def close(self) -> None:
        """End the warm process."""
        self._process.communicate()


def main() -> None:
    """Fork as told."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    from spectragui.cli.main import commands

    commands(sys.argv[1:], standalone_mode=False)
    for line in sys.stdin:
        arguments = json.loads(line)
        child = os.fork()
        if not child:
            try:
                commands(arguments)
            finally:
                os._exit(0)
        print(child, file=answers)
        os.waitpid(child, 0)
        print(file=answers)


if __name__ == "__main__":
    main()
