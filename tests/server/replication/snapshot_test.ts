/** What a Redlite gives another of a moment is all of it. */

import { strict as assert } from "node:assert";
import { AppliedEffects } from "../../../src/commands/table/applied_effects.ts";
import { Arguments } from "../../../src/resp/arguments.ts";
import { RespWriter } from "../../../src/resp/writer.ts";
import { ReceivedSnapshot } from "../../../src/server/replication/received_snapshot.ts";
import { Snapshot } from "../../../src/server/replication/snapshot.ts";
import { ManualClock } from "../../../src/engine/clock.ts";
import { contentOf } from "../../commands/effects/content.ts";
import { Dice } from "../../commands/effects/dice.ts";
import { type Asked, GENERATORS } from "../../commands/effects/generators.ts";
import { SKETCHES } from "../../commands/effects/sketch_generators.ts";
import { TestStore } from "../../commands/effects/stores.ts";
import { SEED } from "../../harness/seed.ts";

const PARTS: ReadonlySet<string> = new Set(["keys", "functions"]);
const COMMANDS = 800;

/** Lets a store have all that another has. */
function give(from: TestStore, to: TestStore): void {
  from.store.endTurn();
  const snapshot = new Snapshot(from.store, { own: true, streamDb: 0, report: assert.fail });
  const received = new ReceivedSnapshot(to.store);
  to.store.engine.write();
  received.clear();
  for (const piece of snapshot.pieces(PARTS)) {
    received.push(piece.slice());
    while (received.slice(Infinity));
  }
  snapshot.close();
  assert.ok(received.ended);
  assert.equal(received.unknown, 0);
  const { client, host } = to.core;
  const context = { args: new Arguments(), reply: new RespWriter(), store: to.store, client, host };
  received.finish(context);
  to.store.endTurn();
  from.store.endTurn();
}

/** Runs the same random commands on some stores. */
function write(dice: Dice, stores: readonly TestStore[], names: readonly string[]): void {
  const [first] = stores;
  if (first === undefined) return;
  const asked: Asked = {
    nowMs: first.nowMs,
    lasting: true,
    ask: (...words) => first.ask(...words),
  };
  for (let i = 0; i < COMMANDS; i++) {
    const name = dice.one([...names]);
    const words = GENERATORS[name]?.(dice, asked) ?? [];
    const command = [
      ...name.split("|"),
      ...words.map((word) => typeof word === "number" ? String(word) : word),
    ];
    for (const store of stores) store.ask(...command);
  }
}

Deno.test("filters and sketches that were given to another go on as the same", () => {
  const clock = new ManualClock();
  using from = new TestStore(clock);
  using to = new TestStore(clock);
  const dice = new Dice(SEED);
  const names = Object.keys(SKETCHES);
  write(dice, [from], names);
  give(from, to);
  assert.deepEqual(contentOf(to), contentOf(from));
  write(dice, [from, to], names);
  assert.deepEqual(contentOf(to), contentOf(from));
});

Deno.test("a Redlite that is given all data holds the same as the one that gives them, and goes on so", async () => {
  const clock = new ManualClock();
  using from = new TestStore(clock);
  using to = new TestStore(clock);
  await from.core.prepareScripts();
  await to.core.prepareScripts();
  const dice = new Dice(SEED);
  const names = Object.keys(GENERATORS).filter((name) =>
    !/^(flush|function|fcall|eval|script|sql)/.test(name)
  );
  write(dice, [from], names);
  give(from, to);
  assert.deepEqual(contentOf(to), contentOf(from));
  assert.equal(to.ask("KV", "ID"), from.ask("KV", "ID"));
  const { store, core: { client, host } } = to;
  const applied = new AppliedEffects({ store, client, host });
  const stop = from.store.engine.effects.listen((effects) => applied.apply(effects));
  write(dice, [from], names);
  from.store.endTurn();
  stop();
  assert.deepEqual(contentOf(to), contentOf(from));
});
