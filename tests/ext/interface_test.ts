/** The interface of extensions, by an example that has all of it. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import topLists from "./example/top_list.ts";

const open = (path = ":memory:") => Redlite.open(path, { extensions: [topLists()] });

Deno.test("an extension's commands and typed methods run on a database that is opened with it", () => {
  using db = open();
  assert.equal(db.topadd("best", "ann", 3), true);
  assert.equal(db.call("TOP.ADD", "best", "bob", 5), 1);
  assert.deepEqual(db.toplist("best"), [["bob", 5], ["ann", 3]]);
  assert.equal(db.type("best"), "toplist");
  assert.deepEqual([...db.scanIterator({ type: "toplist" })], ["best"]);
});

Deno.test("keys of an extension's type are copied, renamed, moved, dumped and deleted as any", () => {
  using db = open();
  for (let i = 0; i < 100; i++) db.topadd("best", `member ${i}`, i);
  assert.equal(db.copy("best", "copy"), true);
  db.rename("best", "renamed");
  assert.deepEqual(db.toplist("copy"), db.toplist("renamed"));
  const payload = db.bytes.dump("copy");
  assert.ok(payload !== null);
  db.del("copy");
  assert.deepEqual(db.toplist("copy"), []);
  db.restore("copy", 0, payload);
  assert.deepEqual(db.toplist("copy"), db.toplist("renamed"));
});
