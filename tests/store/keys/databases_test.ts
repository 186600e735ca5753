import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import {
  DatabaseFile,
  get,
  memoryStore,
  number,
  put,
  remove,
  slice,
  testOnDrivers,
} from "../open.ts";

const DATABASES = 3;

type Step =
  | { kind: "set"; db: number; key: string; size: number; ttl: number }
  | { kind: "delete"; db: number; key: string }
  | { kind: "append"; db: number; key: string; size: number }
  | { kind: "expire"; db: number; key: string; ttl: number }
  | { kind: "move" | "copy"; db: number; key: string; toDb: number; to: string }
  | { kind: "swap"; db: number; toDb: number }
  | { kind: "flush"; db: number }
  | { kind: "commit" | "rollback" | "sweep" }
  | { kind: "wait"; ms: number };

const db = fc.integer({ min: 0, max: DATABASES - 1 });
const key = fc.constantFrom("a", "b", "c", "d", "e");
const size = fc.constantFrom(0, 3, 512, 513, 40_000, 300_000);
const ttl = fc.constantFrom(0, 0, 5, 50);
const kind = <K extends string>(...kinds: K[]) => fc.constantFrom(...kinds);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: kind("set"), db, key, size, ttl }) },
  { weight: 3, arbitrary: fc.record({ kind: kind("delete"), db, key }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("append"), db, key, size }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("expire"), db, key, ttl }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: kind("move", "copy"), db, key, toDb: db, to: key }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind("swap"), db, toDb: db }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("flush"), db }) },
  { weight: 3, arbitrary: fc.record({ kind: kind("commit", "rollback", "sweep") }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("wait"), ms: fc.constantFrom(1, 10, 100) }) },
);

testOnDrivers("counts are those of the rows after any commands", async (driver) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
      await using file = new DatabaseFile(driver);
      const store = file.open({ databases: DATABASES, durability: "no" });
      const { keyspace, strings, engine } = store;
      for (const step of steps) {
        if (step.kind === "wait") {
          store.endTurn();
          file.clock.advance(step.ms);
          continue;
        }
        if (step.kind === "sweep") store.endTurn();
        engine.write();
        switch (step.kind) {
          case "set":
            put(store, step.key, new Uint8Array(step.size), {
              db: step.db,
              expiresAtMs: step.ttl === 0 ? 0 : engine.nowMs + step.ttl,
            });
            break;
          case "delete":
            remove(store, step.key, step.db);
            break;
          case "append":
            strings.append(step.db, slice(step.key), slice(new Uint8Array(step.size)));
            break;
          case "expire":
            if (keyspace.find(step.db, slice(step.key)) === 0) break;
            keyspace.setExpiry(
              step.db,
              slice(step.key),
              step.ttl === 0 ? 0 : engine.nowMs + step.ttl,
            );
            break;
          case "move":
          case "copy":
            // The commands refuse source and destination that are the same.
            if (step.db === step.toDb && step.key === step.to) break;
            keyspace[step.kind](step.db, slice(step.key), step.toDb, slice(step.to));
            break;
          case "swap":
            keyspace.swap(step.db, step.toDb);
            break;
          case "flush":
            keyspace.flush(step.db);
            break;
          case "commit":
            store.endTurn();
            break;
          case "rollback":
            engine.rollback();
            break;
          case "sweep":
            store.endTurn();
            store.sweeper.sweep();
            break;
        }
      }
      store.endTurn();
      const count = (db: number, condition: string) =>
        number(
          engine.connection,
          `SELECT count(*) FROM keys WHERE ${condition} AND space =
             (SELECT space FROM databases WHERE db = ${db})`,
        );
      for (let db = 0; db < DATABASES; db++) {
        assert.equal(store.databases.keys(db), count(db, "true"));
        assert.equal(store.databases.expires(db), count(db, "expires_at IS NOT NULL"));
        engine.begin();
        assert.equal(
          keyspace.facts.size(db),
          count(db, `(expires_at IS NULL OR expires_at >= ${engine.nowMs})`),
        );
      }
      await store.close();
      // What the file says is what a new process counts from.
      const reopened = file.open({ databases: DATABASES });
      for (let db = 0; db < DATABASES; db++) {
        assert.equal(reopened.databases.keys(db), store.databases.keys(db));
      }
      while (reopened.sweeper.sweep());
      // No chunk without its key once everything is swept.
      assert.equal(
        number(
          reopened.engine.connection,
          "SELECT count(*) FROM strings WHERE id / 16384 NOT IN (SELECT id FROM keys WHERE id > 0)",
        ),
        0,
      );
    }),
    { numRuns: 30, seed: 5 },
  );
});

testOnDrivers("databases hold keys of the same name apart", (driver) => {
  const store = memoryStore(driver);
  for (const db of [0, 1, 15]) put(store, "k", `in ${db}`, { db });
  for (const db of [0, 1, 15]) assert.equal(get(store, "k", db), `in ${db}`);
  assert.equal(get(store, "k", 2), undefined);
  store.closeNow();
});

testOnDrivers("swapping exchanges two databases, an empty one too", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "zero", { db: 0 });
  put(store, "k", "one", { db: 1 });
  store.endTurn();
  store.engine.write();
  store.keyspace.swap(0, 1);
  store.keyspace.swap(1, 9);
  store.endTurn();
  await store.close();
  const reopened = file.open();
  assert.equal(get(reopened, "k", 0), "one");
  assert.equal(get(reopened, "k", 1), undefined);
  assert.equal(get(reopened, "k", 9), "zero");
  assert.equal(reopened.keyspace.facts.size(1), 0);
});

testOnDrivers("swapping a database with itself changes nothing", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", "1");
  store.keyspace.swap(0, 0);
  store.endTurn();
  assert.equal(get(store, "k"), "1");
  assert.equal(store.keyspace.facts.size(0), 1);
  store.closeNow();
});

testOnDrivers("a database that is flushed takes new keys at once", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "old");
  put(store, "other", "old");
  store.endTurn();
  store.engine.write();
  store.keyspace.flush(0);
  put(store, "k", "new");
  store.endTurn();
  await store.close();
  const reopened = file.open();
  assert.equal(get(reopened, "k"), "new");
  assert.equal(get(reopened, "other"), undefined);
  assert.equal(reopened.keyspace.facts.size(0), 1);
});

testOnDrivers("flushing an empty database does nothing", (driver) => {
  const store = memoryStore(driver);
  store.engine.write();
  store.keyspace.flush(4);
  store.endTurn();
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM garbage"), 0);
  store.closeNow();
});

testOnDrivers("databases beyond the number asked for keep their keys", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ databases: 16 });
  put(store, "k", "kept", { db: 12 });
  store.endTurn();
  await store.close();
  const few = file.open({ databases: 2 });
  put(few, "k", "1");
  few.keyspace.flush(0);
  few.endTurn();
  while (few.sweeper.sweep());
  await few.close();
  assert.equal(get(file.open({ databases: 16 }), "k", 12), "kept");
});
