/**
 * An index says what its keys say, whatever befell them: each kind of change, processes that work on
 * one file, kills, full disks, backups, eviction. Expected results are computed by reading all keys.
 *
 * `REDLITE_TEST_SEED` chooses other actions.
 */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { Choice, SEED } from "../commands/search/same_as_stack.ts";
import { SMALL_DISK, smallDisk } from "../faults/small_disk.ts";
import { format, type RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

const COLORS = ["red", "green", "blue"];
const KEYS = 25;

type Words = readonly [string, ...string[]];

const INDEXES: readonly Words[] = [
  [
    ...["FT.CREATE", "hashes", "PREFIX", "1", "d:", "SCHEMA", "t", "TEXT"] as const,
    ...["n", "NUMERIC", "SORTABLE", "g", "TAG"],
  ],
  [
    ...["FT.CREATE", "documents", "ON", "JSON", "PREFIX", "1", "d:", "SCHEMA"] as const,
    ...["$.t", "AS", "t", "TEXT", "$.n", "AS", "n", "NUMERIC", "$.g", "AS", "g", "TAG"],
  ],
  ["FT.ALIASUPDATE", "alias", "hashes"],
];

/** A change of some key. */
function change(choice: Choice): Words {
  const key = () => `${choice.chance(0.9) ? "d" : "x"}:${choice.below(KEYS)}`;
  const color = () => choice.of(COLORS);
  const number = () => String(choice.below(60));
  const fields = () => ["t", `${color()} ${color()}`, "n", number(), "g", color()];
  switch (choice.below(26)) {
    case 0:
      return ["DEL", key()];
    case 1:
      return ["UNLINK", key(), key()];
    case 2:
      return ["RENAME", key(), key()];
    case 3:
      return ["COPY", key(), key(), "REPLACE"];
    case 4:
      return ["COPY", key(), key(), "DB", "1", "REPLACE"];
    case 5:
      return ["MOVE", key(), "1"];
    case 6:
      return ["SET", key(), "a string"];
    case 7:
      return ["HDEL", key(), "t"];
    case 8:
      return ["HINCRBY", key(), "n", "7"];
    case 9:
      return ["PEXPIREAT", key(), "1"];
    case 10:
      return ["HPEXPIREAT", key(), "1", "FIELDS", "1", choice.of(["t", "n", "g"])];
    case 11:
      return ["EXPIRE", key(), "1000"];
    case 12:
      return ["JSON.SET", key(), "$.n", number()];
    case 13:
      return ["JSON.DEL", key(), "$.t"];
    case 14:
      return ["JSON.NUMINCRBY", key(), "$.n", "5"];
    case 15:
      return [
        "EVAL",
        "redis.call('HSET', KEYS[1], 't', ARGV[1]); redis.call('DEL', KEYS[2]); " +
        "if ARGV[1] == 'red' then error('thrown') end",
        "2",
        key(),
        key(),
        color(),
      ];
    case 16:
      return ["SADD", key(), "member"];
    case 17:
      return ["HGETDEL", key(), "FIELDS", "1", "g"];
    case 18:
    case 19:
    case 20:
    case 21: {
      const document = { t: `${color()} ${color()}`, n: choice.below(60), g: color() };
      return ["JSON.SET", key(), "$", JSON.stringify(document)];
    }
    default:
      return ["HSET", key(), ...fields()];
  }
}

/** Changes of all keys, or of indexes, after which indexes may be scanning. */
function sweeping(choice: Choice): readonly Words[] {
  switch (choice.below(6)) {
    case 0:
      return [["SWAPDB", "0", "1"]];
    case 1:
      return [["FLUSHDB"], ...INDEXES];
    case 2:
      return [["FT.DROPINDEX", "hashes", "DD"], INDEXES[0]!, INDEXES[2]!];
    case 3:
      return [["FT.DROPINDEX", "documents"], INDEXES[1]!];
    case 4:
      return [["FT.SYNUPDATE", "hashes", "group", "red", "crimson"]];
    default:
      return [["FT.ALTER", "hashes", "SCHEMA", "ADD", `m${choice.below(1e9)}`, "TAG"]];
  }
}

/** Runs a command; one that is refused changes nothing. */
function run(db: Redlite, [name, ...args]: Words): void {
  try {
    db.call(name, ...args);
  } catch (error) {
    assert.doesNotMatch(
      String(error),
      /internal error|\bTypeError|\bRangeError/,
      `${name} ${args.join(" ")}`,
    );
  }
}

function indexing(db: Redlite): boolean {
  return INDEXES.slice(0, 2).some(([, name = ""]) => {
    const info = db.call("FT.INFO", name);
    assert.ok(info instanceof Map);
    return info.get("indexing") !== 0;
  });
}

/** Waits until all keys that existed are indexed. */
async function settled(db: Redlite): Promise<void> {
  while (indexing(db)) await new Promise((resolve) => setTimeout(resolve, 2));
}

function found(db: Redlite, index: string, query: string): string[] {
  const reply = db.call(
    ...["FT.SEARCH", index, query, "VERBATIM", "NOCONTENT", "LIMIT", "0", "1000"] as const,
    ...["TIMEOUT", "0"],
  );
  assert.ok(reply instanceof Map);
  const results: unknown = reply.get("results");
  assert.ok(Array.isArray(results));
  return results.map((result: Map<string, unknown>) => String(result.get("id"))).sort();
}

interface Row {
  readonly t?: unknown;
  readonly n?: unknown;
  readonly g?: unknown;
}

/** The documents of an index, by reading all keys. */
function rowsOf(db: Redlite, index: string): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const key of db.keys("d:*")) {
    const type = db.type(key);
    if (index === "hashes" && type === "hash") rows.set(key, Object.fromEntries(db.hgetall(key)));
    if (index === "documents" && type === "ReJSON-RL") {
      const text = db.call("JSON.GET", key);
      assert.equal(typeof text, "string");
      rows.set(key, JSON.parse(String(text)));
    }
  }
  return rows;
}

/** Checks that every query finds what it should. @returns How many documents there are. */
function check(db: Redlite, when: string): number {
  let count = 0;
  for (const index of ["hashes", "documents"]) {
    const rows = [...rowsOf(db, index)];
    count += rows.length;
    const expect = (query: string, test: (row: Row) => boolean) => {
      const wanted = rows.filter(([, row]) => test(row)).map(([key]) => key).sort();
      assert.deepEqual(
        found(db, index, query),
        wanted,
        `${when}: ${query} of ${index} (REDLITE_TEST_SEED=${SEED})`,
      );
    };
    expect("*", () => true);
    for (const color of COLORS) {
      expect(color, ({ t }) => String(t ?? "").split(" ").includes(color));
      expect(`@g:{${color}}`, ({ g }) => g === color);
    }
    expect("@n:[30 +inf]", ({ n }) => n !== undefined && Number(n) >= 30);
  }
  assert.deepEqual(found(db, "alias", "*"), found(db, "hashes", "*"), when);
  return count;
}

async function assertSound(db: Redlite, when: string): Promise<void> {
  check(db, when);
  assert.deepEqual(await db.integrity(), [], when);
}

/** Lets the event loop go round: what is read in one stretch of code is read from one snapshot. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

for (const history of [false, true]) {
  Deno.test(`indexes follow every change of a key${history ? ", with its history kept" : ""}`, async () => {
    await using directory = await temporaryDirectory();
    await using db = Redlite.open(`${directory.path}/redlite.db`);
    if (history) db.history.enable();
    for (const words of INDEXES) run(db, words);
    const choice = new Choice(SEED + Number(history));
    for (let i = 0; i < 500; i++) {
      if (choice.chance(0.03)) {
        for (const words of sweeping(choice)) run(db, words);
        await settled(db);
      } else if (choice.chance(0.1)) {
        assert.throws(() =>
          db.transaction(() => {
            for (let n = 0; n < 4; n++) run(db, change(choice));
            check(db, `action ${i}, within a transaction`);
            throw new Error("taken back");
          }), /taken back/);
      } else run(db, change(choice));
      if (choice.chance(0.2)) check(db, `action ${i}`);
    }
    await assertSound(db, "at the end");
  });
}

/** Sends changes to a server; every fifth or so as a transaction. */
async function send(client: RespClient, choice: Choice, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const inside = Array.from({ length: choice.chance(0.2) ? 4 : 1 }, () => change(choice));
    const commands: Words[] = inside.length > 1 ? [["MULTI"], ...inside, ["EXEC"]] : inside;
    for (const reply of await client.pipeline(commands)) {
      assert.doesNotMatch(
        format(reply),
        /internal error|\bTypeError|\bRangeError/,
        commands.join("; "),
      );
    }
  }
}

Deno.test("indexes follow a server and a program that write to one file", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const choice = new Choice(SEED + 2), other = new Choice(SEED + 3);
  {
    await using db = Redlite.open(`${server.directory}/redlite.db`);
    for (const words of INDEXES) run(db, words);
    for (let round = 0; round < 20; round++) {
      const sent = send(client, choice, 12);
      for (let i = 0; i < 12; i++) {
        run(db, change(other));
        await pause();
      }
      await sent;
      await pause();
      check(db, `round ${round}`);
      const count = ["FT.SEARCH", "hashes", "*", "LIMIT", "0", "0", "TIMEOUT", "0"];
      const total = format(await client.send(...count));
      assert.equal(total, `[:${rowsOf(db, "hashes").size}]`, `round ${round}, by the server`);
    }
    await assertSound(db, "at the end");
  }
  assert.equal(format(await client.send("INTEGRITY")), "+OK");
});

Deno.test("indexes of a server that was killed are right when it starts again", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const choice = new Choice(SEED + 4);
  {
    await using db = Redlite.open(path);
    for (const words of INDEXES) run(db, words);
  }
  for (let kill = 0; kill < 4; kill++) {
    await using server = await startRedlite({ directory: directory.path });
    const client = await server.connect();
    let killed = false;
    const sending = (async () => {
      while (!killed) await send(client, choice, 1);
    })().catch((error) => {
      if (!killed) throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, 150 + choice.below(200)));
    killed = true;
    await server.kill9();
    await sending;
    client.close();
    await using db = Redlite.open(path);
    await settled(db);
    await assertSound(db, `after kill ${kill + 1}`);
  }
});

Deno.test("a backup, what is restored of it, and a file that is only read have their indexes", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`, copy = `${directory.path}/copy.db`;
  let count = 0;
  {
    await using db = Redlite.open(path);
    for (const words of INDEXES) run(db, words);
    const choice = new Choice(SEED + 5);
    for (let i = 0; i < 150; i++) run(db, change(choice));
    count = check(db, "before");
    await db.backup(copy);
    await using reader = Redlite.open(path, { readonly: true });
    assert.equal(check(reader, "read only"), count);
    run(db, ["HSET", "d:new", "t", "red", "n", "30", "g", "red"]);
    await pause();
    assert.equal(check(reader, "read only, after a write"), count + 1);
  }
  {
    await using db = Redlite.open(copy);
    await assertSound(db, "the backup");
  }
  const restored = `${directory.path}/restored.db`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "server.ts", "--restore", copy, "--db", restored],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  await using db = Redlite.open(restored);
  assert.equal(check(db, "restored"), count);
  const choice = new Choice(SEED + 6);
  for (let i = 0; i < 100; i++) run(db, change(choice));
  await assertSound(db, "restored, after writes");
});

Deno.test("keys that are evicted leave their index", async () => {
  await using server = await startRedlite({ args: ["--maxmemory-policy", "allkeys-random"] });
  await using client = await server.connect();
  for (const words of INDEXES) await client.send(...words);
  const filler = "x".repeat(2000);
  const commands = Array.from({ length: 300 }, (_, i) => [
    ...["HSET", `d:${i}`, "t", i % 2 === 0 ? "red" : "blue", "n", String(i), "filler", filler],
  ]);
  await client.pipeline(commands);
  assert.equal(format(await client.send("CONFIG", "SET", "maxmemory", "300kb")), "+OK");
  await client.pipeline(commands);
  await using db = Redlite.open(`${server.directory}/redlite.db`);
  const count = check(db, "after eviction");
  assert.ok(count > 0 && count < 300, `${count} documents are left`);
  await assertSound(db, "after eviction");
});

Deno.test({
  name: SMALL_DISK === undefined
    ? "an index on a full disk (skipped: no small disk can be made here)"
    : `writes that a full disk refuses leave nothing in an index (${SMALL_DISK})`,
  ignore: SMALL_DISK === undefined,
  async fn() {
    await using disk = await smallDisk(3 * 1024);
    await using server = await disk.start({ appendfsync: "always" });
    await using client = await server.connect();
    for (const words of INDEXES) await client.send(...words);
    const choice = new Choice(SEED + 7);
    const text = () => Array.from({ length: 300 }, () => `w${choice.below(1e6)}`).join(" ");
    let refused = 0;
    for (let i = 0; refused < 20; i++) {
      const words = ["HSET", `d:${i}`, "t", `${choice.of(COLORS)} ${text()}`, "n", String(i)];
      const answer = format(await client.send(...words));
      if (answer.startsWith("-")) {
        assert.match(answer, /^-(MISCONF the disk is full|IOERR nothing was)/);
        refused++;
      }
    }
    await disk.grow(64 * 1024, server);
    assert.match(format(await client.send("HSET", "d:more", "t", "red")), /^:1$/);
    assert.equal(format(await client.send("INTEGRITY")), "+OK");
    await using db = Redlite.open(`${disk.directory}/redlite.db`);
    assert.ok(check(db, "with room again") > 10);
    await db.close();
  },
});
