import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { Commands } from "../../src/embedded/commands/all.ts";
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
  .map(({ name }) => name)
  // Keys are moved by servers.
  .filter((name) => name !== "migrate");

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

/** What a typed method has no use for: another name, what is for people, and replies of another kind. */
const UNTYPED = ["json.debug", "json.forget", "json.resp"];

for (const { name, group } of commandTable().all()) {
  if (group !== "json" || UNTYPED.includes(name)) continue;
  Deno.test(`${name.toUpperCase()} has a typed method`, () => {
    using db = Redlite.open(":memory:", { driver: "builtin" });
    const documents = db.json as unknown as Record<string, unknown>;
    assert.equal(typeof documents[name.replace("json.", "")], "function");
  });
}

/** What is for people. */
const UNTYPED_OF_SKETCHES = ["bf.debug", "cf.debug"];

for (const { name, group } of commandTable().all()) {
  if (!["bf", "cf", "cms", "topk", "tdigest"].includes(group)) continue;
  if (UNTYPED_OF_SKETCHES.includes(name)) continue;
  Deno.test(`${name.toUpperCase()} has a typed method`, () => {
    using db = Redlite.open(":memory:", { driver: "builtin" });
    const family = (db as unknown as Record<string, Record<string, unknown>>)[group];
    assert.equal(typeof family?.[name.replace(/^\w+\./, "")], "function");
  });
}

for (const { name, group } of commandTable().all()) {
  if (group !== "suggestion") continue;
  Deno.test(`${name.toUpperCase()} has a typed method`, () => {
    using db = Redlite.open(":memory:", { driver: "builtin" });
    const search = db.ft as unknown as Record<string, unknown>;
    assert.equal(typeof search[name.replace("ft.", "")], "function");
  });
}

for (const { name, group } of commandTable().all()) {
  if (group !== "timeseries") continue;
  Deno.test(`${name.toUpperCase()} has a typed method`, () => {
    using db = Redlite.open(":memory:", { driver: "builtin" });
    const series = db.ts as unknown as Record<string, unknown>;
    assert.equal(typeof series[name.replace("ts.", "")], "function");
  });
}

Deno.test("the documentation of the typed methods names every group and all of its methods", async () => {
  const source = await Deno.readTextFile(
    new URL("../../src/embedded/commands/all.ts", import.meta.url),
  );
  const [, list = ""] = /export interface Commands[^]*?extends([^{]*)\{/.exec(source) ?? [];
  const groups = [...list.matchAll(/\w+Commands/g)].map(([group]) => group);
  const [, documentation = ""] = /\/\*\*\n( \* The typed methods[^]*?)\*\//.exec(source) ?? [];
  const named = new Set(documentation.match(/\w+/g));
  const own = ["constructor", "at"];
  const methods = Object.getOwnPropertyNames(Commands.prototype)
    .filter((name) => !own.includes(name));
  assert.ok(methods.length > 200, `${methods.length}`);
  assert.ok(groups.length > 15, `${groups.length}`);
  assert.deepEqual([...methods, ...groups].filter((name) => !named.has(name)), []);
});
