/** Statements that write many elements, and those that delete many. */

import { strict as assert } from "node:assert";
import { Slice } from "../../../src/store/values/slice.ts";
import { memoryStore, number, testOnDrivers } from "../open.ts";

const encoder = new TextEncoder();
const slice = (text: string) => new Slice(encoder.encode(text));

testOnDrivers("rows of a statement that was not full are those of the next one", async (driver) => {
  const store = await Promise.resolve(memoryStore(driver));
  const { sets: { rows: { many } }, engine: { connection } } = store;
  const count = () => number(connection, "SELECT count(*) FROM sets");
  const write = (names: readonly string[], gone: boolean) => {
    const rows = many.of(64, gone)!;
    for (const name of names) {
      if (gone) assert.ok(many.remove(rows, 7, slice(name)));
      else many.put(rows, 7, slice(name), new Slice());
    }
    rows.end();
    rows.statement.run();
  };
  const names = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `m${100 + from + i}`);
  store.engine.writeTold();
  write(names(0, 64), false);
  write(names(64, 100), false);
  write(names(100, 164), false);
  assert.equal(count(), 164);
  write(names(0, 64), true);
  write(names(64, 100), true);
  assert.equal(count(), 64);
  write(names(100, 164), true);
  assert.equal(count(), 0);
});
