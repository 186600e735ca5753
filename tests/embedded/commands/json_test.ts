import { strict as assert } from "node:assert";
import { type Json, Redlite, RedliteError } from "../../../mod.ts";

Deno.test("documents come back as the values they were set to", () => {
  using db = Redlite.open(":memory:");
  const document = {
    text: "ü\n",
    numbers: [0, -1.5, 1e300, 2n ** 63n - 1n, 9007199254740993n],
    nothing: null,
    flag: true,
    ["__proto__"]: { deep: [[]] },
  };
  assert.equal(db.json.set("d", "$", document), true);
  assert.deepEqual(db.json.get("d"), document);
  assert.deepEqual(db.json.get("d", "$.numbers[3]"), [2n ** 63n - 1n]);
  assert.equal(db.json.get("d", ".text"), "ü\n");
  assert.deepEqual(db.json.get("d", "$.none"), []);
  assert.deepEqual(db.json.getPaths("d", ["$.flag", "$.text"]), {
    "$.flag": [true],
    "$.text": ["ü\n"],
  });
  assert.deepEqual(db.json.getPaths("d", ["$.flag"]), { "$.flag": [true] });
  assert.equal(db.json.get("none"), undefined);
  assert.equal(db.json.get("none", "$.a"), undefined);
  assert.throws(() => db.json.get("d", ".none"), RedliteError);
});

Deno.test("null is a value, and no document is undefined", () => {
  using db = Redlite.open(":memory:");
  db.json.set("null", "$", null);
  assert.deepEqual(db.json.mget(["null", "none"], "."), [null, undefined]);
  assert.deepEqual(db.json.mget(["null", "none"], "$"), [[null], undefined]);
});

Deno.test("dates, members that are undefined and objects that say what they stand for", () => {
  using db = Redlite.open(":memory:");
  db.json.set("d", "$", { at: new Date(0), none: undefined, own: { toJSON: () => [1] } });
  assert.deepEqual(db.json.get("d"), { at: "1970-01-01T00:00:00.000Z", own: [1] });
});

Deno.test("what is no JSON is refused by what it is", () => {
  using db = Redlite.open(":memory:");
  const loop: Json[] = [];
  loop.push(loop);
  for (const value of [NaN, undefined, Symbol("s"), () => {}, new Map(), loop, [undefined]]) {
    assert.throws(
      () => db.json.set("d", "$", value as Json),
      /^TypeError: value must be a JSON value, not /,
    );
  }
});

Deno.test("conditions of set", () => {
  using db = Redlite.open(":memory:");
  assert.equal(db.json.set("d", "$", {}, { xx: true }), false);
  assert.equal(db.json.set("d", "$", {}, { nx: true }), true);
  assert.equal(db.json.set("d", "$.a", 1, { xx: true }), false);
  assert.equal(db.json.set("d", "$.a", 1, { nx: true }), true);
  assert.equal(db.json.set("d", "$.a", 2, { nx: true }), false);
  assert.deepEqual(db.json.get("d"), { a: 1 });
});

Deno.test("a path with a $ gives a value for each match, another one gives one", () => {
  using db = Redlite.open(":memory:");
  db.json.set("d", "$", { n: 1, f: 1.5, s: "ab", t: true, l: [1, 2, 3], o: { x: 1 } });
  const { json } = db;
  const several: (number | bigint | null)[] = json.numincrby("d", "$.*", 2);
  assert.deepEqual(several, [3, 3.5, null, null, null, null]);
  const one: number | bigint | null = json.nummultby("d", ".n", 2);
  assert.equal(one, 6);
  assert.equal(json.numpowby("d", ".n", 2), 36);
  assert.deepEqual(json.toggle("d", "$.*"), [null, null, null, false, null, null]);
  assert.equal(json.toggle("d", ".t"), true);
  assert.deepEqual(json.strappend("d", "$.s", "cé"), [5]);
  assert.equal(json.strlen("d", ".s"), 5);
  assert.deepEqual(json.arrappend("d", "$.l", 4, { five: 5 }), [5]);
  assert.equal(json.arrinsert("d", ".l", 0, 0), 6);
  assert.equal(json.arrindex("d", ".l", { five: 5 }), 5);
  assert.deepEqual(json.arrindex("d", "$.l", 9), [-1]);
  assert.deepEqual(json.arrlen("d", "$.*"), [null, null, null, null, 6, null]);
  assert.deepEqual(json.arrpop("d", ".l"), { five: 5 });
  assert.deepEqual(json.arrpop("d", "$.l", 0), [0]);
  assert.equal(json.arrtrim("d", ".l", 1, 2), 2);
  assert.deepEqual(json.objkeys("d", "$.o"), [["x"]]);
  assert.equal(json.objlen("d", ".o"), 1);
  assert.equal(json.type("d"), "object");
  assert.deepEqual(json.type("d", "$.*"), [
    "integer",
    "number",
    "string",
    "boolean",
    "array",
    "object",
  ]);
  assert.equal(json.type("none"), null);
  assert.equal(json.merge("d", "$.o", { x: null, y: 1 }), true);
  assert.equal(json.clear("d", "$.l"), 1);
  assert.equal(json.del("d", "$.n"), 1);
  assert.deepEqual(json.get("d"), { o: { y: 1 }, f: 3.5, s: "abcé", t: true, l: [] });
  assert.equal(json.del("d"), 1);
  assert.equal(db.exists("d"), 0);
});

Deno.test("several documents are set at once, or none", () => {
  using db = Redlite.open(":memory:");
  db.json.mset(["a", "$", 1], ["b", "$", [2]]);
  assert.throws(() => db.json.mset([["a", "$", 5], ["c", "$.x", 5]]), RedliteError);
  assert.deepEqual(db.json.mget(["a", "b", "c"], "."), [1, [2], undefined]);
});

Deno.test("a transaction that throws leaves documents as they were", () => {
  using db = Redlite.open(":memory:");
  db.json.set("d", "$", { a: 1 });
  assert.throws(() =>
    db.transaction(() => {
      db.json.set("d", "$.a", 2);
      throw new Error("no");
    })
  );
  assert.deepEqual(db.json.get("d"), { a: 1 });
});

Deno.test("documents of the past are read as others are", async () => {
  using db = Redlite.open(":memory:");
  db.history.enable();
  db.json.set("d", "$", { a: [1] });
  const then = Date.now();
  while (Date.now() <= then + 1) await new Promise((resolve) => setTimeout(resolve, 1));
  db.json.arrappend("d", "$.a", 2);
  assert.deepEqual(db.at(then).json.get("d", "$.a"), [[1]]);
  assert.deepEqual(db.json.get("d", "$.a"), [[1, 2]]);
  assert.throws(() => db.at(then).json.set("d", "$", 1), RedliteError);
});

Deno.test("documents in SQL", () => {
  using db = Redlite.open(":memory:");
  for (let i = 0; i < 20; i++) db.json.set(`product:${i}`, "$", { name: `p${i}`, price: i * 10 });
  const rows = db.sql<{ name: string }>(
    `SELECT json_extract(json, '$.name') AS name FROM redlite_json
      WHERE json_extract(json, '$.price') > ?1 ORDER BY key`,
    170,
  );
  assert.deepEqual(rows, [{ name: "p18" }, { name: "p19" }]);
});
