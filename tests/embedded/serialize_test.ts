/** Databases as bytes. */

import { strict as assert } from "node:assert";
import { Redlite, RedliteError } from "../../mod.ts";
import type { Driver } from "../../src/sqlite/sqlite.ts";
import { DRIVERS } from "../store/open.ts";
import { testOnFile } from "./open.ts";

/** Whether a driver's library can, as that of Node 22 cannot. */
function canSerialize(driver: Driver): boolean {
  const connection = driver.open(":memory:");
  const can = connection.serialize !== undefined;
  connection.close();
  return can;
}

for (const { info } of DRIVERS.filter((driver) => !canSerialize(driver))) {
  Deno.test(`a library that cannot serialize says so (${info.name})`, () => {
    using db = Redlite.open(":memory:", { driver: info.name });
    assert.throws(() => db.serialize(), /the builtin driver cannot serialize a database/);
    const image = new Uint8Array(4096);
    image.set(new TextEncoder().encode("SQLite format 3\0"));
    assert.throws(
      () => Redlite.deserialize(image, { driver: info.name }),
      /can neither serialize nor deserialize/,
    );
  });
}

for (const { info } of DRIVERS.filter(canSerialize)) {
  const driver = info.name;

  Deno.test(`a database in memory goes on as its bytes say (${driver})`, async () => {
    using db = Redlite.open(":memory:", { driver });
    db.set("greeting", "hello");
    db.hset("user:1", { name: "Ada" });
    db.zadd("scores", [[1, "one"], [2, "two"]]);
    db.xadd("log", { event: "start" });
    db.history.enable();
    db.set("price", "1");
    const schema = { name: "text" } as const;
    db.ft.create("users", { prefix: "user:", schema });
    const image = db.serialize();
    db.set("greeting", "changed");

    await using copy = Redlite.deserialize(image, { driver });
    assert.equal(copy.get("greeting"), "hello");
    assert.deepEqual(copy.zrange("scores", 0, -1), ["one", "two"]);
    assert.equal(copy.xlen("log"), 1);
    assert.equal(copy.history.list("price").length, 1);
    assert.equal(copy.ft.index("users", schema).search("ada").total, 1);
    copy.set("large", "x".repeat(3_000_000));
    assert.equal(copy.strlen("large"), 3_000_000);
    assert.deepEqual(await copy.integrity(), []);
    assert.equal(db.get("greeting"), "changed");
  });

  Deno.test(`bytes that are not a database's of Redlite are refused (${driver})`, () => {
    for (const image of [new Uint8Array(0), new TextEncoder().encode("x".repeat(5000))]) {
      assert.throws(
        () => Redlite.deserialize(image, { driver }),
        /these bytes are not those of a database/,
      );
    }
    using db = Redlite.open(":memory:", { driver });
    const cut = db.serialize().subarray(0, 8192);
    assert.throws(() => Redlite.deserialize(cut, { driver }), RedliteError);
    // @ts-expect-error It is bytes.
    assert.throws(() => Redlite.deserialize("text", { driver }), /image must be a Uint8Array/);
  });

  Deno.test(`a transaction that is open is not serialized (${driver})`, () => {
    using db = Redlite.open(":memory:", { driver });
    db.transaction(() => {
      db.set("a", "1");
      assert.throws(() => db.serialize(), /no place inside a transaction/);
    });
  });
}

testOnFile("a file's bytes hold what is in its log, and make a new file", async (file) => {
  using db = file.open();
  if (!DRIVERS.some((driver) => driver.info.name === file.driver && canSerialize(driver))) return;
  db.set("key", "value");
  const path = `${file.path}.copy`;
  {
    await using copy = Redlite.deserialize(db.serialize(), { path, driver: file.driver });
    assert.equal(copy.get("key"), "value");
    copy.set("key", "other");
  }
  assert.throws(() => Redlite.deserialize(db.serialize(), { path }), /copy is there already/);
  using again = Redlite.open(path, { driver: file.driver });
  assert.equal(again.get("key"), "other");
  assert.equal(db.get("key"), "value");
});
