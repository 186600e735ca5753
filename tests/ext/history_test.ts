/** The history of keys whose types extensions bring. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import topLists from "./example/top_list.ts";

/** The end of the running millisecond: what follows is of a later one. */
async function nextMillisecond(): Promise<number> {
  const now = Date.now();
  while (Date.now() <= now) await new Promise((resolve) => setTimeout(resolve, 1));
  return now;
}

Deno.test("a key of an extension's type is read, told, compared and brought back as it was", async () => {
  using db = Redlite.open(":memory:", { extensions: [topLists()] });
  db.history.enable();
  db.topadd("best", "ann", 3);
  db.topadd("best", "bob", 5);
  const then = await nextMillisecond();
  db.topadd("best", "bob", 1);
  db.topadd("best", "eve", 9);
  const between = await nextMillisecond();
  db.del("best");
  const before = [["bob", 5], ["ann", 3]];
  assert.deepEqual(db.at(then).toplist("best"), before);
  assert.deepEqual(db.at(between).toplist("best"), [["eve", 9], ["ann", 3], ["bob", 1]]);
  assert.equal(db.at(then).type("best"), "toplist");
  assert.deepEqual(db.call("HISTORY", "GETAT", "best", then), ["bob", 5, "ann", 3]);
  const told = db.history.get("best");
  assert.deepEqual(
    told.map(({ operation, type, data }) => [operation, type, data]).slice(0, 2),
    [["del", "none", null], ["topadd", "toplist", ["eve", "9"]]],
  );
  const { changed, added } = db.history.diff("best", then, between);
  assert.deepEqual([changed, added], [["bob", "5", "1"], ["eve", "9"]]);
  db.history.revert("best", then);
  assert.deepEqual(db.toplist("best"), before);
});

Deno.test("a process without the extension goes on recording the history of its keys", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  let then: number;
  {
    using db = Redlite.open(path, { extensions: [topLists()] });
    db.history.enable();
    for (let i = 0; i < 80; i++) db.topadd("best", `member ${i}`, i);
    then = await nextMillisecond();
  }
  {
    using db = Redlite.open(path);
    assert.equal(db.at(then).type("best"), "toplist");
    assert.throws(() => db.call("HISTORY", "GETAT", "best", then), /needs the extension toplist/);
    db.rename("best", "renamed");
    db.del("renamed");
  }
  using db = Redlite.open(path, { extensions: [topLists()] });
  assert.equal(db.exists("best", "renamed"), 0);
  assert.equal(db.at(then).toplist("best").length, 80);
});

Deno.test("a type that another process brings is read of the past at once", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  using plain = Redlite.open(path);
  plain.history.enable();
  plain.set("k", "v");
  const start = await nextMillisecond();
  assert.equal(plain.at(start).get("k"), "v");
  using db = Redlite.open(path, { extensions: [topLists()] });
  db.topadd("best", "ann", 3);
  const then = await nextMillisecond();
  db.del("best");
  db.topadd("best", "bob", 5);
  const now = await nextMillisecond();
  const { added, removed } = plain.history.diff("best", then, now);
  assert.deepEqual([added, removed], [["bob", "5"], ["ann", "3"]]);
});
