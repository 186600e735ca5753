/** Any commands at all are there after a crash that leaves them in the log before the database. */

import { strict as assert } from "node:assert";
import geo from "../../../ext/geo.ts";
import vec from "../../../ext/vec.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { ManualClock } from "../../../src/engine/clock.ts";
import { Store } from "../../../src/store/store.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { SEED } from "../../harness/seed.ts";
import { DRIVERS } from "../../store/open.ts";
import { crashed } from "../../store/log/crashes.ts";
import { contentOf } from "./content.ts";
import { Dice } from "./dice.ts";
import { BESIDE, GENERATORS } from "./generators.ts";
import { table, TestStore } from "./stores.ts";

const ffi = DRIVERS.find(({ info }) => info.name === "ffi");
/** Crashes, and commands between two of them. */
const CRASHES = 12, COMMANDS = 150;

/** A store in a file. */
class FileStore extends TestStore {
  constructor(clock: ManualClock, path: string, writeBehind: boolean) {
    assert.ok(ffi);
    const store = new Store(ffi, path, { clock, extensions: [geo(), vec()] });
    if (store.log !== undefined) store.log.wanted = writeBehind;
    super(clock, store, new Core(store, table()));
  }
}

Deno.test({
  ...named(
    `after a crash the database holds what random commands have made of it, seed ${SEED}`,
    notLinux() ?? (ffi === undefined ? "needs a native SQLite" : undefined),
  ),
  async fn() {
    const directory = Deno.makeTempDirSync({ prefix: "redlite-" });
    const clock = new ManualClock();
    const dice = new Dice(SEED);
    {
      using original = new FileStore(clock, `${directory}/test.db`, true);
      const { engine, log } = original.store;
      await original.core.prepareScripts();
      const generators = Object.entries({ ...GENERATORS, ...BESIDE })
        // It waits for what happens beside the turns.
        .filter(([name]) => name !== "vacuum");
      // Most that are not among these are committed as they end.
      const told = generators.filter(([name]) => !/^(ft\.|history|function|flush)/.test(name));
      let pending = 0, repeated = 0;
      for (let crash = 0; crash < CRASHES; crash++) {
        if (dice.once(2)) engine.settle();
        for (let i = 0; i < COMMANDS; i++) {
          const [name, generate] = dice.one(i < COMMANDS / 3 ? generators : told);
          const words = generate(dice, original).map((word) =>
            typeof word === "number" ? String(word) : word
          );
          original.ask(...name.split("|"), ...words);
          if (dice.once(4)) clock.advance(dice.int(1, 7));
        }
        original.store.endTurn();
        pending += log?.behind?.owed ?? 0;
        const path = crashed(`${directory}/test.db`, `copy${crash}.db`);
        using copy = new FileStore(clock, path, false);
        await copy.core.prepareScripts();
        assert.deepEqual(contentOf(copy), contentOf(original), `crash ${crash}`);
        assert.equal(copy.ask("DEBUG", "DIGEST"), original.ask("DEBUG", "DIGEST"));
        // What is taken back in the middle takes nothing along that was before it.
        repeated += log?.behind?.owed ?? 0;
        engine.begin();
        engine.writeTold();
        engine.rollback();
        assert.deepEqual(contentOf(original), contentOf(copy), `rollback ${crash}`);
        assert.deepEqual(
          await copy.store.checkIntegrity("full"),
          await original.store.checkIntegrity("full"),
        );
      }
      assert.ok(
        pending > 100 && repeated > 100,
        `${pending} and ${repeated} turns were in the log alone`,
      );
    }
    Deno.removeSync(directory, { recursive: true });
  },
});
