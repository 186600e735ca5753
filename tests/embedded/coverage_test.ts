import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { commandTable } from "../../src/commands/table/commands.ts";

const names = [...commandTable().all()]
  .filter(({ name, group }) =>
    [
      "string",
      "generic",
      "bitmap",
      "hyperloglog",
      "hash",
      "list",
      "set",
      "sorted-set",
      "array",
      "stream",
    ]
      .includes(group) ||
    ["dbsize", "flushdb", "flushall", "swapdb"].includes(name)
  )
  .map(({ name }) => name);

Deno.test("the table has the commands that typed methods are asked for", () => {
  assert.ok(names.length >= 45, `${names.length}`);
  for (const name of ["get", "set", "del", "scan", "dbsize", "swapdb"]) {
    assert.ok(names.includes(name));
  }
});

for (const name of names) {
  Deno.test(`${name.toUpperCase()} has a typed method`, () => {
    using db = Redlite.open(":memory:", { driver: "builtin" });
    assert.equal(typeof (db as unknown as Record<string, unknown>)[name], "function");
    assert.equal(typeof (db.bytes as unknown as Record<string, unknown>)[name], "function");
  });
}
