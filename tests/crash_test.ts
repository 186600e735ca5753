/**
 * What was acknowledged survives `kill -9`: connections write in pipelines and note every reply, the server is killed
 * in mid-load and started again on the same file.
 */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import {
  type Command,
  ConnectionClosed,
  encode,
  format,
  latin1,
  type RespClient,
} from "./harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "./harness/servers.ts";

const ROUNDS = 3;
const WRITERS = 4;
const KEYS_A_WRITER = 25;
const PIPELINE = 16;
/** The server is killed once so many replies have come in a round. */
const ACKNOWLEDGED_BEFORE_KILL = 3000;

/** A key's value; null when there is none. */
type Value = string | null;

/**
 * What one key may hold. Only one connection writes it, so its values come in a known order: the last acknowledged one
 * must be there, or one that was sent after it.
 */
class KeyHistory {
  #values: Value[] = [null];
  #acknowledged = 0;

  get latest(): Value {
    return this.#values[this.#values.length - 1]!;
  }

  /** Notes a value as sent and returns the number to acknowledge it by. */
  sent(value: Value): number {
    return this.#values.push(value) - 1;
  }

  acknowledge(number: number): void {
    this.#acknowledged = number;
  }

  /** The values the key may hold now. */
  get possible(): Value[] {
    return this.#values.slice(this.#acknowledged);
  }

  /** Starts again from what was found in the file. */
  restart(value: Value): void {
    this.#values = [value];
    this.#acknowledged = 0;
  }
}

/** The same numbers from the same seed (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** One write: what is sent, what it leaves in the key and what must be replied. */
interface Write {
  command: Command;
  value: Value;
  reply: string;
}

function nextWrite(key: string, value: Value, random: (below: number) => number): Write {
  const kind = random(10);
  const isCounter = value === null || /^\d{1,15}$/.test(value);
  if (kind < 4) {
    const set = random(4) === 0 ? "v".repeat(random(3000)) + random(1000) : String(random(1e6));
    return { command: ["SET", key, set], value: set, reply: "+OK" };
  }
  if (kind < 6 && isCounter) {
    const sum = String(Number(value ?? 0) + 1);
    return { command: ["INCR", key], value: sum, reply: `:${sum}` };
  }
  if (kind < 9 && (value ?? "").length < 4000) {
    const tail = String(random(1e6));
    const appended = (value ?? "") + tail;
    return { command: ["APPEND", key, tail], value: appended, reply: `:${appended.length}` };
  }
  return { command: ["DEL", key], value: null, reply: value === null ? ":0" : ":1" };
}

/** Writes in pipelines until the server is gone, telling of every acknowledged write. */
async function writeUntilKilled(
  client: RespClient,
  histories: Map<string, KeyHistory>,
  random: (below: number) => number,
  onAcknowledged: () => void,
): Promise<void> {
  const keys = [...histories.keys()];
  try {
    while (true) {
      const sent = Array.from({ length: PIPELINE }, () => {
        const key = keys[random(keys.length)]!;
        const history = histories.get(key) as KeyHistory;
        const write = nextWrite(key, history.latest, random);
        return { ...write, history, number: history.sent(write.value) };
      });
      await client.raw(encode(...sent.map(({ command }) => command)));
      for (const { command, reply, history, number } of sent) {
        assert.equal(format(await client.readReply()), reply, `the reply to ${command.join(" ")}`);
        history.acknowledge(number);
        onAcknowledged();
      }
    }
  } catch (error) {
    const killed = error instanceof ConnectionClosed || error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.ConnectionReset;
    if (!killed) throw error;
  }
}

function integrity(file: string): unknown[] {
  using database = new DatabaseSync(file);
  return database.prepare("PRAGMA integrity_check").all().map((row) => row["integrity_check"]);
}

/** What a key may hold, short enough to read. */
function brief(value: Value): string {
  return value === null || value.length < 60 ? JSON.stringify(value) : `${value.length} characters`;
}

for (const appendfsync of ["always", "everysec"] as const) {
  Deno.test(`every acknowledged write survives kill -9 (appendfsync ${appendfsync})`, async () => {
    await using directory = await temporaryDirectory();
    const writers = Array.from(
      { length: WRITERS },
      (_, writer) =>
        new Map(
          Array.from({ length: KEYS_A_WRITER }, (_, i) => [`${writer}:${i}`, new KeyHistory()]),
        ),
    );

    for (let round = 1; round <= ROUNDS; round++) {
      await using loaded = await startRedlite({ directory: directory.path, appendfsync });
      const clients = await Promise.all(writers.map(() => loaded.connect()));
      const enough = Promise.withResolvers<void>();
      let acknowledged = 0;
      const load = Promise.all(
        writers.map((histories, writer) =>
          writeUntilKilled(clients[writer]!, histories, randomNumbers(round * 100 + writer), () => {
            if (++acknowledged === ACKNOWLEDGED_BEFORE_KILL) enough.resolve();
          })
        ),
      );
      // If a writer fails there will never be enough: its failure ends the wait.
      await Promise.race([enough.promise, load]);
      await loaded.kill9();
      await load;
      for (const client of clients) client.close();
      assert.ok(acknowledged >= ACKNOWLEDGED_BEFORE_KILL, "the server ended before it was killed");

      await using restarted = await startRedlite({ directory: directory.path, appendfsync });
      await using client = await restarted.connect();
      for (const histories of writers) {
        for (const [key, history] of histories) {
          const reply = await client.send("GET", key);
          const found = reply.type === "bulk" ? latin1(reply.value) : null;
          assert.ok(
            history.possible.includes(found),
            `round ${round}: ${key} holds ${brief(found)}, must hold one of ` +
              history.possible.map(brief).join(", "),
          );
          history.restart(found);
        }
      }
      const total = await client.send("DBSIZE");
      const live = writers.flatMap((histories) => [...histories.values()])
        .filter((history) => history.latest !== null);
      assert.equal(format(total), `:${live.length}`);
      await restarted.stop();
      if (restarted.databaseFile !== undefined) {
        assert.deepEqual(integrity(restarted.databaseFile), ["ok"]);
      }
    }
  });
}

Deno.test("a server stopped by SIGTERM keeps everything and exits with 0", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({ directory: directory.path, appendfsync: "everysec" });
    await using client = await server.connect();
    assert.equal(format(await client.send("SET", "kept", "v")), "+OK");
    const status = await server.stop();
    assert.equal(status.code, 0, `exit status ${status.code}, ${server.log}`);
  }
  await using server = await startRedlite({ directory: directory.path, appendfsync: "everysec" });
  await using client = await server.connect();
  assert.equal(format(await client.send("GET", "kept")), '"v"');
});

Deno.test("a server outlives the terminal it was started from", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("SET", "k", "v");
  Deno.kill(server.pid, "SIGHUP");
  assert.equal(format(await client.send("GET", "k")), '"v"');
  assert.equal((await server.stop()).code, 0);
});
