"""Workers, each a process with processes of its own."""

import contextlib
import os
import signal
import subprocess
import sys


@contextlib.contextmanager
def python_worker(*args: str):
    """A worker, `python` with arguments, that is gone afterwards with all of its processes."""
    process = subprocess.Popen(
        [sys.executable, *args],
        cwd=os.path.dirname(__file__),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
