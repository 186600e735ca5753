/** What documents are read as. */

import { strict as assert } from "node:assert";
import { commandTable } from "../../../src/commands/table/commands.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { toText } from "../../../src/embedded/data.ts";
import { HashSource } from "../../../src/search/index/source.ts";
import { chooseDriver } from "../../../src/sqlite/drivers.ts";
import { Store } from "../../../src/store/store.ts";
import { Slice } from "../../../src/store/values/slice.ts";

Deno.test("a hash says the same of its fields whether they are read together or one by one", () => {
  const store = new Store(chooseDriver({}), ":memory:", {});
  const core = new Core(store, commandTable());
  const long = "n".repeat(200);
  const hashes: Record<string, string[]> = {
    small: ["a", "1", "b", "two", "other", "x"],
    empty: ["a", "", "", "nameless"],
    long: [long, "v".repeat(10_000), "a", "ü".repeat(3000)],
    large: Array.from({ length: 600 }, (_, i) => [`f${i}`, String(i)]).flat().concat("a", "last"),
    expiring: ["a", "1", "b", "2"],
  };
  for (const [key, fields] of Object.entries(hashes)) core.run(["HSET", key, ...fields], toText);
  core.run(["HPEXPIRE", "expiring", "100000", "FIELDS", "1", "b"], toText);
  const paths = ["a", "b", "a", "", long, "missing"];
  const encoder = new TextEncoder();
  const [together, single] = [new HashSource(store), new HashSource(store)];
  for (const key of [...Object.keys(hashes), "small"]) {
    const name = new Slice(encoder.encode(key));
    assert.ok(together.open(name));
    assert.ok(single.open(name));
    together.expect(paths);
    for (const path of [...paths, "other", "f1"]) {
      assert.deepEqual(together.bytes(path), single.bytes(path), `${key} ${path.slice(0, 9)}`);
    }
  }
  core.closeNow();
});
