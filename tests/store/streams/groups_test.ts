import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import { SUM_OF_ROWS } from "../../../src/store/keys/live_bytes.ts";
import type { Store } from "../../../src/store/store.ts";
import { PENDING_BYTES } from "../../../src/store/streams/facts.ts";
import type { Consumer, Group } from "../../../src/store/streams/groups.ts";
import { idText, MAX_ID, MIN_ID, setTime } from "../../../src/store/streams/ids.ts";
import { DatabaseFile, number, remove, slice, testOnDrivers, text } from "../open.ts";

/** An id of milliseconds. */
function id(ms: number): Uint8Array {
  const bytes = new Uint8Array(16);
  setTime(bytes, ms);
  return bytes;
}

/** A stream of so many entries, with the ids 1-0, 2-0… */
function fill(store: Store, count: number, key = "s"): Collection {
  store.engine.write();
  const stream = store.streams.create(0, slice(key));
  const fields = [slice("n"), slice("v")];
  for (let ms = 1; ms <= count; ms++) {
    store.streams.add(stream, id(ms), { at: (index) => fields[index] ?? slice("") }, 0, 1);
  }
  return stream;
}

function find(store: Store, key = "s"): Collection {
  store.engine.write();
  const stream = store.keyspace.findCollection(0, slice(key), TYPE.STREAM);
  assert.ok(stream !== undefined);
  return stream;
}

function groupOf(store: Store, stream: Collection, name: string): Group {
  const group = store.streams.groups.find(stream, slice(name));
  assert.ok(group !== undefined);
  return group;
}

function consumerOf(store: Store, stream: Collection, group: Group, name: string): Consumer {
  const { groups } = store.streams;
  return groups.consumer(stream, group, slice(name)) ??
    groups.createConsumer(stream, group, slice(name));
}

/** Delivers the next entries of a group to a consumer. */
function read(store: Store, stream: Collection, group: Group, name: string, count: number): number {
  const consumer = consumerOf(store, stream, group, name);
  return store.streams.deliver(stream, group, consumer, count, false, () => true);
}

/** The pending entries of a group, each as its id, its owner and how often it was delivered. */
function pending(store: Store, stream: Collection, group: Group): string[] {
  const found: string[] = [];
  store.streams.pending.range(stream, group, undefined, MIN_ID, MAX_ID, Infinity, (entry) => {
    const owner = store.streams.groups.consumerOf(stream, group, entry.consumer);
    found.push(`${idText(entry.id)} ${text(owner?.name ?? new Uint8Array())} ${entry.deliveries}`);
  });
  return found;
}

testOnDrivers("groups, consumers and what is pending are there after a restart", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const stream = fill(store, 10);
  const group = store.streams.groups.create(stream, slice("g"), MIN_ID, 0);
  read(store, stream, group, "alice", 2);
  read(store, stream, group, "bob", 1);
  store.endTurn();
  await store.close();
  const again = file.open();
  const found = find(again);
  const known = groupOf(again, found, "g");
  assert.deepEqual(pending(again, found, known), ["1-0 alice 1", "2-0 alice 1", "3-0 bob 1"]);
  assert.equal(idText(known.lastId), "3-0");
  assert.equal(known.entriesRead, 3);
  assert.deepEqual(
    again.streams.groups.consumers(found, known).map((one) => [text(one.name), one.pending]),
    [["alice", 2], ["bob", 1]],
  );
});

testOnDrivers("what a turn that failed did to groups is forgotten", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  store.streams.groups.create(fill(store, 10), slice("g"), MIN_ID, 0);
  store.endTurn();
  const stream = find(store);
  read(store, stream, groupOf(store, stream, "g"), "alice", 5);
  store.engine.rollback();
  const found = find(store);
  const group = groupOf(store, found, "g");
  assert.deepEqual(pending(store, found, group), []);
  assert.equal(group.consumerCount, 0);
  assert.equal(idText(group.lastId), "0-0");
});

testOnDrivers("counts stay right whatever becomes of pending entries", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const { streams } = store;
  const stream = fill(store, 400);
  for (const name of ["g", "h"]) streams.groups.create(stream, slice(name), MIN_ID, 0);
  for (let round = 0; round < 60; round++) {
    const found = find(store);
    for (const name of ["g", "h"]) {
      const group = groupOf(store, found, name);
      read(store, found, group, `c${round % 3}`, 1 + round % 7);
      const first = pending(store, found, group)[round % 5];
      if (first === undefined) continue;
      const at = id(Number.parseInt(first));
      const entry = streams.pending.find(found, group, at);
      assert.ok(entry !== undefined);
      const other = consumerOf(store, found, group, `c${(round + 1) % 3}`);
      if (round % 4 === 0) streams.pending.update(found, group, entry, other, 5, 7);
      else if (round % 4 === 1) streams.pending.remove(found, group, at);
      else if (round % 4 === 2) streams.pending.update(found, group, entry, undefined, 0, 3);
      if (round % 20 === 19) {
        streams.deleteConsumer(found, group, other);
      }
    }
    if (round % 10 === 9) streams.removeFirst(found, 3, "delete");
    store.endTurn();
    if (round % 9 === 0) store.engine.forget();
    assert.deepEqual(await store.checkIntegrity("quick"), [], `round ${round}`);
  }
});

testOnDrivers("a destroyed group is gone at once, its pending entries later", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const stream = fill(store, 1000);
  for (const name of ["g", "h"]) {
    const group = store.streams.groups.create(stream, slice(name), MIN_ID, 0);
    assert.equal(read(store, stream, group, "alice", Infinity), 1000);
  }
  store.endTurn();
  const found = find(store);
  store.streams.destroyGroup(found, groupOf(store, found, "g"));
  store.endTurn();
  const other = file.connect();
  assert.equal(number(other, "SELECT count(*) FROM stream_pending"), 2000);
  assert.deepEqual(await store.checkIntegrity("full"), []);
  // A group of the same name has nothing of the old one's.
  const again = find(store);
  const made = store.streams.groups.create(again, slice("g"), MIN_ID, 0);
  assert.deepEqual(pending(store, again, made), []);
  store.endTurn();
  while (store.sweeper.sweep());
  assert.equal(number(other, "SELECT count(*) FROM stream_pending"), 1000);
  assert.equal(number(other, "SELECT count(*) FROM stream_garbage"), 0);
  assert.deepEqual(await store.checkIntegrity("full"), []);
});

testOnDrivers(
  "what a deleted consumer had pending is gone at once, its rows later",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    const { streams } = store;
    const stream = fill(store, 600);
    const group = streams.groups.create(stream, slice("g"), MIN_ID, 0);
    read(store, stream, group, "alice", 200);
    read(store, stream, group, "bob", 1);
    read(store, stream, group, "alice", 300);
    streams.deleteConsumer(stream, group, consumerOf(store, stream, group, "alice"));
    store.endTurn();
    const other = file.connect();
    assert.equal(number(other, "SELECT count(*) FROM stream_pending"), 501);
    assert.equal(number(other, "SELECT count(*) FROM redlite_stream_pending"), 1);
    assert.deepEqual(await store.checkIntegrity("full"), []);
    const found = find(store);
    const known = groupOf(store, found, "g");
    assert.deepEqual(pending(store, found, known), ["201-0 bob 1"]);
    assert.equal(known.pending, 1);
    assert.equal(idText(streams.pending.lastId(found, known) ?? MAX_ID), "201-0");
    assert.equal(streams.pending.find(found, known, id(5)), undefined);
    assert.equal(streams.pending.remove(found, known, id(6)), false);
    const idle = streams.pending.idle(found, known, Number.MAX_SAFE_INTEGER, 10);
    assert.deepEqual(idle.map((entry) => idText(entry.id)), ["201-0"]);
    // What is delivered again is whose it is now, though the consumer has the old one's name.
    const alice = consumerOf(store, found, known, "alice");
    streams.pending.deliver(found, known, id(7), alice, 1, 1);
    assert.deepEqual(pending(store, found, known), ["7-0 alice 1", "201-0 bob 1"]);
    store.keyspace.copy(0, slice("s"), 0, slice("copy"));
    store.endTurn();
    assert.deepEqual(await store.checkIntegrity("full"), []);
    while (store.sweeper.sweep());
    assert.equal(number(other, "SELECT count(*) FROM stream_pending"), 4);
    assert.equal(number(other, "SELECT count(*) FROM stream_garbage"), 0);
    assert.deepEqual(await store.checkIntegrity("full"), []);
    const again = find(store);
    assert.deepEqual(pending(store, again, groupOf(store, again, "g")), [
      "7-0 alice 1",
      "201-0 bob 1",
    ]);
  },
);

testOnDrivers(
  "everything of a deleted or flushed stream goes in the background",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    for (const key of ["deleted", "flushed"]) {
      const stream = fill(store, 500, key);
      const group = store.streams.groups.create(stream, slice("g"), MIN_ID, 0);
      read(store, stream, group, "alice", Infinity);
      store.streams.removeFirst(stream, 200);
    }
    store.endTurn();
    assert.equal(remove(store, "deleted"), true);
    store.keyspace.flush(0);
    store.endTurn();
    assert.deepEqual(await store.checkIntegrity("full"), []);
    while (store.sweeper.sweep());
    const other = file.connect();
    for (
      const table
        of "streams stream_groups stream_consumers stream_pending stream_garbage runs garbage"
          .split(" ")
    ) {
      assert.equal(number(other, `SELECT count(*) FROM ${table}`), 0, table);
    }
  },
);

testOnDrivers("a copy has groups of its own, and no garbage", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const stream = fill(store, 500);
  const gone = store.streams.groups.create(stream, slice("gone"), MIN_ID, 0);
  const group = store.streams.groups.create(stream, slice("g"), MIN_ID, 0);
  read(store, stream, gone, "alice", Infinity);
  read(store, stream, group, "alice", 300);
  store.streams.removeFirst(stream, 250);
  store.streams.destroyGroup(stream, gone);
  store.keyspace.copy(0, slice("s"), 0, slice("copy"));
  store.endTurn();
  assert.deepEqual(await store.checkIntegrity("full"), []);
  const copy = find(store, "copy");
  assert.equal(copy.length, 250);
  const copied = groupOf(store, copy, "g");
  assert.equal(copied.pending, 300);
  read(store, copy, copied, "alice", 1);
  assert.equal(groupOf(store, find(store), "g").pending, 300);
  remove(store, "s");
  store.endTurn();
  while (store.sweeper.sweep());
  assert.deepEqual(await store.checkIntegrity("full"), []);
  assert.equal(number(file.connect(), "SELECT count(*) FROM streams"), 250);
});

testOnDrivers("what is pending counts towards the bytes of a database", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const other = file.connect();
  const counted = () => {
    store.endTurn();
    const rows = number(other, `SELECT ${SUM_OF_ROWS} FROM keys`);
    assert.equal(store.databases.totalBytes, rows);
    return rows;
  };
  const stream = fill(store, 100);
  store.streams.groups.create(stream, slice("g"), MIN_ID, 0);
  const before = counted();
  const found = find(store);
  read(store, found, groupOf(store, found, "g"), "alice", 100);
  assert.equal(counted(), before + 100 * PENDING_BYTES);
  store.engine.forget();
  const again = find(store);
  for (let ms = 1; ms <= 40; ms++) {
    store.streams.pending.remove(again, groupOf(store, again, "g"), id(ms));
  }
  assert.equal(counted(), before + 60 * PENDING_BYTES);
  remove(store, "s");
  assert.equal(counted(), 0);
});

testOnDrivers("the views show entries, groups and what is pending", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const stream = fill(store, 3);
  const group = store.streams.groups.create(stream, slice("g"), MIN_ID, 0);
  read(store, stream, group, "alice", 2);
  store.endTurn();
  const other = file.connect();
  const shown = other.prepare(`SELECT name || ' ' || consumers || ' ' || pending || ' ' ||
    last_delivered_id || ' ' || entries_read FROM redlite_stream_groups WHERE key = 's'`);
  assert.equal(shown.step(), true);
  assert.equal(shown.columnText(0), "g 1 2 2-0 2");
  shown.finalize();
  assert.equal(
    number(
      other,
      `SELECT count(*) FROM redlite_stream_pending
       WHERE group_name = 'g' AND consumer = 'alice' AND id IN ('1-0', '2-0')`,
    ),
    2,
  );
});

testOnDrivers("what a consumer has pending is found without what others have", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const statements: string[] = [];
  const prepare = store.engine.prepare.bind(store.engine);
  store.engine.prepare = (sql) => {
    statements.push(sql);
    return prepare(sql);
  };
  fill(store, 1);
  const ofConsumer = statements.filter((sql) =>
    /^SELECT.*stream_pending.*consumer = \?/s.test(sql)
  );
  assert.equal(ofConsumer.length, 1);
  for (const sql of ofConsumer) {
    const plan = prepare(`EXPLAIN QUERY PLAN ${sql}`);
    assert.equal(plan.step(), true);
    assert.match(plan.columnText(3), /by_consumer \(key_id=\? AND grp=\? AND consumer=\? AND id>/);
    plan.finalize();
  }
});
