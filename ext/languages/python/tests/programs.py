"""Programs of their own, each with a server of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")


class Program:
    """A program that runs until its input ends, or it is killed."""

    def __init__(self, path: str, environment: Mapping[str, str]) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def ready(self) -> None:
        """Wait until it has opened the file."""
        word, pid = self._read().split()
        assert word == "ready"
        self._server = int(pid)

    def ask(self, line: str) -> str:
        """Have it run a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._read()

    def end(self) -> None:
        """Let it end, and wait until its server has."""
        self._process.communicate()
        assert self._process.returncode == 0
        wait_until(lambda: not exists(self._server))

    def kill(self) -> None:
        """Kill it, and wait until its server has ended."""
        self._process.kill()
        self._process.communicate()
        wait_until(lambda: not exists(self._server))

    def failure(self) -> str:
        """Return what it says when it cannot open the file."""
        _, told = self._process.communicate()
        assert self._process.returncode != 0
        return told

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")


def exists(pid: int) -> bool:
    """Tell whether there is a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(happened: object) -> None:
    """Wait until something has happened, and not forever."""
    assert callable(happened)
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
