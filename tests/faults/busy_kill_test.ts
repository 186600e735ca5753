/**
 * What was answered survives SIGKILL of a busy server with a log before the database: while rows are set apart and
 * another thread writes them, while others come and go, and while what the one before left in the log is applied.
 *
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other steps and more kills.
 */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { named, notLinux } from "../harness/lacking.ts";
import type { RespClient } from "../harness/resp_client.ts";
import { SEED } from "../harness/seed.ts";
import { hasTool, startRedlite, temporaryDirectory, type TestServer } from "../harness/servers.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { BusyClient, textOf } from "./busy_client.ts";
import type { Mix } from "./busy_steps.ts";
import { faultsOf } from "./file_check.ts";
import { visit, Writer } from "./killing.ts";
import { openFrames } from "./open_frames.ts";

/** How many servers are killed. */
const KILLS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 9);
/** As many meet everything. */
const MANY_KILLS = 100;
const CLIENTS = 3;
/** How long a server is busy, in milliseconds. */
const SHORTEST_MS = 60, LONGEST_MS = 800;
/** How much longer one may be, to be killed while another thread writes: if that may be, and if it must be. */
const MOST_WAITING_MS = 600, MOST_WAITING_ALONE_MS = 3000;
/** How long before a server is killed others come at the earliest: for half a second after them there is no log. */
const VISIT_MS = 120;
/** How long one has to begin, of those that are killed before they have. */
const START_MS = 500;
/** Servers after which the file is looked at as SQLite finds it, without the log. */
const LIVES_A_CHECK = 4;

/** Megabytes of memory for rows and pages, by turns: the fewer, the sooner rows are written. */
const CACHES = [1, 2, 4, 16];
/** A limit of the disk with which the WAL starts over and the log's files take turns within a second. */
const LIMIT = "24mb";
/**
 * A WAL that a server with it may begin with, in bytes: past 64 MB of it writes are refused, and where others
 * keep the processors busy checkpoints are late.
 */
const LIMITED_WAL = 8 * 1024 * 1024;
const LEVELS = ["everysec", "always", "no"] as const;

/** Of these all rows are held back, set apart and written by another thread. */
const STRINGS: Mix = { set: 20, setLater: 3, append: 3 };
const ELEMENTS: Mix = {
  hset: 5,
  hdel: 2,
  zaddRising: 4,
  zaddFalling: 4,
  zrem: 2,
  sadd: 4,
  srem: 3,
};
const ENDS: Mix = { push: 500, xadd: 500, pop: 1, xtrim: 1 };
/** These write by themselves, which makes everything one transaction again. */
const BRIEF: Mix = { setSoon: 3, setShortLived: 2, deleteShortLived: 1, delete: 2, expireLater: 1 };
const QUEUES: Mix = { push: 6, pop: 4, xadd: 8, xtrim: 1, xdel: 1 };
const POPS: Mix = { zaddRising: 4, zaddFalling: 4, zpopmin: 2, zpopmax: 2, saddNew: 4, spop: 4 };
const LARGE: Mix = { setLarge: 1, appendLarge: 2, deleteLarge: 1, deleteAll: 1 };
const RARE: Mix = { ...LARGE, delete: 1, saddNew: 1, spop: 1, push: 1, pop: 1, xadd: 1, xdel: 1 };

/** The same so many times as often. */
const times = (count: number, mix: Mix): Mix =>
  Object.fromEntries(Object.entries(mix).map(([kind, share]) => [kind, share * count]));

/** What the clients of a server do: first what has another thread write nearly always. */
const MIXES: readonly Mix[] = [
  STRINGS,
  ELEMENTS,
  { ...STRINGS, ...ELEMENTS },
  ENDS,
  { ...times(1000, { ...STRINGS, ...ELEMENTS }), ...RARE },
  { ...times(1000, ELEMENTS), ...RARE },
  { ...times(4, STRINGS), ...BRIEF },
  { ...QUEUES, ...POPS },
  { ...times(30, { ...STRINGS, ...ELEMENTS, ...BRIEF, ...QUEUES, ...POPS }), ...LARGE },
];
const MIXES_ASIDE = 6;

const lacking = notLinux() ??
  (navigator.hardwareConcurrency < 2
    ? "needs two processors"
    : hasTool("sqlite3")
    ? undefined
    : "needs sqlite3");
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What kills have met. */
const totals = {
  kills: 0,
  /** Servers killed while another thread was writing. */
  threads: 0,
  /** Servers that left rows of an open transaction in the WAL. */
  frames: 0,
  /** Servers that left turns in the log which are not in the database. */
  turns: 0,
};

/** How many threads of a process have the name of its first: those that are begun by calls of the C library. */
function namesakes(pid: number): number {
  const first = Deno.readTextFileSync(`/proc/${pid}/comm`);
  let count = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      if (Deno.readTextFileSync(`/proc/${pid}/task/${name}/comm`) === first) count++;
    } catch (error) {
      // It has ended meanwhile.
      if (!(error instanceof Deno.errors.NotFound) && !isNoProcess(error)) throw error;
    }
  }
  return count;
}

const isNoProcess = (error: unknown) =>
  error instanceof Error && error.message.includes("os error 3");

/** The size of a file, if there is one. */
const sizeOf = (path: string) => Deno.stat(path).then(({ size }) => size, () => 0);

/** Opens the file, counts there, and leaves it. */
async function visitByRedlite(path: string): Promise<void> {
  await using db = Redlite.open(path, { driver: "builtin" });
  db.call("INCR", "visits");
}

/** One file, its clients, and the servers that it has one after the other. */
class BusyFile {
  readonly #path: string;
  readonly #wal: string;
  readonly #directory: string;
  readonly #random = randomNumbers(SEED + 11);
  readonly #clients = Array.from({ length: CLIENTS }, (_, name) => new BusyClient(name));
  #visits = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#path = `${directory}/redlite.db`;
    this.#wal = `${this.#path}-wal`;
  }

  /** Steps that were answered. */
  get answered(): number {
    return this.#clients.reduce((sum, { answered }) => sum + answered, 0);
  }

  #start(
    appendfsync: typeof LEVELS[number],
    cache: number,
    isLimited: boolean,
  ): Promise<TestServer> {
    const args = ["--write-behind", "yes", "--cache", String(cache)];
    if (isLimited) args.push("--maxdisk", LIMIT);
    return startRedlite({ directory: this.#directory, appendfsync, args });
  }

  /** One server: checks what it finds, keeps it busy, and kills it. */
  async live(life: number): Promise<void> {
    const random = this.#random;
    const level = LEVELS[random(3)]!, cache = CACHES[random(4)]!;
    const isLimited = random(2) === 0 && await sizeOf(this.#wal) < LIMITED_WAL;
    // None, one and two others with each.
    const others = life % 3, choice = Math.floor(life / 3) % MIXES.length, mix = MIXES[choice]!;
    const waitsMs = others === 0 && choice < MIXES_ASIDE && !isLimited
      ? MOST_WAITING_ALONE_MS
      : random(2) * MOST_WAITING_MS;
    const ms = SHORTEST_MS + random(LONGEST_MS - SHORTEST_MS);
    const visits = Array.from({ length: others }, () => ({
      at: ms - random(Math.min(ms, VISIT_MS)),
      by: random(2),
    }));
    await using server = await this.#start(level, cache, isLimited);
    if (server.log.includes("turns of the log were not in the database yet")) totals.turns++;
    const connections = await Promise.all(this.#clients.map(() => server.connect()));
    await this.#check(connections[0]!, `before life ${life}`);
    const idle = namesakes(server.pid);
    const work = Promise.all(
      this.#clients.map((client, i) => client.work(connections[i]!, mix)),
    );
    const visitors = Promise.all(visits.map(async ({ at, by }) => {
      await pause(at);
      if (by === 0) return await visit(this.#path);
      await visitByRedlite(this.#path);
      this.#visits++;
    }));
    await Promise.race([work, pause(ms)]);
    await this.#kill(server, idle, Date.now() + waitsMs);
    totals.kills++;
    if (await openFrames(this.#wal) > 0) totals.frames++;
    await Promise.all([work, visitors]);
    for (const connection of connections) connection.close();
    if (random(8) === 0) await this.#killOpener();
    if (life % LIVES_A_CHECK === 0) {
      assert.deepEqual(faultsOf(this.#path), [], `after life ${life}`);
    }
  }

  /** Kills a server: now, or when another thread writes, if that is so before some time. */
  async #kill(server: TestServer, idle: number, untilMs: number): Promise<void> {
    for (;;) {
      // It stands while it is looked at, and nobody has a turn in between who would wait for it.
      Deno.kill(server.pid, "SIGSTOP");
      const writes = namesakes(server.pid) > idle;
      if (writes || Date.now() >= untilMs) {
        if (writes) totals.threads++;
        return await server.kill9();
      }
      Deno.kill(server.pid, "SIGCONT");
      await pause(1);
    }
  }

  /** Has a process open the file that is killed while it applies the log, or a little later. */
  async #killOpener(): Promise<void> {
    const opener = new Writer(this.#path, 0, "yes");
    await pause(this.#random(START_MS));
    await opener.kill();
    totals.kills++;
  }

  /** Checks that nothing is lost. */
  async #check(client: RespClient, when: string): Promise<void> {
    for (const busy of this.#clients) await busy.check(client, when);
    const visits = await client.send("GET", "visits");
    assert.equal(textOf(visits), this.#visits === 0 ? "nil" : String(this.#visits), when);
  }

  /** Checks it once more, and that a clean end leaves a sound file without a log. */
  async end(): Promise<void> {
    {
      await using server = await this.#start("everysec", 16, false);
      await using client = await server.connect();
      await this.#check(client, "at the end");
    }
    assert.deepEqual(faultsOf(this.#path), [], "after a clean end");
    for (const suffix of ["-log", "-log2"]) {
      await assert.rejects(Deno.stat(this.#path + suffix), Deno.errors.NotFound);
    }
  }
}

Deno.test({
  ...named(`${KILLS} busy servers that are killed lose nothing they answered`, lacking),
  async fn() {
    await using directory = await temporaryDirectory();
    const file = new BusyFile(directory.path);
    for (let life = 1; totals.kills < KILLS; life++) await file.live(life);
    await file.end();
    if (Deno.env.has("REDLITE_TEST_RUNS")) console.log(totals, file.answered);
    assert.ok(totals.threads > 0, "no kill met a thread that wrote");
    assert.ok(totals.turns > 0, "no kill left turns in the log");
    if (KILLS < MANY_KILLS) return;
    assert.ok(totals.frames > 0, "no kill left rows of an open transaction in the WAL");
  },
});
