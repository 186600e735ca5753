"""The server of a database file: found, started, shared by all who open the file, and ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from typing import Any

#: What the server is run from where nothing else is named.
PACKAGE = "jsr:@redlite/redlite/server"
#: Seconds a server gets to finish before it is killed.
ENDS_WITHIN = 10.0

INSTALL = (
    "no Redlite server found: pip install deno, or install Deno from https://deno.com, "
    "or set REDLITE_BIN to a redlite program"
)


class RedliteError(Exception):
    """The server could not be found or started; the message says what to do."""


def command() -> list[str]:
    """Return the words that start a server, by where it is found."""
    program = os.environ.get("REDLITE_BIN")
    if program:
        if shutil.which(program) is None:
            raise RedliteError(f"REDLITE_BIN names {program}, which is no program that can be run")
        return [program]
    program = shutil.which("redlite")
    if program:
        return [program]
    deno = shutil.which("deno") or _packaged_deno()
    if deno is None:
        raise RedliteError(INSTALL)
    source = os.environ.get("REDLITE_SERVER")
    options = [source] if source else ["--no-config", PACKAGE]
    return [deno, "run", "-A", "--quiet", *options]


def _packaged_deno() -> str | None:
    try:
        from deno import find_deno_bin
    except ImportError:
        return None
    try:
        return str(find_deno_bin())
    except OSError:
        return None


class Server:
    """A server process that somebody in this program uses."""

    def __init__(self, path: str, flags: Mapping[str, str]) -> None:
        """Start it and wait until it is ready."""
        self.path = path
        self.flags = dict(flags)
        self.users = 0
        words = [*command(), "--db", path, "--private", "auto", "--handshake"]
        words += ["--parent", "stdin", str(os.getpid()), "--loglevel", "warning"]
        for flag, value in flags.items():
            words += [f"--{flag}", value]
        environment = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "DENO_NO_PACKAGE_JSON": "1"}
        try:
            self._process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
            )
        except OSError as error:
            raise RedliteError(f"cannot run {words[0]}: {error.strerror}") from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._pipe = self._process.stdin
        with self._process.stdout as output:
            line = output.readline()
        self.handshake: dict[str, Any] = json.loads(line) if line.startswith(b"{") else {}
        if "pid" not in self.handshake:
            self.end()
            reason = self.handshake.get(
                "error", f"the server ended with code {self._process.wait()}"
            )
            raise RedliteError(reason)

    def connection(self) -> dict[str, Any]:
        """Return what redis-py's clients need to connect."""
        shake = self.handshake
        if "unix" in shake:
            return {"unix_socket_path": shake["unix"]}
        return {"host": shake["host"], "port": shake["port"], "password": shake["password"]}

    def end(self) -> None:
        """End the server, and return when it is gone."""
        self.forget()
        try:
            self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Close this process's end of the pipe that holds the server."""
        self._pipe.close()


_lock = threading.Lock()
_servers: dict[str, Server] = {}
_private: list[Server] = []


def acquire(path: str | os.PathLike[str], flags: Mapping[str, str]) -> Server:
    """Return the server of a file, started if this program has none."""
    name = os.fspath(path)
    with _lock:
        if name == ":memory:":
            server = Server(name, flags)
            _private.append(server)
        else:
            name = os.path.realpath(name)
            found = _servers.get(name)
            if found is None:
                found = _servers[name] = Server(name, flags)
            elif found.flags != dict(flags):
                raise ValueError(f"{name} is open in this program with other flags: {found.flags}")
            server = found
        server.users += 1
        return server


def release(server: Server) -> None:
    """Give a server back; the last one to do so ends it."""
    with _lock:
        server.users -= 1
        if server.users > 0:
            return
        if _servers.get(server.path) is server:
            del _servers[server.path]
        elif server in _private:
            _private.remove(server)
        server.end()


def _forget_all() -> None:
    # A forked child has servers of its own; the pipes are its parent's to hold.
    global _lock
    _lock = threading.Lock()
    for server in [*_servers.values(), *_private]:
        server.forget()
    _servers.clear()
    _private.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
