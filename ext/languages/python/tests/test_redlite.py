"""What the shared scenario does not say: finding the server, sharing it, forks, asyncio."""

from __future__ import annotations

import asyncio
import os
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from programs import exists, wait_until

import redlite
import redlite.asyncio
from redlite import _server


@pytest.fixture
def nowhere(monkeypatch: Any, tmp_path: Path) -> Path:
    """Hide all programs, and return a folder that is on the PATH."""
    for name in ("REDLITE_BIN", "REDLITE_SERVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "deno", None)
    return tmp_path


def program(path: Path) -> str:
    """Make a program."""
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_it_is_found_in_an_order(nowhere: Path, monkeypatch: Any) -> None:
    """A program wins over Deno, and what is named over what is found."""
    with pytest.raises(redlite.RedliteError, match="pip install deno"):
        _server.command()
    package = types.ModuleType("deno")
    package.find_deno_bin = lambda: "/packaged/deno"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "deno", package)
    run = ["run", "-A", "--quiet"]
    jsr = [*run, "--no-config", "jsr:@redlite/redlite/server"]
    assert _server.command() == ["/packaged/deno", *jsr]
    deno = program(nowhere / "deno")
    assert _server.command() == [deno, *jsr]
    monkeypatch.setenv("REDLITE_SERVER", "server.ts")
    assert _server.command() == [deno, *run, "server.ts"]
    assert [program(nowhere / "redlite")] == _server.command()
    named = program(nowhere / "other")
    monkeypatch.setenv("REDLITE_BIN", named)
    assert _server.command() == [named]


def test_a_program_that_is_no_server_is_an_error(nowhere: Path, monkeypatch: Any) -> None:
    """What ends without a handshake is told with its code."""
    monkeypatch.setenv("REDLITE_BIN", program(nowhere / "redlite"))
    with pytest.raises(redlite.RedliteError, match="ended with code 0"):
        redlite.open(nowhere / "app.db")


def test_the_last_close_ends_the_server(tmp_path: Path) -> None:
    """Closing twice counts once, and the file is whole again."""
    one, two = (redlite.open(tmp_path / "app.db") for _ in range(2))
    assert one.server_pid == two.server_pid
    one.set("k", "v")
    one.close()
    one.close()
    assert two.get("k") == b"v"
    two.close()
    assert not exists(one.server_pid)
    assert [path.name for path in tmp_path.iterdir()] == ["app.db"]


def test_other_flags_for_an_open_file_are_refused(tmp_path: Path) -> None:
    """A server has one set of flags."""
    with redlite.open(tmp_path / "app.db", flags={"cache": "8"}) as db:
        assert db.config_get("cache-mb")["cache-mb"] == "8"
        with pytest.raises(ValueError, match="other flags"):
            redlite.open(tmp_path / "app.db")


def test_a_port_in_place_of_a_socket() -> None:
    """Where there are no Unix sockets it is a port behind a password."""
    with redlite.open(":memory:", flags={"private": "tcp"}) as db:
        assert db.get_connection_kwargs()["port"] > 0
        db.set("k", "v")
        assert db.get("k") == b"v"


def test_memory_is_not_shared() -> None:
    """Each open of nothing is a store of its own."""
    with redlite.open(":memory:") as one, redlite.open(":memory:") as two:
        one.set("k", "v")
        assert two.get("k") is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_has_a_server_of_its_own(tmp_path: Path) -> None:
    """What a child does leaves its parent's server alone."""
    with redlite.open(tmp_path / "app.db") as db:
        child = os.fork()
        if child == 0:
            with redlite.open(tmp_path / "app.db") as other:
                other.set("pid", other.server_pid)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        pid = int(db.get("pid"))
        assert pid != db.server_pid
        wait_until(lambda: not exists(pid))


def test_asyncio(tmp_path: Path) -> None:
    """The asyncio client has the same methods, and a task that waits can be cancelled."""

    async def use() -> None:
        async with await redlite.asyncio.open(tmp_path / "app.db") as db:
            await db.set("k", "v")
            assert await db.get("k") == b"v"
            assert (await db.keyinfo("k"))["type"] == "string"
            assert await db.sql("SELECT key FROM redlite_keys") == [{"key": "k"}]
            await db.json().set("doc", "$", {"a": 1})
            assert await db.json().get("doc", "$.a") == [1]
            await db.geo.add("towns", "Palermo", 13.361389, 38.115556)
            assert await db.geo.search("towns", 13, 38, 100, "km") == [b"Palermo"]
            await db.vectors.add("films", "Heat", [0.1, 0.9], {"year": 1995})
            assert [element for element, _ in await db.vectors.similar("films", "Heat")] == [
                b"Heat"
            ]
            await db.history.enable("k")
            await db.set("k", "w")
            assert [entry["data"] for entry in await db.history.get("k")] == [b"w"]
            waiting = asyncio.create_task(db.blpop("queue"))
            while (await db.info("clients"))["blocked_clients"] == 0:
                await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            while (await db.info("clients"))["blocked_clients"] != 0:
                await asyncio.sleep(0)
            async with db.pubsub() as subscriber:
                await subscriber.subscribe("news")
                await subscriber.get_message(timeout=20)
                await db.publish("news", "hello")
                message = await subscriber.get_message(timeout=20)
                assert message["data"] == b"hello"
            async with db.pipeline() as pipeline:
                for _ in range(1000):
                    pipeline.incr("n")
                assert (await pipeline.execute())[-1] == 1000
            pid = db.server_pid
        assert not exists(pid)

    asyncio.run(use())
