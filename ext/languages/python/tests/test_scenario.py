"""The scenario that all bindings share, with redis-py's client that waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from programs import Program, wait_until
from scenario import CASES, Error, fits, value

import redlite


class Run:
    """What the steps of a case work on."""

    def __init__(self, directory: Path, protocol: int) -> None:
        """Open the file."""
        self.directory = directory
        self.file = str(directory / "app.db")
        self.db = redlite.open(self.file, protocol=protocol)
        self.connections: dict[str, redlite.Redlite] = {}
        self.programs: dict[str, Program] = {}
        self.variables: dict[str, Any] = {}

    def connection(self, name: str) -> redlite.Redlite:
        """Return a connection whose replies are as they came."""
        if name not in self.connections:
            raw = redlite.open(
                self.file,
                protocol=2,
                single_connection_client=True,
                retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0),
            )
            raw.response_callbacks.clear()
            self.connections[name] = raw
        return self.connections[name]

    def close(self) -> None:
        """Close everything."""
        for program in self.programs.values():
            program.kill()
        for connection in self.connections.values():
            connection.close()
        self.db.close()

    def words(self, words: list[Any]) -> list[Any]:
        """Return what words stand for."""
        return [value(word, self.variables, self.directory) for word in words]

    def attempt(self, run: Any, words: list[Any]) -> Any:
        """Return a reply or an error."""
        try:
            return run(*self.words(words))
        except redis.RedisError as error:
            return Error(error)

    def step(self, step: dict[str, Any]) -> None:
        """Run one step and hold it to what is expected."""
        kind = next(kind for kind in STEPS if kind in step)
        STEPS[kind](self, step)

    def call(self, step: dict[str, Any]) -> None:
        """Run a command."""
        connection = self.connection(step.get("on", ""))
        expect(self.attempt(connection.execute_command, step["call"]), step)

    def method(self, step: dict[str, Any]) -> None:
        """Call one of the methods beside the client's own."""
        expect(self.attempt(self.find(step["method"]), step["args"]), step)

    def find(self, name: str) -> Any:
        """Return a method; documents are redis-py's own."""
        found: Any = self.db
        for part in name.split("."):
            found = found.json() if part == "json" else getattr(found, part)
        return found

    def pipeline(self, step: dict[str, Any]) -> None:
        """Run many commands in one go."""
        with self.connection("").pipeline(transaction=False) as pipeline:
            for _ in range(step["times"]):
                for words in step["pipeline"]:
                    pipeline.execute_command(*self.words(words))
            replies = pipeline.execute()
        assert len(replies) == step["times"] * len(step["pipeline"])
        assert fits(replies[-1], step["last"])

    def transaction(self, step: dict[str, Any]) -> None:
        """Run commands as one."""
        with self.connection("").pipeline(transaction=True) as pipeline:
            for words in step["transaction"]:
                pipeline.execute_command(*self.words(words))
            expect(pipeline.execute(), step)

    def subscribe(self, step: dict[str, Any]) -> None:
        """Receive messages."""
        with self.db.pubsub(ignore_subscribe_messages=False) as subscriber:
            subscriber.subscribe(*step["subscribe"])
            for _ in step["subscribe"]:
                assert subscriber.get_message(timeout=20)["type"] == "subscribe"
            for words in step["then"]:
                self.connection("").execute_command(*self.words(words))
            for expected in step["messages"]:
                message = subscriber.get_message(timeout=20)
                assert fits([message["channel"], message["data"]], expected), message

    def wait(self, step: dict[str, Any]) -> None:
        """Run a command that waits for others, or is cancelled."""
        waiter = self.connection("waiter")
        waiting = waiter.client_id()
        replies: list[Any] = []
        words = step["wait"]
        thread = threading.Thread(
            target=lambda: replies.append(self.attempt(waiter.execute_command, words))
        )
        thread.start()
        wait_until(lambda: self.blocked() == 1)
        for words in step.get("then", []):
            self.connection("").execute_command(*self.words(words))
        if "cancel" in step:
            self.db.client_unblock(waiting, error=True)
        thread.join(20)
        if "cancel" in step:
            assert fits(replies[0], {"error": "UNBLOCKED"})
            assert self.blocked() == 0
        else:
            expect(replies[0], step)

    def blocked(self) -> int:
        """Return how many clients wait."""
        return int(self.db.info("clients")["blocked_clients"])

    def moment(self, step: dict[str, Any]) -> None:
        """Remember this millisecond, when it is over."""
        self.variables[step["moment"]] = self.now()
        wait_until(lambda: self.now() > self.variables[step["moment"]])

    def now(self) -> int:
        """Return the server's time in milliseconds."""
        seconds, microseconds = self.db.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    def start(self, step: dict[str, Any]) -> None:
        """Start another program."""
        path = str(self.directory / step.get("file", "app.db"))
        program = Program(path, step.get("environment", {}))
        if "fails" in step:
            assert step["fails"] in program.failure()
            return
        program.ready()
        self.programs[step["start"]] = program

    def ask(self, step: dict[str, Any]) -> None:
        """Have a program run a command."""
        assert self.programs[step["in"]].ask(step["line"]) == step["prints"]


def expect(reply: Any, step: dict[str, Any]) -> None:
    """Hold a reply to what a step expects."""
    assert fits(reply, step["reply"]), f"{reply!r} is not {step['reply']!r}"


STEPS: dict[str, Any] = {
    "call": Run.call,
    "method": Run.method,
    "pipeline": Run.pipeline,
    "transaction": Run.transaction,
    "subscribe": Run.subscribe,
    "wait": Run.wait,
    "moment": Run.moment,
    "start": Run.start,
    "close": lambda run, step: run.connections.pop(step["close"]).close(),
    "in": Run.ask,
    "end": lambda run, step: run.programs.pop(step["end"]).end(),
    "kill": lambda run, step: run.programs.pop(step["kill"]).kill(),
}


@pytest.fixture(scope="module")
def directories(tmp_path_factory: Any) -> Iterator[dict[int, Path]]:
    """Keep a server for all cases of a protocol."""
    paths = {protocol: tmp_path_factory.mktemp(f"resp{protocol}") for protocol in (2, 3)}
    with redlite.open(paths[2] / "app.db"), redlite.open(paths[3] / "app.db"):
        yield paths


#: The methods read replies of both protocols; all else is the client's.
BOTH = [case for case in CASES if any("method" in step for step in case["steps"])]
ALL = [(2, case) for case in CASES] + [(3, case) for case in BOTH]


@pytest.mark.parametrize(
    ("protocol", "case"), ALL, ids=[f"{case['name']} (RESP{protocol})" for protocol, case in ALL]
)
def test_case(protocol: int, case: dict[str, Any], directories: dict[int, Path]) -> None:
    """Each case of the scenario holds."""
    run = Run(directories[protocol], protocol)
    try:
        run.db.flushall()
        for step in case["steps"]:
            run.step(step)
    finally:
        run.close()
