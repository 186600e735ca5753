/** Turns, and the sessions that take part in them. */

import { strict as assert } from "node:assert";
import { ManualClock } from "../../src/engine/clock.ts";
import { WriteLocked } from "../../src/engine/turn_errors.ts";
import { Turns, type TurnSession } from "../../src/server/turns.ts";
import { DRIVERS, memoryStore } from "../store/open.ts";

Deno.test("who waits for the write lock is answered when SQLite fails before it is had", async () => {
  const clock = new ManualClock();
  const store = memoryStore(DRIVERS[0]!, clock);
  const refused: string[] = [];
  const turns = new Turns(store, 1000, {
    ending: () => {},
    ended: () => {},
    measured: () => {},
    report: () => {},
    refused: (failure) => refused.push(failure.message),
    failed: () => {},
  });
  const answers: string[] = [];
  const session: TurnSession = {
    parked: false,
    parkedUntilMs: 0,
    turnEnded: () => {},
    turnFailed: () => {},
    synced: () => false,
    retry: () => answers.push("again"),
    giveUp: (message) => answers.push(message),
    close: () => {},
  };
  const errors = [new WriteLocked("another process"), new Error("the log lacks the turn 7")];
  store.engine.writeTold = () => {
    throw errors.shift() ?? new Error("tried once too often");
  };
  turns.park(session);
  clock.advance(10);
  clock.advance(10);
  assert.deepEqual(answers, ["ERR internal error: the log lacks the turn 7"]);
  assert.deepEqual(refused, ["the log lacks the turn 7"]);
  turns.close();
  await store.close();
});
