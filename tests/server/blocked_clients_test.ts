import { strict as assert } from "node:assert";
import { type BlockedCall, BlockedClients } from "../../src/clients/blocked_clients.ts";
import { TYPE } from "../../src/store/file/schema.ts";
import { ManualClock } from "../../src/engine/clock.ts";
import { WriteLocked } from "../../src/engine/turn_errors.ts";
import { DRIVERS, memoryStore, slice } from "../store/open.ts";

Deno.test("a push costs what it serves, however many wait for the key", async () => {
  const store = memoryStore(DRIVERS[0]!);
  const { keyspace, engine, lists } = store;
  let finds = 0;
  const counted: typeof keyspace = Object.create(keyspace, {
    find: {
      value: (...args: Parameters<typeof keyspace.find>) => {
        finds++;
        return keyspace.find(...args);
      },
    },
  });
  const blocked = new BlockedClients(engine, counted, (work) => work());
  const served: number[] = [];
  const callOf = (id: number, type: number): BlockedCall => ({
    db: 0,
    keys: [slice("k").copy()],
    type,
    anyType: false,
    againAtMs: 0,
    deadlineMs: 0,
    retry: () => {
      const list = keyspace.findCollection(0, slice("k"), TYPE.LIST);
      if (list === undefined) return false;
      if (list.length === 1) keyspace.removeEmpty(0, slice("k"), list);
      else lists.drop(list, true, 1);
      served.push(id);
      return true;
    },
    served: () => {},
    timedOut: () => {},
    restored: () => {},
  });
  engine.begin();
  for (let i = 0; i < 10_000; i++) blocked.add(callOf(i, i === 1 ? TYPE.ZSET : TYPE.LIST));
  engine.write();
  const list = keyspace.createCollection(0, slice("k"), TYPE.LIST);
  for (const element of ["a", "b"]) lists.push(list, slice(element), false);
  keyspace.changed(0, slice("k"), "rpush");
  blocked.serve();
  assert.deepEqual(served, [0, 2]);
  assert.ok(finds < 20, `${finds} look-ups of the key`);
  assert.equal(blocked.count, 9998);
  blocked.close();
  await store.close();
});

Deno.test("a call that is tried again, and cannot be for somebody's lock, fails no turn and gives up in its time", async () => {
  const clock = new ManualClock();
  const store = memoryStore(DRIVERS[0]!, clock);
  const { keyspace, engine, lists } = store;
  engine.begin();
  engine.write();
  lists.push(keyspace.createCollection(0, slice("k"), TYPE.LIST), slice("a"), false);
  store.endTurn();
  let tries = 0;
  const blocked = new BlockedClients(engine, keyspace, (work) => {
    work();
    store.endTurn();
  });
  const gaveUp = Promise.withResolvers<void>();
  const start = clock.now();
  blocked.add({
    db: 0,
    keys: [slice("k").copy()],
    type: TYPE.LIST,
    anyType: false,
    againAtMs: start + 10,
    deadlineMs: start + 100,
    retry: () => {
      tries++;
      throw new WriteLocked("somebody has it");
    },
    served: () => {},
    timedOut: () => gaveUp.resolve(),
    restored: () => {},
  });
  for (let i = 0; i < 20; i++) clock.advance(10);
  await gaveUp.promise;
  assert.ok(tries > 0 && tries < 15, `${tries} tries`);
  assert.equal(blocked.count, 0);
  blocked.close();
  await store.close();
});
