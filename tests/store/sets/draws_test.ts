import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { memoryStore, number, slice, testOnDrivers, text } from "../open.ts";
import { SEED } from "../../harness/seed.ts";
import { randomIntegers } from "../log/randomness.ts";

/** The set of a store, to be changed. */
function setOf(store: Store): Collection {
  store.engine.write();
  const key = slice("set");
  return store.keyspace.findCollection(0, key, TYPE.SET) ??
    store.keyspace.createCollection(0, key, TYPE.SET);
}

testOnDrivers(
  "all members are popped, though runs come and go while some are held back",
  (driver) => {
    const below = randomIntegers(SEED);
    const random = () => below(2 ** 32) / 2 ** 32;
    for (const cacheBytes of [128 * 1024, 1 << 23]) {
      const store = memoryStore(driver);
      store.sets.random = random;
      store.engine.effects.kept = true;
      store.cacheBytes = cacheBytes;
      const rows = store.engine.heldRows ?? assert.fail("nothing is held back");
      const model = new Set<string>();
      const pop = () => {
        const popped = text(store.sets.popOne(setOf(store)).copy());
        assert.ok(model.delete(popped), `${popped}, seed ${SEED}`);
      };
      for (let round = 0; round < 6; round++) {
        while (model.size < 2500) {
          const member = `m${below(20_000)}`;
          store.sets.add(setOf(store), slice(member));
          model.add(member);
          if (random() < 0.1 && model.size > 1) pop();
          if (random() < 0.002 && !rows.isApart) rows.setApart();
          else if (random() < 0.02 && rows.writeApart(50)) rows.rejoin();
        }
        // It has fewer and fewer runs.
        const left = round % 2 === 0 ? 1 : 400;
        while (model.size > left) pop();
        rows.rejoin();
        if (round % 3 === 2) store.endTurn();
      }
      assert.equal(setOf(store).length, model.size);
      store.endTurn();
      assert.equal(number(store.engine.connection, "SELECT count(*) FROM sets"), model.size);
      store.closeNow();
    }
  },
);
