import { strict as assert } from "node:assert";
import { Redlite } from "../../../../mod.ts";

Deno.test("suggestions come with scores and payloads", () => {
  using db = Redlite.open(":memory:");
  assert.equal(db.ft.sugadd("k", "hello", 2, { payload: "p" }), 1);
  assert.equal(db.ft.sugadd("k", "help", 1), 2);
  assert.equal(db.ft.sugadd("k", "help", 4, { incr: true }), 2);
  const [first, second] = db.ft.sugget("k", "he");
  assert.deepEqual([first?.suggestion, second?.suggestion], ["help", "hello"]);
  assert.deepEqual([first?.payload, second?.payload], [null, "p"]);
  assert.equal(db.ft.sugget("k", "hxl", { fuzzy: true, max: 1 }).length, 1);
  assert.equal(db.ft.suglen("k"), 2);
  assert.equal(db.ft.sugdel("k", "help"), true);
  assert.equal(db.ft.sugdel("k", "help"), false);
  assert.deepEqual(db.ft.sugget("absent", "x"), []);
});

Deno.test("payloads are bytes where values are", () => {
  using db = Redlite.open(":memory:");
  db.bytes.ft.sugadd("k", "hello", 1, { payload: new Uint8Array([1, 255]) });
  assert.deepEqual(db.bytes.ft.sugget("k", "h")[0]?.payload, new Uint8Array([1, 255]));
});
