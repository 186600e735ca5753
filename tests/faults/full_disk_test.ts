/** A disk without room: writes are refused and leave nothing half done, reads go on, and writes again once there is room. */

import { strict as assert } from "node:assert";
import { Redlite, StorageError } from "../../mod.ts";
import { ServedDatabase } from "../harness/database.ts";
import type { ServerOptions } from "../harness/servers.ts";
import { format, type RespClient } from "../harness/resp_client.ts";
import { DRIVERS } from "../store/open.ts";
import { assertFileHolds, assertHolds } from "./contents.ts";
import { faultsOf } from "./file_check.ts";
import { Model, operation } from "./operations.ts";
import { SMALL_DISK, smallDisk } from "./small_disk.ts";
import { SEED } from "../harness/seed.ts";

const SMALL_KIB = 3 * 1024;
const LARGE_KIB = 64 * 1024;
/** Refusals after which a disk counts as full. */
const REFUSALS = 30;

/** Runs a slot's operations on a server and keeps the model to what was acknowledged. */
class Operations {
  readonly model = new Model();
  /** Operations acknowledged. */
  done = 0;
  readonly #client: RespClient;

  constructor(client: RespClient) {
    this.#client = client;
  }

  /** Runs the next operation. @returns The error it was refused with. */
  async next(): Promise<string | undefined> {
    const commands = operation(SEED, 0, this.done + 1);
    const replies = await this.#client.pipeline([["MULTI"], ...commands, ["EXEC"]]);
    const last = replies[replies.length - 1]!;
    if (last.type === "error") return last.value;
    assert.equal(last.type, "array", format(last));
    this.done++;
    for (const words of commands) this.model.apply(words);
    return undefined;
  }

  /** Goes on until the disk is full. @returns The errors. */
  async untilFull(): Promise<string[]> {
    const errors: string[] = [];
    while (errors.length < REFUSALS) {
      const error = await this.next();
      if (error !== undefined) errors.push(error);
      assert.ok(this.done < 20_000, "the disk does not get full");
    }
    return errors;
  }
}

function testFullDisk(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: SMALL_DISK === undefined
      ? `${name} (skipped: no small disk can be made here)`
      : `${name} (${SMALL_DISK})`,
    ignore: SMALL_DISK === undefined,
    fn,
  });
}

for (
  const [appendfsync, writeBehind] of [
    ["always", "no"],
    ["everysec", "no"],
    ["always", "yes"],
    ["everysec", "yes"],
  ] as const
) {
  const log = writeBehind === "yes" ? ", with a log before the database" : "";
  testFullDisk(
    `a full disk refuses writes whole, and takes them again (${appendfsync}${log})`,
    async () => {
      await using disk = await smallDisk(SMALL_KIB);
      await using server = await disk.start({
        appendfsync,
        args: ["--write-behind", writeBehind],
      });
      await using client = await server.connect();
      const db = new ServedDatabase(client);
      const operations = new Operations(client);

      const errors = await operations.untilFull();
      for (const error of errors) {
        assert.match(error, /^(MISCONF the disk is full|IOERR nothing was)/);
      }
      assert.ok(operations.done > 50, `full after ${operations.done} operations`);
      // Reads go on, and find what was acknowledged and nothing else.
      await assertHolds(db, operations.model, "on the full disk");
      assert.equal(await db.call("PING"), "PONG");

      await disk.grow(LARGE_KIB, server);
      for (let i = 0; i < 200; i++) {
        assert.equal(await operations.next(), undefined, `operation ${i} with room again`);
      }
      await assertHolds(db, operations.model, "with room again");
      assert.equal((await server.stop()).code, 0, server.log);
      const path = `${disk.directory}/redlite.db`;
      assert.deepEqual(faultsOf(path), []);
      await assertFileHolds(path, operations.model, "in the file");
    },
  );
}

// With a log before the database there may be no room to apply it, as the next test has it.
testFullDisk("a server killed on a full disk has lost nothing when it starts again", async () => {
  await using disk = await smallDisk(SMALL_KIB);
  const options: ServerOptions = { appendfsync: "always", args: ["--write-behind", "no"] };
  await using server = await disk.start(options);
  const client = await server.connect();
  const operations = new Operations(client);
  await operations.untilFull();
  client.close();
  await server.kill9();
  // The disk is as full as it was.
  await using again = await disk.start(options);
  await using reader = await again.connect();
  await assertHolds(new ServedDatabase(reader), operations.model, "started again");
});

testFullDisk(
  "a log that a full disk keeps from being applied is applied once there is room",
  async () => {
    await using disk = await smallDisk(SMALL_KIB);
    const options: ServerOptions = { appendfsync: "always", args: ["--write-behind", "yes"] };
    await using server = await disk.start(options);
    const client = await server.connect();
    const operations = new Operations(client);
    await operations.untilFull();
    client.close();
    await server.kill9();
    try {
      await using again = await disk.start(options);
      await using reader = await again.connect();
      await assertHolds(new ServedDatabase(reader), operations.model, "started again");
    } catch (error) {
      assert.match(String(error), /the log of .* cannot be applied: .*full/);
    }
    await disk.grow(LARGE_KIB);
    await using again = await disk.start(options);
    await using reader = await again.connect();
    await assertHolds(new ServedDatabase(reader), operations.model, "with room");
  },
);

for (const { info: { name } } of DRIVERS) {
  testFullDisk(
    `what SAVE, LASTSAVE, INFO and the log say of a full disk is true (${name})`,
    async () => {
      await using disk = await smallDisk(SMALL_KIB);
      await using server = await disk.start({
        appendfsync: "everysec",
        args: ["--sqlite-driver", name],
      });
      await using client = await server.connect();
      const ask = async (...words: [string, ...string[]]) => format(await client.send(...words));
      const fact = async (name: string) =>
        new RegExp(`${name}:(\\w+)`).exec(await ask("INFO", "persistence"))?.[1];
      // In two places, of which neither has room for the other's half.
      const value = "x".repeat(20_000);
      let refused = 0;
      for (let i = 0; refused < REFUSALS; i++) {
        if (/^-/.test(await ask("SET", `k${i}`, value))) refused++;
      }
      assert.equal(await fact("aof_last_write_status"), "err");
      const before = await ask("LASTSAVE");
      const saved = await ask("SAVE");
      if (SMALL_DISK === "a tmpfs") {
        assert.match(saved, /^-(MISCONF the disk is full|IOERR )/);
        assert.equal(await ask("LASTSAVE"), before);
        assert.equal(await fact("aof_last_bgrewrite_status"), "err");
      }
      await disk.grow(LARGE_KIB, server);
      assert.equal(await ask("SAVE"), "+OK");
      assert.equal(await ask("SET", "k", "v"), "+OK");
      assert.equal(await fact("aof_last_write_status"), "ok");
      assert.equal(await fact("aof_last_bgrewrite_status"), "ok");
      assert.equal((await server.stop()).code, 0);
      const lines = server.log.split("\n").filter((line) => line.includes("was rolled back"));
      assert.ok(lines.length >= 1 && lines.length <= 3, server.log);
    },
  );
}

Deno.test({
  name: SMALL_DISK === "a tmpfs"
    ? "an embedded database on a full disk throws, and its transaction is rolled back (a tmpfs)"
    : "an embedded database on a full disk (skipped: no tmpfs can be mounted)",
  ignore: SMALL_DISK !== "a tmpfs",
  async fn() {
    await using disk = await smallDisk(SMALL_KIB);
    const path = `${disk.directory}/redlite.db`;
    {
      await using db = Redlite.open(path);
      let stored = 0;
      const add = () =>
        db.transaction(() => {
          db.rpush("list", "x".repeat(5000), "y".repeat(5000));
          db.incr("stored");
        });
      assert.throws(() => {
        for (; stored < 10_000; stored++) add();
      }, StorageError);
      assert.ok(stored > 50);
      assert.equal(db.get("stored"), String(stored));
      assert.equal(db.llen("list"), 2 * stored);
      assert.throws(add, StorageError);
      await disk.grow(LARGE_KIB);
      add();
      assert.equal(db.llen("list"), 2 * stored + 2);
    }
    assert.deepEqual(faultsOf(path), []);
  },
});
