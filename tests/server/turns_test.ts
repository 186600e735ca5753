/** Turns, and the sessions that take part in them. */

import { strict as assert } from "node:assert";
import { ManualClock } from "../../src/engine/clock.ts";
import { WriteLocked } from "../../src/engine/turn_errors.ts";
import { type TurnOwner, Turns, type TurnSession } from "../../src/server/turns.ts";
import { DRIVERS, memoryStore } from "../store/open.ts";

const OWNER: TurnOwner = {
  ending: () => {},
  ended: () => {},
  measured: () => {},
  report: () => {},
  refused: () => {},
  failed: () => {},
};

/** A session that adds what becomes of it to an array. @param name What is added when its turn has ended. */
function sessionOf(told: string[], name = "", turnPushes = 0): TurnSession {
  return {
    parked: false,
    parkedUntilMs: 0,
    turnPushes,
    turnEnded: () => told.push(name),
    turnFailed: () => {},
    synced: () => false,
    retry: () => told.push("again"),
    giveUp: (message) => told.push(message),
    close: () => {},
  };
}

Deno.test("who waits for the write lock is answered when SQLite fails before it is had", async () => {
  const clock = new ManualClock();
  const store = memoryStore(DRIVERS[0]!, clock);
  const refused: string[] = [];
  const turns = new Turns(store, 1000, {
    ...OWNER,
    refused: (failure) => refused.push(failure.message),
  });
  const answers: string[] = [];
  const errors = [new WriteLocked("another process"), new Error("the log lacks the turn 7")];
  store.engine.writeTold = () => {
    throw errors.shift() ?? new Error("tried once too often");
  };
  turns.park(sessionOf(answers));
  clock.advance(10);
  clock.advance(10);
  assert.deepEqual(answers, ["ERR internal error: the log lacks the turn 7"]);
  assert.deepEqual(refused, ["the log lacks the turn 7"]);
  turns.close();
  await store.close();
});

Deno.test("of a turn that is laid aside those can go who were told nothing of it", async () => {
  const store = memoryStore(DRIVERS[0]!, new ManualClock());
  const turns = new Turns(store, 1000, OWNER);
  const gone: string[] = [];
  const script = sessionOf(gone, "script");
  turns.enter();
  turns.sessions.push(sessionOf(gone, "read"), script, sessionOf(gone, "told", 1));
  turns.layAside();
  // One that has its reply already, of no turn of its own yet.
  turns.sessions.push(sessionOf(gone, "refused"));
  turns.letOthersGo(script);
  assert.deepEqual(gone.splice(0), ["refused", "read"]);
  assert.ok(turns.isAsideShared);
  turns.takeUp();
  turns.endSoon();
  await Promise.resolve();
  assert.deepEqual(gone, ["script", "told"]);
  turns.close();
  await store.close();
});
