import { strict as assert } from "node:assert";
import { join } from "node:path";
import { ManualClock } from "../../src/engine/clock.ts";
import { type Durability, WalSync } from "../../src/engine/wal_sync.ts";
import { DatabaseFile, put, testOnDrivers } from "../store/open.ts";

/** A file that stands for a WAL, and its sync. */
class Wal implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly directory = Deno.makeTempDirSync({ prefix: "redlite-" });
  readonly path = join(this.directory, "test.db");
  readonly sync: WalSync;

  constructor(mode: Durability, { exists = true } = {}) {
    if (exists) this.create();
    this.sync = new WalSync(this.path, mode, this.clock);
  }

  create(): void {
    Deno.writeFileSync(this.path + "-wal", new Uint8Array(100));
  }

  /** Resolves with the turn that the next sync reaches. */
  next(): Promise<number> {
    return new Promise((resolve) => {
      this.sync.onSynced = () => resolve(this.sync.syncedTurn);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sync.close();
    await Deno.remove(this.directory, { recursive: true });
  }
}

Deno.test("with always, a reply waits until its turn is on the disk", async () => {
  await using wal = new Wal("always");
  const synced = wal.next();
  wal.sync.committed(1);
  assert.equal(wal.sync.mustWait(1), true);
  assert.equal(await synced, 1);
  assert.equal(wal.sync.mustWait(1), false);
});

Deno.test("with always, turns committed during a sync wait for the next one", async () => {
  await using wal = new Wal("always");
  const reached: number[] = [];
  const both = new Promise<void>((resolve) => {
    wal.sync.onSynced = () => {
      reached.push(wal.sync.syncedTurn);
      if (wal.sync.syncedTurn === 3) resolve();
    };
  });
  wal.sync.committed(1);
  wal.sync.committed(2);
  wal.sync.committed(3);
  await both;
  // The sync that began with turn 1 says nothing about those that came after.
  assert.deepEqual(reached, [1, 3]);
});

Deno.test("what waits for its turn to be on the disk is told, though always is over meanwhile", async () => {
  for (const mode of ["everysec", "no"] as const) {
    await using wal = new Wal("always");
    const both = new Promise<void>((resolve) => {
      wal.sync.onSynced = () => {
        if (wal.sync.syncedTurn === 2) resolve();
      };
    });
    wal.sync.committed(1);
    wal.sync.committed(2);
    assert.equal(wal.sync.mustWait(2), true);
    wal.sync.mode = mode;
    await both;
  }
});

Deno.test("a turn whose log ended with it is on the disk when the WAL is", async () => {
  await using wal = new Wal("always");
  let syncs = 0;
  wal.sync.openLog = () =>
    Promise.resolve({ syncData: () => Promise.resolve(void syncs++), close: () => {} });
  wal.sync.log = { sync: () => Promise.resolve(true) };
  wal.sync.log = undefined;
  const synced = wal.next();
  wal.sync.committed(1, true, true);
  assert.equal(await synced, 1);
  assert.equal(syncs, 1);
});

/** Commits turns until a sync of the log was not left to another thread. @returns The last turn. */
async function committedAtOnce(wal: Wal, calls: { now: number }): Promise<number> {
  for (let turn = 1; turn < 1000; turn++) {
    wal.sync.committed(turn, true, true);
    if (calls.now > 0) return turn;
    await wal.sync.sync();
  }
  throw new Error("no sync was at once");
}

Deno.test("with always, a log that takes no time is on the disk before anybody waits", async () => {
  await using wal = new Wal("always");
  const calls = { now: 0 };
  wal.sync.log = {
    sync: () => Promise.resolve(true),
    syncNow: () => {
      calls.now++;
      return true;
    },
  };
  const turn = await committedAtOnce(wal, calls);
  assert.equal(wal.sync.syncedTurn, turn);
  assert.equal(wal.sync.mustWait(turn), false);
});

Deno.test("with always, a log that cannot be written at once is told, and its replies wait", async () => {
  await using wal = new Wal("always");
  const calls = { now: 0 };
  const told: unknown[] = [];
  wal.sync.onFailed = (error) => told.push(error);
  wal.sync.log = {
    sync: () => Promise.resolve(true),
    syncNow: () => {
      calls.now++;
      return false;
    },
  };
  const turn = await committedAtOnce(wal, calls);
  assert.equal(told.length, 1);
  assert.equal(wal.sync.failed, true);
  assert.equal(wal.sync.mustWait(turn), true);
});

Deno.test("with everysec, no reply waits, and the sync comes within the second", async () => {
  await using wal = new Wal("everysec");
  const synced = wal.next();
  wal.sync.committed(1);
  assert.equal(wal.sync.mustWait(1), false);
  assert.equal(wal.sync.syncedTurn, 0);
  wal.clock.advance(999);
  assert.equal(await synced, 1);
});

Deno.test("with everysec, the log is on the disk within the second, and the WAL if it has what the log lacks", async () => {
  await using wal = new Wal("everysec");
  const synced: string[] = [];
  wal.sync.openLog = () =>
    Promise.resolve({ syncData: () => Promise.resolve(void synced.push("WAL")), close: () => {} });
  wal.sync.log = {
    sync: () => {
      synced.push("log");
      return Promise.resolve(true);
    },
  };
  for (const [turn, inLog] of [[1, true], [2, false], [3, true]] as const) {
    const ended = wal.next();
    wal.sync.committed(turn, true, inLog);
    wal.clock.advance(999);
    assert.equal(await ended, turn);
  }
  assert.deepEqual(synced, ["log", "log", "WAL", "log"]);
});

Deno.test("with everysec, one sync covers all turns of its time", async () => {
  await using wal = new Wal("everysec");
  let syncs = 0;
  const synced = new Promise<void>((resolve) => {
    wal.sync.onSynced = () => {
      syncs++;
      resolve();
    };
  });
  for (let turn = 1; turn <= 50; turn++) {
    wal.sync.committed(turn);
    wal.clock.advance(5);
  }
  wal.clock.advance(500);
  await synced;
  assert.equal(syncs, 1);
  assert.equal(wal.sync.syncedTurn, 50);
});

Deno.test("with no, nothing is synced by itself", async () => {
  await using wal = new Wal("no");
  wal.sync.committed(1);
  wal.clock.advance(60_000);
  assert.equal(wal.sync.mustWait(1), false);
  await wal.sync.close();
  assert.equal(wal.sync.syncedTurn, 0);
});

for (const mode of ["always", "everysec", "no"] as const) {
  Deno.test(`with ${mode}, sync() resolves when everything committed is on the disk`, async () => {
    await using wal = new Wal(mode);
    wal.sync.committed(1);
    wal.sync.committed(2);
    await wal.sync.sync();
    assert.equal(wal.sync.syncedTurn, 2);
  });
}

Deno.test("sync() resolves when there is nothing to sync", async () => {
  await using wal = new Wal("no", { exists: false });
  await wal.sync.sync();
  assert.equal(wal.sync.syncedTurn, 0);
});

Deno.test("turning to always syncs what was committed before", async () => {
  await using wal = new Wal("no");
  wal.sync.committed(4);
  const synced = wal.next();
  wal.sync.mode = "always";
  assert.equal(wal.sync.mode, "always");
  assert.equal(wal.sync.mustWait(4), true);
  assert.equal(await synced, 4);
});

Deno.test("nobody waits for background work, and the next sync takes it along", async () => {
  await using wal = new Wal("always");
  wal.sync.committed(1, false);
  assert.equal(wal.sync.awaitedTurn, 0);
  assert.equal(wal.sync.mustWait(wal.sync.awaitedTurn), false);
  wal.sync.committed(2);
  assert.equal(wal.sync.mustWait(wal.sync.awaitedTurn), true);
  await wal.sync.sync();
  assert.equal(wal.sync.syncedTurn, 2);
});

Deno.test("turning away from always lets replies go", async () => {
  await using wal = new Wal("always");
  wal.sync.committed(1);
  assert.equal(wal.sync.mustWait(1), true);
  wal.sync.mode = "everysec";
  assert.equal(wal.sync.mustWait(1), false);
});

Deno.test("a sync that fails is told, and its turn does not count as synced", async () => {
  await using wal = new Wal("always", { exists: false });
  const failed = Promise.withResolvers<unknown>();
  wal.sync.onFailed = failed.resolve;
  wal.sync.committed(1);
  assert.ok(await failed.promise instanceof Deno.errors.NotFound);
  assert.equal(wal.sync.syncedTurn, 0);
  assert.equal(wal.sync.mustWait(1), true);
});

Deno.test("who waits in sync() gets its failure", async () => {
  await using wal = new Wal("no", { exists: false });
  wal.sync.committed(1);
  await assert.rejects(wal.sync.sync(), Deno.errors.NotFound);
});

Deno.test("a sync succeeds after one that failed", async () => {
  await using wal = new Wal("no", { exists: false });
  wal.sync.committed(1);
  await assert.rejects(wal.sync.sync());
  wal.create();
  await wal.sync.sync();
  assert.equal(wal.sync.syncedTurn, 1);
});

Deno.test("closing waits for a sync under way", async () => {
  const wal = new Wal("always");
  wal.sync.committed(1);
  await wal.sync.close();
  assert.equal(wal.sync.syncedTurn, 1);
  await wal[Symbol.asyncDispose]();
});

Deno.test("a database in memory has nothing to wait for", async () => {
  const sync = new WalSync(undefined, "always", new ManualClock());
  sync.committed(1);
  assert.equal(sync.mustWait(1), false);
  assert.equal(sync.syncedTurn, 1);
  await sync.sync();
});

testOnDrivers("a store's turn is synced to its WAL", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ durability: "always" });
  put(store, "k", "value");
  store.endTurn();
  const turn = store.engine.committedTurn;
  assert.equal(store.walSync.mustWait(turn), true);
  await store.walSync.sync();
  assert.equal(store.walSync.mustWait(turn), false);
});
