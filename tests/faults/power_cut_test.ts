/**
 * A power cut: what was acknowledged with `appendfsync always` was on the disk before, with `everysec` a second later,
 * also while checkpoints are under way.
 */

import { strict as assert } from "node:assert";
import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Redlite } from "../../mod.ts";
import { type Command, format, RespClient } from "../harness/resp_client.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { DatabaseFile, put, testOnDrivers } from "../store/open.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { assertFileHolds } from "./contents.ts";
import { faultsOf } from "./file_check.ts";
import { doneKey, Model, operation } from "./operations.ts";
import { SimulatedDisk, UNSYNCED } from "./simulated_disk.ts";
import { copyOf, SyncedCopies } from "./synced_copies.ts";
import { hasStrace, type SystemCall } from "./system_calls.ts";
import { spawnServer, type TracedLife, traceServer, type WriteBehind } from "./traced_server.ts";
import { SEED } from "../harness/seed.ts";

/** How often the power is cut. */
const CUTS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 8);
const CLIENTS = 3;
const OPERATIONS_A_CLIENT = 150;
/** Operations of the first client after which it asks for a checkpoint. */
const OPERATIONS_A_CHECKPOINT = Math.floor(OPERATIONS_A_CLIENT / 5);
/** So small a limit that the WAL starts over every 250 frames. */
const MAX_DISK = "8mb";

/** Servers of which one's WAL must start over. */
const MOST_LIVES = 5;

/** Runs operations on a server under strace. @returns What it did, and what its files were before. */
const operateTraced = (
  directory: string,
  appendfsync: string,
  writeBehind: WriteBehind,
): Promise<TracedLife> =>
  traceServer(
    directory,
    writeBehind,
    ["--appendfsync", appendfsync, "--maxdisk", MAX_DISK],
    async (port) => {
      await Promise.all(Array.from({ length: CLIENTS }, (_, slot) => operate(port, slot)));
    },
  );

/** Has one client run its operations, one after the other; the reply to each says which it was. */
async function operate(
  port: number,
  slot: number,
  onAcknowledged: (number: number) => void = () => {},
): Promise<void> {
  await using client = await RespClient.connect({ port });
  for (let number = 1; number <= OPERATIONS_A_CLIENT; number++) {
    const commands: Command[] = [["MULTI"], ...operation(SEED, slot, number)];
    commands.push(["ECHO", `acknowledged:${slot}:${number};`], ["EXEC"]);
    const replies = await client.pipeline(commands);
    const last = replies[replies.length - 1]!;
    assert.equal(last.type, "array", format(last));
    onAcknowledged(number);
    // The server makes checkpoints by itself, but a quick run may be over before.
    if (slot === 0 && number % OPERATIONS_A_CHECKPOINT === 0) {
      assert.equal(format(await client.send("SAVE")), "+OK");
    }
  }
}

/**
 * Opens what a power cut left, and checks that it is sound and holds whole operations only.
 *
 * @returns How many of each client.
 */
async function readAfter(files: ReadonlyMap<string, Uint8Array>, when: string): Promise<number[]> {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  for (const [file, bytes] of files) {
    await Deno.writeFile(`${directory.path}/${basename(file)}`, bytes);
  }
  assert.deepEqual(faultsOf(path), [], when);
  const found: number[] = [];
  {
    await using db = Redlite.open(path, { driver: "builtin" });
    for (let slot = 0; slot < CLIENTS; slot++) found.push(Number(db.get(doneKey(slot)) ?? 0));
  }
  const model = new Model();
  for (const [slot, count] of found.entries()) {
    for (let number = 1; number <= count; number++) {
      for (const words of operation(SEED, slot, number)) model.apply(words);
    }
  }
  await assertFileHolds(path, model, when);
  return found;
}

/** Lets servers live until one's WAL started over, as it does unless checkpoints are late on a busy machine. */
async function traceLife(
  appendfsync: string,
  writeBehind: WriteBehind,
): Promise<TracedLife> {
  for (let lives = 1;; lives++) {
    await using directory = await temporaryDirectory();
    const traced = await operateTraced(directory.path, appendfsync, writeBehind);
    const restarts = traced.calls.filter((call) =>
      call.kind === "write" && call.file.endsWith("-wal") && call.at === 0
    );
    if (restarts.length > 1) return traced;
    assert.ok(lives < MOST_LIVES, "the WAL never started over");
  }
}

/** Cuts the power at many moments of a server's life. @param check Is given what was acknowledged, and what is left. */
async function cutPower(
  appendfsync: string,
  writeBehind: WriteBehind,
  check: (acknowledged: readonly number[], found: readonly number[], when: string) => void,
): Promise<void> {
  const { calls, files } = await traceLife(appendfsync, writeBehind);
  const random = randomNumbers(SEED);
  const cuts = chooseCuts(calls, random);
  const disk = new SimulatedDisk(files);
  const acknowledged = Array.from({ length: CLIENTS }, () => 0);
  for (const [index, call] of calls.entries()) {
    disk.apply(call);
    if (call.kind === "send") {
      for (const [, slot, number] of call.text.matchAll(/acknowledged:(\d+):(\d+);/g)) {
        acknowledged[Number(slot)] = Number(number);
      }
    }
    if (!cuts.has(index)) continue;
    for (const unsynced of UNSYNCED) {
      const when = `a power cut at call ${index}, what was not synced ${unsynced} ` +
        `(REDLITE_TEST_SEED=${SEED})`;
      check(acknowledged, await readAfter(disk.cut(unsynced, random), when), when);
    }
  }
  assert.deepEqual(acknowledged, acknowledged.map(() => OPERATIONS_A_CLIENT));
}

/** Moments for cuts: after replies left, in the middle of checkpoints, and any. */
function chooseCuts(calls: readonly SystemCall[], random: (below: number) => number): Set<number> {
  const all = [...calls.keys()];
  const kinds = [
    all.filter((index) => calls[index]!.kind === "send"),
    all.filter((index) => {
      const call = calls[index]!;
      return call.kind === "write" && call.file.endsWith(".db");
    }),
    all,
  ];
  return new Set(Array.from({ length: CUTS }, (_, i) => {
    const kind = kinds[i % kinds.length]!;
    return kind[random(kind.length)]!;
  }));
}

const tracing = hasStrace();
const skipped = tracing ? "" : " (skipped: no strace)";

for (const writeBehind of ["no", "yes"] as const) {
  const log = writeBehind === "yes" ? " and a log before the database" : "";

  Deno.test({
    name:
      `with appendfsync always${log} a power cut at any moment loses nothing acknowledged${skipped}`,
    ignore: !tracing,
    fn: () =>
      cutPower("always", writeBehind, (acknowledged, found, when) => {
        for (const [client, number] of acknowledged.entries()) {
          assert.ok(found[client]! >= number, `${when}: ${found} operations of ${acknowledged}`);
        }
      }),
  });

  Deno.test({
    name:
      `with appendfsync no${log} a power cut leaves the file as it was at some moment${skipped}`,
    ignore: !tracing,
    async fn() {
      let lost = 0;
      await cutPower("no", writeBehind, (acknowledged, found) => {
        for (const [client, number] of acknowledged.entries()) {
          lost += Math.max(0, number - found[client]!);
        }
      });
      // Without this the simulation would show nothing: what is not synced does get lost.
      assert.ok(lost > 0);
    },
  });
}

Deno.test("with appendfsync always no reply leaves before the sync that it waits for has ended", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`, copies = `${directory.path}/copies`;
  await Deno.mkdir(copies);
  const { port, stop } = await spawnServer(Deno.execPath(), [
    "run",
    "-A",
    "--no-check",
    new URL("copying_server.ts", import.meta.url).pathname,
    path,
    copies,
    // The syncs of a log are not those that are copied at; the tests above rebuild both files.
    ...["--appendfsync", "always", "--maxdisk", MAX_DISK, "--write-behind", "no"],
  ]);
  // What was acknowledged when a sync was the last to have ended must be in the copy made when it began.
  const required = new Map<number, number[]>();
  const acknowledged = Array.from({ length: CLIENTS }, () => 0);
  await Promise.all(acknowledged.map((_, slot) =>
    operate(port, slot, (number) => {
      acknowledged[slot] = number;
      const completed = Number(Deno.readTextFileSync(`${copies}/completed`));
      required.set(completed, [...acknowledged]);
    })
  ));
  await stop();
  assert.ok(required.size > OPERATIONS_A_CLIENT / 2, `${required.size} syncs`);
  const every = Math.ceil(required.size / CUTS);
  for (const [number, wanted] of [...required].filter((_, index) => index % every === 0)) {
    const files = await readCopy(copies, number);
    const when = `a power cut after sync ${number}`;
    const found = await readAfter(files, when);
    assert.ok(
      found.every((count, slot) => count >= wanted[slot]!),
      `${when}: ${found} of ${wanted}`,
    );
  }
});

async function readCopy(directory: string, number: number): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const suffix of ["", "-wal"]) {
    files.set(`redlite.db${suffix}`, await Deno.readFile(copyOf(directory, number) + suffix));
  }
  return files;
}

testOnDrivers(
  "with everysec a power cut loses what was written in the last second at most",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    using copies = new SyncedCopies(file.path, file.directory);
    const begunAt = new Map<number, number>();
    copies.onBegun = (number) => begunAt.set(number, file.clock.now());
    const store = file.open({ durability: "everysec" });
    await store.walSync.prepare();
    /** When each key was written, and the last sync that had ended then. */
    const written: { key: string; atMs: number; synced: number }[] = [];
    const start = file.clock.now();
    while (file.clock.now() < start + 4000) {
      const key = `key:${written.length}`;
      put(store, key, "value");
      store.endTurn();
      file.clock.advance(40);
      // The clock stands while the disk works.
      await new Promise((resolve) => setTimeout(resolve, 0));
      while (copies.completed < copies.begun) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      written.push({ key, atMs: file.clock.now(), synced: copies.completed });
    }
    assert.ok(copies.completed >= 4, `${copies.completed} syncs`);
    let lost = 0;
    for (const { atMs, synced } of written.filter(({ synced }) => synced > 0)) {
      const keys = keysOf(copyOf(file.directory, synced));
      for (const { key } of written.filter((write) => write.atMs <= atMs - 1000)) {
        assert.ok(keys.has(key), `${key} is lost by a power cut at ${atMs - start} ms`);
      }
      lost += written.filter((write) => write.atMs <= atMs && !keys.has(write.key)).length;
    }
    // What was written since does get lost: nobody promised more.
    assert.ok(lost > 0);
  },
);

/** The keys of a copy. */
function keysOf(path: string): Set<string> {
  using database = new DatabaseSync(path);
  const rows = database.prepare("SELECT CAST(key AS TEXT) AS key FROM keys").all();
  return new Set(rows.map(({ key }) => String(key)));
}
