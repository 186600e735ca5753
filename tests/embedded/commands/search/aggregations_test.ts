import { strict as assert } from "node:assert";
import { Redlite, RedliteError } from "../../../../mod.ts";

function cars(): Redlite {
  const db = Redlite.open(":memory:");
  db.call("FT.CREATE", "cars", "PREFIX", 1, "car:", "SCHEMA", "name", "TEXT", "color", "TAG");
  db.call("FT.ALTER", "cars", "SCHEMA", "ADD", "price", "NUMERIC", "SORTABLE");
  const all = [["red", 10], ["red", 20], ["blue", 5], ["green", 40]] as const;
  for (const [i, [color, price]] of all.entries()) {
    db.hset(`car:${i}`, { name: `car number ${i}`, color, price });
  }
  return db;
}

Deno.test("db.ft.aggregate groups, computes and sorts", () => {
  using db = cars();
  const { total, rows, warnings } = db.ft.aggregate("cars", "*", [
    { apply: "@price * 2", as: "double" },
    {
      groupby: ["color"],
      reduce: [{ reduce: "count", as: "n" }, { reduce: "sum", of: "double", as: "s" }],
    },
    { sortby: [{ property: "s", direction: "desc" }, "color"], max: 2 },
  ]);
  assert.equal(total, 3);
  assert.deepEqual(rows, [
    { color: "green", n: "1", s: "80" },
    { color: "red", n: "2", s: "60" },
  ]);
  assert.deepEqual(warnings, []);
});

Deno.test("db.ft.aggregate loads, filters and limits", () => {
  using db = cars();
  const { rows } = db.ft.aggregate("cars", "@price:[$least +inf]", [
    { load: ["price", { path: "color", as: "c" }] },
    { filter: "@price < 40" },
    { limit: { offset: 1, count: 5 } },
  ], { params: { least: 10 }, dialect: 2 });
  assert.deepEqual(rows, [{ price: "20", c: "red" }]);
});

Deno.test("a cursor gives out an aggregation's rows part by part", () => {
  using db = cars();
  const first = db.ft.aggregateWithCursor("cars", "*", [{ load: ["price"] }], { count: 3 });
  assert.equal(first.rows.length, 3);
  const second = db.ft.cursorRead("cars", first.cursor);
  assert.deepEqual(second.rows, [{ price: "40" }]);
  assert.equal(second.cursor, 0);
  assert.throws(() => db.ft.cursorRead("cars", first.cursor), RedliteError);
});

Deno.test("a cursor that is deleted is gone", () => {
  using db = cars();
  const { cursor } = db.ft.aggregateWithCursor("cars", "*", [], { count: 1 });
  db.ft.cursorDel("cars", cursor);
  assert.throws(() => db.ft.cursorDel("cars", cursor), RedliteError);
});

Deno.test("cursors go with their index", () => {
  using db = cars();
  const { cursor } = db.ft.aggregateWithCursor("cars", "*", [], { count: 1 });
  db.call("FT.DROPINDEX", "cars");
  assert.throws(() => db.ft.cursorRead("cars", cursor), RedliteError);
});

Deno.test("an error of a step reaches the caller", () => {
  using db = cars();
  assert.throws(
    () => db.ft.aggregate("cars", "*", [{ apply: "@none + 1", as: "x" }]),
    /Property `none` not loaded nor in pipeline/,
  );
});

Deno.test("db.ft.spellcheck corrects a query", () => {
  using db = cars();
  db.ft.dictadd("models", "numbr");
  assert.deepEqual(db.ft.spellcheck("cars", "nuber"), [
    { term: "nuber", suggestions: [{ suggestion: "number", score: 1 }] },
  ]);
  assert.deepEqual(db.ft.spellcheck("cars", "numbr", { exclude: ["models"] }), []);
  assert.deepEqual(db.ft.dictdump("models"), ["numbr"]);
});

Deno.test("aggregations are the same when the documents of a turn were taken back", () => {
  using db = cars();
  const count = () =>
    db.ft.aggregate("cars", "*", [
      { groupby: ["color"], reduce: [{ reduce: "count", as: "n" }] },
      { sortby: ["color"] },
    ]).rows;
  const before = count();
  assert.throws(() =>
    db.transaction(() => {
      for (let i = 0; i < 50; i++) db.hset(`car:new${i}`, { color: `c${i % 3}` });
      assert.equal(count().length, 6);
      throw new Error("no");
    })
  );
  for (let i = 0; i < 20; i++) db.hset(`car:more${i}`, { color: "red" });
  assert.equal(before.length, 3);
  assert.deepEqual(count().map(({ color, n }) => [color, n]), [["blue", "1"], ["green", "1"], [
    "red",
    "22",
  ]]);
});
