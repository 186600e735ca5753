import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { SqlCell } from "../../../src/store/sql/queries.ts";
import type { Store } from "../../../src/store/store.ts";
import { idText, MAX_ID, MIN_ID, setTime } from "../../../src/store/streams/ids.ts";
import { DatabaseFile, memoryStore, number, slice, testOnDrivers, text } from "../open.ts";

/** An id of milliseconds and a sequence below 256. */
function id(ms: number, sequence = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  setTime(bytes, ms);
  bytes[15] = sequence;
  return bytes;
}

function create(store: Store, key = "s"): Collection {
  store.engine.write();
  return store.streams.create(0, slice(key));
}

function find(store: Store, key = "s"): Collection {
  store.engine.begin();
  const stream = store.keyspace.findCollection(0, slice(key), TYPE.STREAM);
  assert.ok(stream !== undefined);
  return stream;
}

/** Adds an entry of alternating names and values. */
function add(store: Store, stream: Collection, at: Uint8Array, ...fields: string[]): void {
  const slices = fields.map((field) => slice(field));
  store.streams.add(
    stream,
    at,
    { at: (index) => slices[index] ?? slice("") },
    0,
    fields.length / 2,
  );
}

/** The entries between two ids, each as its id and its fields. */
function entries(
  store: Store,
  stream: Collection,
  { from = MIN_ID, to = MAX_ID, down = false, limit = Infinity } = {},
): string[] {
  const found: string[] = [];
  store.streams.range(stream, from, to, down, limit, (entry) => {
    const parts = [idText(entry.id)];
    entry.visit((bytes, start, end) => parts.push(text(bytes.slice(start, end))));
    assert.equal(parts.length, 1 + 2 * entry.count);
    found.push(parts.join(" "));
  });
  return found;
}

/** A cell of a query's row as text. */
function cellText(cell: SqlCell | undefined): string {
  return cell?.type === "text" ? text(cell.value) : String(cell?.value);
}

/** Trims to a length. */
function trim(store: Store, stream: Collection, maxLength: number): number {
  const count = store.streams.excess(stream, {
    maxLength,
    minId: MIN_ID,
    approximate: false,
    limit: 0,
  });
  store.streams.removeFirst(stream, count);
  return count;
}

/** Pseudo-random numbers. */
function randomNumbers(seed: number): (limit: number) => number {
  return (limit) => {
    seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return ((seed ^ seed >>> 13) >>> 0) % limit;
  };
}

testOnDrivers("entries of any names come back as they were added", (driver) => {
  const store = memoryStore(driver);
  const stream = create(store);
  const wanted: string[] = [];
  for (let i = 1; i <= 300; i++) {
    const fields = i % 3 === 0
      ? ["temperature", String(i), "humidity", ""]
      : i % 3 === 1
      ? [`name-${i}`, "x".repeat(i)]
      : ["", "", "a", "b", "a", "c"];
    add(store, stream, id(i), ...fields);
    wanted.push([`${i}-0`, ...fields].join(" "));
  }
  assert.deepEqual(entries(store, stream), wanted);
  store.endTurn();
  store.engine.forget();
  assert.deepEqual(entries(store, find(store)), wanted);
  const { rows } = store.query(
    "SELECT id, field, value FROM redlite_streams WHERE key = 's'",
    [],
    { rows: 2000, bytes: 1 << 20, ms: 0 },
  );
  const shown = rows.map((row) => row.map((cell) => cellText(cell)).join("|"));
  const fields = wanted.flatMap((entry) => {
    const [at, ...parts] = entry.split(" ");
    return Array.from(
      { length: parts.length / 2 },
      (_, i) => [at, parts[2 * i], parts[2 * i + 1]].join("|"),
    );
  });
  assert.deepEqual(shown, fields);
  store.closeNow();
});

testOnDrivers("an entry of names that came before keeps its values alone", (driver) => {
  const store = memoryStore(driver);
  const stream = create(store);
  add(store, stream, id(1), "temperature", "21.5");
  add(store, stream, id(2), "temperature", "22.5");
  const size = store.query("SELECT max(length(fields)) FROM streams", [], {
    rows: 1,
    bytes: 100,
    ms: 0,
  });
  assert.deepEqual(size.rows, [[{ type: "integer", value: 6 }]]);
  store.closeNow();
});

testOnDrivers("length, ranks and ranges stay right under random operations", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const seed = 47;
  const below = randomNumbers(seed);
  create(store);
  let model: string[] = [];
  let last = 0;
  for (let step = 0; step < 400; step++) {
    const message = `seed ${seed}, step ${step}`;
    store.engine.write();
    const stream = find(store);
    const choice = below(10);
    if (choice < 5) {
      for (let i = below(120); i >= 0; i--) {
        last += 1 + below(3);
        add(store, stream, id(last), "n", String(last));
        model.push(`${last}-0 n ${last}`);
      }
    } else if (choice < 7) {
      for (let i = 0; i < 40; i++) {
        const ms = below(last + 2);
        const at = model.findIndex((entry) => entry.startsWith(`${ms}-`));
        assert.equal(store.streams.delete(stream, id(ms)), at >= 0, message);
        if (at >= 0) model.splice(at, 1);
      }
    } else if (choice === 7) {
      const keep = below(model.length + 10);
      const gone = Math.max(0, model.length - keep);
      assert.equal(trim(store, stream, keep), gone, message);
      model = model.slice(gone);
    } else if (choice === 8) {
      const minId = id(below(last + 2));
      const count = store.streams.excess(stream, {
        maxLength: undefined,
        minId,
        approximate: false,
        limit: 0,
      });
      const first = model.findIndex((entry) => Number.parseInt(entry) >= minMs(minId));
      assert.equal(count, first < 0 ? model.length : first, message);
      if (below(4) === 0) {
        store.streams.removeFirst(stream, count);
        model = model.slice(count);
      }
    } else {
      const from = below(last + 2), limit = below(700);
      const wanted = model.filter((entry) => Number.parseInt(entry) >= from);
      assert.deepEqual(
        entries(store, stream, { from: id(from), limit }),
        wanted.slice(0, limit),
        message,
      );
      const until = model.filter((entry) => Number.parseInt(entry) <= from).reverse();
      assert.deepEqual(
        entries(store, stream, { to: id(from, 255), down: true, limit }),
        until.slice(0, limit),
        message,
      );
    }
    assert.equal(stream.length, model.length, message);
    if (below(3) === 0) store.endTurn();
    if (below(20) === 0) {
      store.endTurn();
      store.engine.forget();
    }
    if (below(10) === 0) {
      store.endTurn();
      store.sweeper.sweep();
    }
  }
  store.endTurn();
  assert.deepEqual(entries(store, find(store)), model);
  store.endTurn();
  assert.deepEqual(await store.checkIntegrity("full"), []);
  while (store.sweeper.sweep());
  assert.deepEqual(await store.checkIntegrity("full"), []);
  assert.equal(number(file.connect(), "SELECT count(*) FROM streams"), model.length);
});

/** The milliseconds of an id, which are few here. */
function minMs(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint32(4);
}

testOnDrivers("a trim of many entries leaves their rows to the background", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const stream = create(store);
  for (let i = 1; i <= 5000; i++) add(store, stream, id(i), "n", String(i));
  store.endTurn();
  store.engine.write();
  trim(store, find(store), 10);
  store.endTurn();
  const other = file.connect();
  assert.equal(number(other, "SELECT count(*) FROM streams"), 5000);
  assert.equal(number(other, "SELECT count(DISTINCT id) FROM redlite_streams"), 10);
  await store.close();
  const again = file.open();
  assert.equal(entries(again, find(again)).length, 10);
  const { id: key, length } = find(again);
  // What KEYINFO tells: ids, a byte for the shape, one for the length, and four digits.
  assert.equal(again.keyspace.elements.payloadBytes(TYPE.STREAM, key, length), 10 * (16 + 6));
  again.endTurn();
  while (again.sweeper.sweep());
  assert.equal(number(other, "SELECT count(*) FROM streams"), 10);
  assert.equal(number(other, "SELECT count(*) FROM stream_garbage"), 0);
  assert.deepEqual(await again.checkIntegrity("full"), []);
});

testOnDrivers(
  "an emptied stream whose last id is set back takes entries below the old ones",
  (driver) => {
    const store = memoryStore(driver);
    const stream = create(store);
    for (let i = 1; i <= 500; i++) add(store, stream, id(i), "n", "1");
    trim(store, stream, 0);
    store.streams.setIds(stream, id(3), undefined, undefined);
    add(store, stream, id(4), "n", "2");
    while (store.garbage.sweepSlice());
    assert.deepEqual(entries(store, stream), ["4-0 n 2"]);
    store.closeNow();
  },
);

testOnDrivers("ids grow when the clock goes back, and after a restart", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const stream = create(store);
  const next = new Uint8Array(16);
  store.streams.nextId(stream, next);
  add(store, stream, next, "n", "1");
  const first = idText(next);
  store.endTurn();
  await store.close();
  file.clock.advance(-60_000);
  const again = file.open();
  again.engine.write();
  again.streams.nextId(find(again), next);
  assert.equal(idText(next), first.replace(/-0$/, "-1"));
});
