import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { encodingName } from "../../../src/store/collections/encodings.ts";
import { CommandError } from "../../../src/store/values/errors.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { entries, fields, found, get, hash, remove, set } from "./access.ts";
import { DatabaseFile, memoryStore, put, slice, testOnDrivers, text } from "../open.ts";
import { SEED } from "../../harness/seed.ts";

/** A generator of its own, so that a seed gives the same numbers every time: mulberry32. */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ seed >>> 15, seed | 1);
    t = t + Math.imul(t ^ t >>> 7, t | 61) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 0x100000000;
  };
}

/** The field of each rank, as the runs find it. */
function byRank(store: Store, c: Collection): string[] {
  const all: string[] = [];
  const random = Math.random;
  try {
    for (let rank = 0; rank < c.length; rank++) {
      Math.random = () => (rank + 0.5) / c.length;
      store.hashes.draws.repeated(c, c.length, 1, (field) => all.push(text(field.copy())));
    }
  } finally {
    Math.random = random;
  }
  return all;
}

testOnDrivers("a field is new once and keeps its place when its value changes", (driver) => {
  const store = memoryStore(driver);
  assert.equal(set(store, "z", "1"), true);
  assert.equal(set(store, "a", "2"), true);
  assert.equal(set(store, "z", "3"), false);
  assert.deepEqual(entries(store), [["z", "3", 0], ["a", "2", 0]]);
  assert.equal(found(store).length, 2);
  store.closeNow();
});

testOnDrivers("a field that was deleted comes back at the end", (driver) => {
  const store = memoryStore(driver);
  for (const field of ["c", "b", "a"]) set(store, field, "1");
  assert.equal(remove(store, "c"), true);
  assert.equal(remove(store, "c"), false);
  set(store, "c", "2");
  assert.deepEqual(fields(store), ["b", "a", "c"]);
  store.closeNow();
});

testOnDrivers("fields and values are bytes, empty ones and long ones too", (driver) => {
  const store = memoryStore(driver);
  const c = hash(store);
  const long = new Uint8Array(100_000).map((_, i) => i);
  for (const bytes of [new Uint8Array(0), Uint8Array.of(0, 255, 0), long]) {
    store.hashes.set(c, slice(bytes), slice(bytes));
    assert.deepEqual(store.hashes.get(c, slice(bytes))?.copy(), bytes);
  }
  assert.equal(store.hashes.get(c, slice("absent")), undefined);
  store.closeNow();
});

testOnDrivers("a hash grows out of its compact form by fields and by bytes, for good", (driver) => {
  const store = memoryStore(driver);
  store.limits.hashEntries = 3;
  store.limits.hashValue = 5;
  for (const field of ["d", "c", "b"]) set(store, field, "1");
  assert.equal(encodingName(found(store)), "listpack");
  set(store, "a", "1");
  assert.equal(encodingName(found(store)), "hashtable");
  assert.deepEqual(fields(store), ["a", "b", "c", "d"]);
  for (const field of ["a", "b", "c"]) remove(store, field);
  assert.equal(encodingName(found(store)), "hashtable");
  set(store, "f", "123456", 0, "value");
  assert.equal(encodingName(found(store, "value")), "hashtable");
  set(store, "123456", "v", 0, "field");
  assert.equal(encodingName(found(store, "field")), "hashtable");
  const many = hash(store, "many");
  store.hashes.expect(many, 4);
  store.hashes.set(many, slice("f"), slice("v"));
  assert.equal(encodingName(many), "hashtable");
  store.closeNow();
});

testOnDrivers(
  "lengths, values, ranks and expiries stay right as fields come and go",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    let store = file.open();
    const random = generator(SEED);
    const model = new Map<string, { value: string; expiresAtMs: number }>();
    const check = () => {
      const now = file.clock.now();
      for (const [field, { expiresAtMs }] of model) {
        if (expiresAtMs !== 0 && expiresAtMs < now) model.delete(field);
      }
      const c = hash(store);
      const sorted = [...model.keys()].sort();
      const message = `seed ${SEED}`;
      assert.equal(store.hashes.count(c), model.size, message);
      assert.deepEqual(
        entries(store).map(([field, value, expiresAtMs]) => [field, { value, expiresAtMs }]),
        sorted.map((field) => [field, model.get(field)]),
        message,
      );
      if (c.length === model.size) assert.deepEqual(byRank(store, c), sorted, message);
    };
    for (let round = 0; round < 6; round++) {
      // Rounds that mostly add and rounds that mostly delete, so that runs are cut and joined.
      const adds = round % 2 === 0 ? 0.9 : 0.2;
      for (let i = 0; i < 2500; i++) {
        const field = `f${Math.floor(random() * 3000)}`;
        if (random() < adds) {
          const value = `v${i}`;
          const expiresAtMs = random() < 0.1 ? file.clock.now() + Math.floor(random() * 2000) : 0;
          set(store, field, value, expiresAtMs);
          model.set(field, { value, expiresAtMs });
        } else {
          assert.equal(remove(store, field), model.delete(field), `seed ${SEED}`);
        }
      }
      assert.ok(model.size > 500);
      store.endTurn();
      check();
      store.endTurn();
      file.clock.advance(700);
      if (round === 2) {
        await store.close();
        store = file.open();
      }
      check();
      store.endTurn();
    }
  },
);

testOnDrivers("a rolled back turn leaves a hash as it was", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (let i = 0; i < 1500; i++) set(store, `f${String(i).padStart(4, "0")}`, "1");
  store.endTurn();
  const before = fields(store);
  const { length, version } = found(store);
  store.endTurn();
  for (let i = 0; i < 700; i++) remove(store, before[i]!);
  set(store, "new", "1", store.engine.nowMs + 5);
  store.engine.rollback();
  const c = found(store);
  assert.deepEqual([c.length, c.version, c.fieldsExpireAtMs], [length, version, 0]);
  assert.deepEqual(fields(store), before);
  assert.deepEqual(byRank(store, c), before);
});

testOnDrivers("a hash is read as another process left it", async (driver) => {
  await using file = new DatabaseFile(driver);
  const ours = file.open(), theirs = file.open();
  set(ours, "a", "1");
  ours.endTurn();
  assert.equal(get(theirs, "a"), "1");
  theirs.endTurn();
  set(ours, "b", "2");
  remove(ours, "a");
  ours.endTurn();
  assert.deepEqual(entries(theirs), [["b", "2", 0]]);
  assert.equal(found(theirs).length, 1);
});

testOnDrivers("a walk by parts tells every field that is there all the time", (driver) => {
  const store = memoryStore(driver);
  for (let i = 0; i < 1000; i++) set(store, `f${i}`, "1");
  const seen = new Set<string>();
  let from: Uint8Array | undefined;
  for (let calls = 0;; calls++) {
    const c = hash(store);
    const next = store.hashes.scanEnd(c, from, 10);
    let told = 0;
    store.hashes.scan(c, from, 10, (field) => {
      told++;
      seen.add(text(field.copy()));
    });
    assert.ok(told <= 10);
    if (next === undefined) break;
    from = next;
    remove(store, `f${500 + calls}`);
    set(store, `new${calls}`, "1");
  }
  for (let i = 0; i < 500; i++) assert.ok(seen.has(`f${i}`), `f${i}`);
  store.closeNow();
});

testOnDrivers("a compact hash is told whole by one part", (driver) => {
  const store = memoryStore(driver);
  for (const field of ["c", "a", "b"]) set(store, field, "1");
  const c = found(store);
  assert.equal(store.hashes.scanEnd(c, undefined, 1), undefined);
  const told: string[] = [];
  store.hashes.scan(c, undefined, 1, (field) => told.push(text(field.copy())));
  assert.deepEqual(told, ["c", "a", "b"]);
  store.closeNow();
});

testOnDrivers("draws are uniform, by rank and by walk, past expired fields too", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const at = file.clock.now() + 10;
  const live = 40;
  for (let i = 0; i < live; i++) set(store, `crowd:${i}`, "1");
  for (let i = 0; i < 10; i++) set(store, `expired:${i}`, "1", at);
  store.endTurn();
  file.clock.advance(11);
  const c = found(store);
  const random = Math.random;
  Math.random = generator(SEED);
  try {
    const ways: ((visit: (field: string) => void) => void)[] = [
      (visit) => store.hashes.draws.distinct(c, live, 1, (field) => visit(text(field.copy()))),
      (visit) => store.hashes.draws.distinct(c, live, 10, (field) => visit(text(field.copy()))),
      (visit) => store.hashes.draws.repeated(c, live, 1, (field) => visit(text(field.copy()))),
      (visit) => store.hashes.draws.repeated(c, live, 50, (field) => visit(text(field.copy()))),
    ];
    for (const [way, draw] of ways.entries()) {
      const counts = new Map<string, number>();
      let draws = 0;
      while (draws < 100 * live) {
        draw((field) => {
          counts.set(field, (counts.get(field) ?? 0) + 1);
          draws++;
        });
      }
      assert.equal(counts.size, live);
      const expected = draws / live;
      let chiSquare = 0;
      for (const count of counts.values()) chiSquare += (count - expected) ** 2 / expected;
      // 39 degrees of freedom: mean 39, standard deviation 8.8; four of them.
      assert.ok(chiSquare < 39 + 4 * 8.8, `way ${way}, seed ${SEED}: chi-square ${chiSquare}`);
    }
  } finally {
    Math.random = random;
  }
});

testOnDrivers("distinct draws never repeat and give all where more are asked for", (driver) => {
  const store = memoryStore(driver);
  for (let i = 0; i < 1500; i++) set(store, `f${i}`, `v${i}`);
  const c = found(store);
  for (const count of [1, 2, 14, 15, 16, 400, 1499, 1500, 9999]) {
    const drawn = new Set<string>();
    let calls = 0;
    store.hashes.draws.distinct(c, c.length, count, (field, value) => {
      calls++;
      const name = text(field.copy());
      drawn.add(name);
      assert.equal(text(value.copy()), name.replace("f", "v"));
    });
    assert.equal(calls, Math.min(count, 1500));
    assert.equal(drawn.size, calls);
  }
  store.closeNow();
});

testOnDrivers("another type's key is refused and left as it is", (driver) => {
  const store = memoryStore(driver);
  put(store, "s", "text");
  assert.throws(() => store.hashes.read(0, slice("s")), CommandError);
  assert.throws(() => store.hashes.edit(0, slice("s")), CommandError);
  assert.equal(store.keyspace.find(0, slice("s")), TYPE.STRING);
  store.closeNow();
});
