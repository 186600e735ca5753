/**
 * What was acknowledged survives SIGKILL at any moment: several writers work on one growing file, are killed after a
 * few milliseconds each and followed by others, while those that live go on.
 *
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other operations and more kills.
 */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { ConnectionClosed, format, type RespClient } from "../harness/resp_client.ts";
import { named, notLinux } from "../harness/lacking.ts";
import { hasTool, startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { assertFileHolds } from "./contents.ts";
import { faultsOf } from "./file_check.ts";
import { doneKey, Model, operation } from "./operations.ts";
import { SEED } from "../harness/seed.ts";

/** How many writers are killed. */
const KILLS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 200);
/** Writers at a time. */
const SLOTS = 3;
/** Kills after which all writers are gone and everything in the file is looked at. */
const KILLS_A_CHECK = 25;
/** A writer works between 5 and 60 ms. */
const SHORTEST_MS = 5;
const LONGEST_MS = 60;
/** Operations of each slot before the first writer begins: then large collections are large. */
const FIRST_OPERATIONS = 600;
/** Kills of a server whose clients wait for the disk. */
const SERVER_KILLS = Math.ceil(KILLS / 50);

/** A process of writer.ts. */
class Writer {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(path: string, slot: number) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", WRITER, path, String(SEED), String(slot)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The operations it found in the file. */
  async ready(): Promise<number> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      assert.ok(!done, "a writer ended before it was ready");
      this.#rest += value;
    }
    const [line, rest] = this.#rest.split("\n");
    this.#rest = rest!;
    return Number(/^ready (\d+)$/.exec(line!)?.[1]);
  }

  /** Lets it work for so long, kills it, and gives the operations it acknowledged, 0 for none. */
  async workUntilKilled(ms: number): Promise<number> {
    const stdin = this.#child.stdin.getWriter();
    await stdin.write(Uint8Array.of(10));
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child.kill("SIGKILL");
    let text = this.#rest;
    for (;;) {
      const { value, done } = await this.#lines.read();
      if (done) break;
      text += value;
    }
    await stdin.close().catch(() => {});
    assert.equal((await this.#child.status).signal, "SIGKILL", "a writer ended by itself");
    // A line that was cut off acknowledges nothing.
    return Number(text.split("\n").at(-2) ?? 0);
  }
}

const WRITER = new URL("writer.ts", import.meta.url).pathname;

/** What is known of one slot. */
interface Slot {
  /** The last operation that was acknowledged. */
  acknowledged: number;
  /** The last one that the model has. */
  modelled: number;
}

/** Checks that the file holds what was acknowledged in a slot, and at most the operation after that. */
function assertFound(slot: number, found: number, acknowledged: number): void {
  assert.ok(
    found === acknowledged || found === acknowledged + 1,
    `slot ${slot}: ${found} operations found, ${acknowledged} acknowledged (REDLITE_TEST_SEED=${SEED})`,
  );
}

/** Has the model catch up with the operations of a slot that are in the file. */
function catchUp(model: Model, slot: number, state: Slot, found: number): void {
  while (state.modelled < found) {
    for (const words of operation(SEED, slot, ++state.modelled)) model.apply(words);
  }
  state.acknowledged = found;
}

/** Checks everything in a file that no process has open. */
async function assertNothingLost(
  path: string,
  model: Model,
  slots: readonly Slot[],
  when: string,
): Promise<void> {
  assert.deepEqual(faultsOf(path), [], `${when} (REDLITE_TEST_SEED=${SEED})`);
  {
    await using db = Redlite.open(path, { driver: "builtin" });
    for (const [slot, state] of slots.entries()) {
      const found = Number(db.get(doneKey(slot)) ?? 0);
      assertFound(slot, found, state.acknowledged);
      catchUp(model, slot, state, found);
    }
  }
  await assertFileHolds(path, model, `${when} (REDLITE_TEST_SEED=${SEED})`);
}

/** Makes a file with collections as large as they get, and gives the slots' states. */
async function makeFile(path: string, model: Model): Promise<Slot[]> {
  await using db = Redlite.open(path, { driver: "builtin", appendfsync: "no" });
  const slots: Slot[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    db.transaction(() => {
      for (let number = 1; number <= FIRST_OPERATIONS; number++) {
        for (const [name, ...args] of operation(SEED, slot, number)) db.call(name!, ...args);
      }
    });
    const state = { acknowledged: FIRST_OPERATIONS, modelled: 0 };
    catchUp(model, slot, state, FIRST_OPERATIONS);
    slots.push(state);
  }
  return slots;
}

Deno.test(`${KILLS} writers killed in mid-work lose nothing they acknowledged`, async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const model = new Model();
  const slots = await makeFile(path, model);
  const random = randomNumbers(SEED);

  for (let kills = 0; kills < KILLS;) {
    const end = Math.min(KILLS, kills + KILLS_A_CHECK);
    await Promise.all(slots.map(async (state, slot) => {
      while (kills < end) {
        kills++;
        const writer = new Writer(path, slot);
        const found = await writer.ready();
        assertFound(slot, found, state.acknowledged);
        catchUp(model, slot, state, found);
        const ms = SHORTEST_MS + random(LONGEST_MS - SHORTEST_MS);
        state.acknowledged = Math.max(found, await writer.workUntilKilled(ms));
      }
    }));
    await assertNothingLost(path, model, slots, `after ${kills} kills`);
  }
  for (const { modelled } of slots) {
    const operations = modelled - FIRST_OPERATIONS;
    assert.ok(operations >= KILLS / SLOTS, `only ${operations} operations in a slot`);
  }
});

/**
 * Has `sqlite3` open a database again and again, look into it and write to a table of its own, until
 * told to end.
 */
async function visit(path: string, going: () => boolean): Promise<void> {
  while (going()) {
    const { success, stderr } = await new Deno.Command("sqlite3", {
      args: [
        ...["-cmd", ".timeout 5000", path],
        "CREATE TABLE IF NOT EXISTS visits(n); INSERT INTO visits SELECT count(*) FROM keys",
      ],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Has a server run a slot's operations, each a transaction, until it is killed. */
async function operateUntilKilled(client: RespClient, slot: number, state: Slot): Promise<void> {
  try {
    for (let number = state.acknowledged + 1;; number++) {
      const commands = operation(SEED, slot, number);
      const replies = await client.pipeline([["MULTI"], ...commands, ["EXEC"]]);
      const last = replies[replies.length - 1]!;
      assert.ok(last.type === "array", `operation ${number} of slot ${slot}: ${format(last)}`);
      state.acknowledged = number;
    }
  } catch (error) {
    const killed = error instanceof ConnectionClosed || error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.ConnectionReset;
    if (!killed) throw error;
  }
}

Deno.test(`${SERVER_KILLS} servers with appendfsync always lose nothing they acknowledged`, async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const model = new Model();
  const slots = await makeFile(path, model);
  const random = randomNumbers(SEED + 1);
  for (let kills = 1; kills <= SERVER_KILLS; kills++) {
    await using server = await startRedlite({ directory: directory.path, appendfsync: "always" });
    const clients = await Promise.all(slots.map(() => server.connect()));
    const load = Promise.all(
      slots.map((state, slot) => operateUntilKilled(clients[slot]!, slot, state)),
    );
    await Promise.race([
      load,
      new Promise((resolve) => setTimeout(resolve, 200 + random(300))),
    ]);
    await server.kill9();
    await load;
    for (const client of clients) client.close();
    await assertNothingLost(path, model, slots, `after server ${kills} was killed`);
  }
  assert.ok(slots.every(({ modelled }) => modelled > FIRST_OPERATIONS));
});

for (const appendfsync of ["always", "everysec"] as const) {
  Deno.test({
    ...named(
      `${
        SERVER_KILLS * 3
      } servers with a log before the database lose nothing they acknowledged (${appendfsync})`,
      notLinux() ?? (hasTool("sqlite3") ? undefined : "needs sqlite3"),
    ),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/redlite.db`;
      const model = new Model();
      const slots = await makeFile(path, model);
      const random = randomNumbers(SEED + 2);
      let logged = 0;
      for (let kills = 1; kills <= SERVER_KILLS * 3; kills++) {
        await using server = await startRedlite({
          directory: directory.path,
          appendfsync,
          args: ["--write-behind", "yes"],
        });
        const clients = await Promise.all(slots.map(() => server.connect()));
        let going = true;
        const load = Promise.all(
          slots.map((state, slot) => operateUntilKilled(clients[slot]!, slot, state)),
        );
        // Nobody, one and two come and go.
        const visitors = Promise.all(
          Array.from({ length: kills % 3 }, () => visit(path, () => going)),
        );
        await Promise.race([
          load,
          new Promise((resolve) => setTimeout(resolve, 200 + random(700))),
        ]);
        await server.kill9();
        going = false;
        await load;
        await visitors;
        for (const client of clients) client.close();
        if (await Deno.stat(`${path}-log`).then(({ size }) => size > 64, () => false)) logged++;
        await assertNothingLost(path, model, slots, `after server ${kills} was killed`);
      }
      assert.ok(slots.every(({ modelled }) => modelled > FIRST_OPERATIONS));
      assert.ok(logged > 0, "no server had anything in a log");
    },
  });
}
