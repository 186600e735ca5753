import { strict as assert } from "node:assert";
import { encodingName } from "../../../src/store/collections/encodings.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import { entries, fields, found, get, hash, listen, set } from "./access.ts";
import { DatabaseFile, memoryStore, number, slice, testOnDrivers, text } from "../open.ts";

testOnDrivers(
  "fields that expire come first in a compact hash, the soonest before all",
  (driver) => {
    const store = memoryStore(driver);
    const now = store.engine.nowMs;
    for (const field of ["a", "b", "c", "d"]) set(store, field, "1");
    const c = hash(store);
    store.hashes.expiry.set(c, slice("d"), now + 200);
    store.hashes.expiry.set(c, slice("c"), now + 100);
    assert.equal(encodingName(c), "listpackex");
    assert.deepEqual(fields(store), ["c", "d", "a", "b"]);
    store.hashes.expiry.set(c, slice("c"), 0);
    assert.deepEqual(fields(store), ["d", "a", "b", "c"]);
    set(store, "d", "2");
    assert.deepEqual(fields(store), ["a", "b", "c", "d"]);
    assert.equal(encodingName(c), "listpackex");
    store.closeNow();
  },
);

testOnDrivers("setting a field removes its expiry unless it is to be kept", (driver) => {
  const store = memoryStore(driver);
  const at = store.engine.nowMs + 1000;
  set(store, "f", "1", at);
  assert.deepEqual(entries(store), [["f", "1", at]]);
  store.hashes.setKeepingExpiry(hash(store), slice("f"), slice("2"));
  assert.deepEqual(entries(store), [["f", "2", at]]);
  set(store, "f", "3");
  assert.deepEqual(entries(store), [["f", "3", 0]]);
  store.closeNow();
});

testOnDrivers("an expired field is gone for every look at its hash", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const at = file.clock.now() + 100;
  set(store, "gone", "1", at);
  set(store, "stays", "2", at + 100);
  set(store, "for good", "3");
  store.endTurn();
  file.clock.advance(100);
  assert.equal(get(store, "gone"), "1");
  store.endTurn();
  file.clock.advance(1);
  const c = found(store);
  assert.equal(get(store, "gone"), undefined);
  assert.equal(store.hashes.has(c, slice("gone")), false);
  assert.equal(store.hashes.count(c), 2);
  assert.deepEqual(fields(store), ["stays", "for good"]);
  for (let i = 0; i < 20; i++) {
    store.hashes.draws.distinct(c, 2, 1, (field) => assert.notEqual(text(field.copy()), "gone"));
    store.hashes.draws.repeated(c, 2, 3, (field) => assert.notEqual(text(field.copy()), "gone"));
  }
  // No write came by, so the row is still there.
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM hashes"), 3);
});

testOnDrivers("a write deletes expired fields first and tells so once", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const heard = listen(store);
  const at = file.clock.now() + 100;
  for (const field of ["a", "b"]) set(store, field, "1", at);
  set(store, "c", "1", at + 100);
  store.endTurn();
  file.clock.advance(101);
  const c = hash(store);
  assert.equal(c.length, 1);
  assert.equal(c.fieldsExpireAtMs, at + 100);
  assert.equal(store.keyspace.statistics.expiredFields, 2);
  store.endTurn();
  assert.deepEqual(heard, ["hexpired h"]);
  file.clock.advance(100);
  store.engine.write();
  assert.equal(store.hashes.edit(0, slice("h")), undefined);
  store.endTurn();
  assert.deepEqual(heard, ["hexpired h", "hexpired h", "del h"]);
  assert.equal(store.keyspace.find(0, slice("h")), TYPE.NONE);
});

testOnDrivers(
  "with too many expired fields for one write each is absent all the same",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    const at = file.clock.now() + 100;
    for (let i = 0; i < 1100; i++) set(store, `f${i}`, "old", at + i % 2);
    set(store, "stays", "1");
    store.endTurn();
    file.clock.advance(200);
    const c = hash(store);
    const left = c.length - 1;
    assert.equal(left, 100);
    assert.equal(store.hashes.count(c), 1);
    const expired: string[] = [];
    const statement = store.engine.prepare("SELECT field FROM hashes WHERE expires_at IS NOT NULL");
    while (statement.step()) expired.push(text(statement.columnBlob(0)));
    statement.finalize();
    const [first, second, third] = expired;
    assert.equal(store.hashes.delete(c, slice(first!)), false);
    assert.equal(store.hashes.set(c, slice(second!), slice("new")), true);
    assert.equal(store.hashes.setKeepingExpiry(c, slice(third!), slice("new")), true);
    assert.equal(store.hashes.count(c), 3);
    assert.equal(c.length, 3 + left - 3);
    assert.deepEqual(
      new Set(entries(store).map(([field]) => field)),
      new Set(["stays", second, third]),
    );
  },
);

testOnDrivers(
  "the sweep deletes expired fields in slices, and keys with their last one",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    const at = file.clock.now() + 100;
    for (let i = 0; i < 1200; i++) set(store, `f${i}`, "1", at);
    for (let i = 0; i < 20; i++) set(store, "f", "1", at, `small${i}`);
    set(store, "stays", "1", at + 1000, "small0");
    store.endTurn();
    const heard = listen(store);
    assert.equal(store.sweeper.sweep(), false);
    assert.equal(store.hashes.expiry.countHashes(0), 21);
    store.endTurn();
    file.clock.advance(101);
    let slices = 1;
    while (store.sweeper.sweep()) slices++;
    assert.ok(slices >= 3, `${slices}`);
    assert.equal(number(store.engine.connection, "SELECT count(*) FROM hashes"), 1);
    assert.equal(store.keyspace.facts.size(0), 1);
    assert.equal(store.hashes.expiry.countHashes(0), 1);
    assert.equal(store.keyspace.statistics.expiredFields, 1220);
    assert.equal(heard.filter((event) => event.startsWith("del")).length, 20);
    assert.ok(heard.includes("hexpired small0") && !heard.includes("del small0"));
  },
);

testOnDrivers(
  "the sweep finds fields of hashes that this process never touched",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const first = file.open();
    set(first, "f", "1", file.clock.now() + 100);
    await first.close();
    file.clock.advance(101);
    const store = file.open();
    store.sweeper.sweep();
    assert.equal(store.keyspace.facts.size(0), 0);
  },
);

testOnDrivers("the sweep leaves fields alone while active expiry is off", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  set(store, "f", "1", file.clock.now() + 100);
  store.endTurn();
  store.sweeper.activeExpire = false;
  file.clock.advance(101);
  store.sweeper.sweep();
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM hashes"), 1);
});

testOnDrivers("copies and renamed hashes keep their fields' expiries", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const at = file.clock.now() + 100;
  set(store, "b", "1");
  set(store, "a", "1", at);
  store.keyspace.copy(0, slice("h"), 0, slice("copy"));
  store.keyspace.move(0, slice("h"), 0, slice("moved"));
  store.endTurn();
  for (const key of ["copy", "moved"]) {
    assert.deepEqual(entries(store, key), [["a", "1", at], ["b", "1", 0]]);
  }
  file.clock.advance(101);
  store.sweeper.sweep();
  assert.deepEqual(fields(store, "copy"), ["b"]);
  assert.deepEqual(fields(store, "moved"), ["b"]);
});
