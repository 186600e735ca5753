/** With write-behind, what was answered is there after a crash, whoever opens the file next. */

import { strict as assert } from "node:assert";
import { basename } from "node:path";
import { Redlite, type RedliteOptions } from "../../../mod.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { commandTable } from "../../../src/commands/table/commands.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { toText } from "../../../src/embedded/data.ts";
import { applyLog } from "../../../src/embedded/log_applier.ts";
import { salvage } from "../../../src/store/rescue/salvage.ts";
import { run } from "../../server/run.ts";
import { Store } from "../../../src/store/store.ts";
import { DRIVERS } from "../open.ts";
import { crashed, filesOf } from "./crashes.ts";

const ffi = DRIVERS.some(({ info }) => info.name === "ffi") && notLinux() === undefined;

function testLog(name: string, fn: (path: string) => void | Promise<void>): void {
  Deno.test({
    ...named(name, ffi ? undefined : "no native library of SQLite on Linux"),
    async fn() {
      await using directory = await temporaryDirectory();
      await fn(`${directory.path}/app.db`);
    },
  });
}

const BEHIND: RedliteOptions = { writeBehind: true };

/** A field of INFO persistence. */
function fact(db: Redlite, name: string): string {
  const text = String(db.call("INFO", "persistence"));
  return new RegExp(`^${name}:(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
}

/** Commits what is open, as an idle event loop would. */
const settled = (db: Redlite) => db.call("SAVE") === "OK";

/** Changes a bit where a file has a text. */
async function damage(path: string, text: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[new TextDecoder("latin1").decode(bytes).indexOf(text)]! ^= 1;
  await Deno.writeFile(path, bytes);
}

testLog("a clean close leaves one file, with everything in it", async (path) => {
  {
    await using db = Redlite.open(path, BEHIND);
    db.set("k", "v");
    assert.equal(fact(db, "write_behind_active"), "1");
    assert.equal(fact(db, "write_behind_pending_turns"), "1");
    assert.ok(filesOf(path).includes("app.db-log"));
  }
  assert.deepEqual(filesOf(path), ["app.db"]);
  {
    using db = Redlite.open(path, BEHIND);
    assert.equal(db.get("k"), "v");
    db.set("k", "w");
  }
  assert.deepEqual(filesOf(path), ["app.db"]);
  using db = Redlite.open(path);
  assert.equal(db.get("k"), "w");
});

testLog(
  "what was written before a crash is applied by the next one to open the file",
  async (path) => {
    await using db = Redlite.open(path, BEHIND);
    db.set("committed", "1");
    assert.ok(settled(db));
    db.set("a", "x".repeat(100_000));
    for (let i = 0; i < 10; i++) db.incr("counter");
    db.lpush("list", "1", "2", "3");
    db.lpop("list");
    db.transaction(() => {
      db.zadd("z", [[1, "m"]]);
      db.hset("h", { f: "v" });
    });
    db.call("SELECT", 3);
    db.set("elsewhere", "3");
    db.call("SELECT", 0);
    assert.ok(Number(fact(db, "write_behind_pending_turns")) >= 2);
    for (const [i, options] of [{}, BEHIND, { driver: "builtin" } as const].entries()) {
      const copy = crashed(path, `copy${i}.db`);
      {
        using after = Redlite.open(copy, options);
        assert.equal(after.get("committed"), "1");
        assert.equal(after.get("a")?.length, 100_000);
        assert.equal(after.get("counter"), "10");
        assert.deepEqual(after.lrange("list", 0, -1), ["2", "1"]);
        assert.equal(after.zscore("z", "m"), 1);
        assert.equal(after.hget("h", "f"), "v");
        assert.equal(after.call("DEBUG", "DIGEST"), db.call("DEBUG", "DIGEST"));
        assert.deepEqual(after.call("INFO", "keyspace"), db.call("INFO", "keyspace"));
      }
      if (i < 2) assert.deepEqual(filesOf(copy), [`copy${i}.db`]);
      using again = Redlite.open(copy);
      assert.equal(again.get("counter"), "10");
    }
  },
);

testLog("turns that are in the database and in the log are not applied twice", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  for (let i = 0; i < 5; i++) db.incr("counter");
  assert.ok(settled(db));
  using after = Redlite.open(crashed(path, "copy.db"));
  assert.equal(after.get("counter"), "5");
  for (let i = 0; i < 5; i++) db.incr("counter");
  using later = Redlite.open(crashed(path, "later.db"));
  assert.equal(later.get("counter"), "10");
});

testLog(
  "what no effect tells of is committed as its turn ends, before what follows",
  async (path) => {
    await using db = Redlite.open(path, BEHIND);
    db.set("before", "1");
    db.sql.write("CREATE TABLE mine(n)");
    db.set("between", "2");
    db.sql.write("INSERT INTO mine VALUES (7)");
    db.set("after", "3");
    assert.equal(fact(db, "write_behind_pending_turns"), "1");
    using after = Redlite.open(crashed(path, "copy.db"));
    assert.deepEqual(after.mget("before", "between", "after"), ["1", "2", "3"]);
    assert.deepEqual(after.sql("SELECT n FROM mine"), [{ n: 7 }]);
  },
);

testLog("a turn of more than four megabytes is committed, and not written twice", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  db.set("before", "1");
  db.set("large", "x".repeat(5_000_000));
  assert.equal(fact(db, "write_behind_pending_turns"), "0");
  assert.ok(Number(fact(db, "write_behind_log_size")) < 1000);
  db.set("after", "1");
  using after = Redlite.open(crashed(path, "copy.db"));
  assert.deepEqual(after.mget("before", "after"), ["1", "1"]);
  assert.equal(after.strlen("large"), 5_000_000);
});

testLog("expiries, versions and their times come out as they were", async (path) => {
  await using db = Redlite.open(path, { ...BEHIND, history: {} });
  db.set("k", "1");
  db.set("short", "1", { px: 60_000 });
  assert.ok(settled(db));
  db.set("k", "2");
  await new Promise((resolve) => setTimeout(resolve, 5));
  db.call("PEXPIRE", "k", 500_000);
  db.set("k", "3", { keepttl: true });
  db.call("SPOP", "nothing");
  assert.ok(Number(fact(db, "write_behind_pending_turns")) > 0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  using after = Redlite.open(crashed(path, "copy.db"));
  for (
    const command of [["PEXPIRETIME", "k"], ["PEXPIRETIME", "short"], ["HISTORY", "GET", "k"]]
  ) {
    assert.deepEqual(
      after.call(...command as [string]),
      db.call(...command as [string]),
      command.join(" "),
    );
  }
});

testLog("the log of another database, or a damaged head, is not touched", async (path) => {
  const other = path.replace("app.db", "other.db");
  {
    await using db = Redlite.open(path, BEHIND);
    db.set("k", "v");
    const copy = crashed(path, "copy.db");
    await Deno.rename(`${copy}-log`, `${other}-log`);
  }
  assert.throws(
    () => Redlite.open(other),
    /other\.db-log is the log of another database than .*other\.db/,
  );
  assert.throws(() => Redlite.open(other), /is the log of another database/);
  await Deno.remove(`${other}-log`);
  using db = Redlite.open(other);
  assert.equal(db.get("k"), null);
});

testLog("a database that lacks what its log has is not read as it is", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  db.set("k", "v");
  const copy = crashed(path, "copy.db");
  assert.throws(
    () => Redlite.open(copy, { readonly: true }),
    /copy\.db was not closed cleanly: .*copy\.db-log has what is not in it yet; open it once for writing/,
  );
  Redlite.open(copy)[Symbol.dispose]();
  using after = Redlite.open(copy, { readonly: true });
  assert.equal(after.get("k"), "v");
});

testLog("turns behind a damage are kept and told of, not applied", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  for (let i = 0; i < 10; i++) db.set("k", `value ${i}`);
  const copy = crashed(path, "copy.db");
  await damage(`${copy}-log`, "value 4");
  using after = Redlite.open(copy);
  assert.equal(after.get("k"), "value 3");
  assert.ok(filesOf(copy).includes("copy.db-log.unapplied"));
});

testLog(
  "a second object of the program sees everything, and nothing is in the log meanwhile",
  async (path) => {
    await using db = Redlite.open(path, BEHIND);
    db.set("a", "1");
    assert.equal(fact(db, "write_behind_active"), "1");
    {
      using second = Redlite.open(path, BEHIND);
      assert.equal(second.get("a"), "1");
      assert.equal(fact(db, "write_behind_active"), "0");
      db.set("b", "2");
      // What one stretch of code reads is of one moment.
      await Promise.resolve();
      assert.equal(second.get("b"), "2");
      second.set("c", "3");
      await Promise.resolve();
      assert.equal(db.get("c"), "3");
    }
    using after = Redlite.open(crashed(path, "copy.db"));
    assert.deepEqual(after.mget("a", "b", "c"), ["1", "2", "3"]);
  },
);

testLog(
  "a transaction that throws takes nothing along that was written before it",
  async (path) => {
    await using db = Redlite.open(path, BEHIND);
    db.set("before", "1");
    assert.throws(() =>
      db.transaction(() => {
        db.set("inside", "1");
        throw new Error("no");
      }), /no/);
    db.set("after", "1");
    assert.deepEqual(db.mget("before", "inside", "after"), ["1", null, "1"]);
    using copy = Redlite.open(crashed(path, "copy.db"));
    assert.deepEqual(copy.mget("before", "inside", "after"), ["1", null, "1"]);
  },
);

testLog("restore and salvage of a crashed database have what its log alone has", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  db.set("committed", "1");
  assert.ok(settled(db));
  const driver = DRIVERS.find(({ info }) => info.name === "ffi")!;
  const whole = await salvage(driver, crashed(path, "whole.db"), `${path}.whole`, applyLog);
  assert.deepEqual([whole.turns, whole.losses], [0, []]);
  for (let i = 0; i < 3; i++) db.incr("pending");
  const from = crashed(path, "crashed.db"), before = filesOf(from);
  const saved = await salvage(driver, from, `${path}.salvaged`, applyLog);
  const restored = await Redlite.restore(from, `${path}.restored`);
  assert.deepEqual(filesOf(from).filter((name) => !name.endsWith("-shm")), before);
  for (const outcome of [saved, restored]) {
    assert.ok(outcome.turns > 0);
    assert.deepEqual(outcome.losses, []);
    assert.deepEqual(filesOf(outcome.path), [basename(outcome.path)]);
    using copy = Redlite.open(outcome.path);
    assert.deepEqual(copy.mget("committed", "pending"), ["1", "3"]);
  }
});

testLog("who applies a large log tells how far it is", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  const value = "x".repeat(100_000);
  for (let i = 0; i < 70; i++) db.set(`key:${i % 7}`, value);
  const driver = DRIVERS.find(({ info }) => info.name === "ffi")!;
  const lines: string[] = [];
  const store = new Store(driver, crashed(path, "crashed.db"));
  const core = new Core(store, commandTable(), { report: (line) => lines.push(line) });
  assert.equal(core.run(["DBSIZE"], toText), 7);
  core.closeNow();
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /^applying the log: 6\d %$/);
  assert.match(lines[1] ?? "", /^70 turns of the log were not in the database yet: applied in/);
});

testLog(
  "--check tells of what is in the log alone, and of what cannot be applied",
  async (path) => {
    await using db = Redlite.open(path, BEHIND);
    for (let i = 0; i < 10; i++) {
      db.set("k", `value ${i}`);
      // Each in a turn of its own.
      db.call("GET", "k");
    }
    const [whole, copy] = [crashed(path, "whole.db"), crashed(path, "damaged.db")];
    const sound = await run(["--check", whole]);
    assert.match(
      sound.stdout,
      /^\d+ turns of the log beside .* are not in it yet: .*\n.* is whole\n$/,
    );
    assert.equal(sound.code, 0);
    await damage(`${copy}-log`, "value 4");
    const damaged = await run(["--check", copy]);
    assert.match(damaged.stdout, /\n5 turns of the log beside .* cannot be applied, for what came/);
    assert.equal(damaged.code, 1);
  },
);

testLog("what is saved of a damaged database has what its log alone has", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  db.transaction(() => {
    for (let i = 0; i < 500; i++) db.set(`key:${i}`, "x".repeat(300));
  });
  assert.ok(settled(db));
  db.incr("pending");
  db.set("key:0", "new");
  const driver = DRIVERS.find(({ info }) => info.name === "ffi")!;
  const from = crashed(path, "damaged.db");
  // All of it is in the file by now.
  await Deno.remove(`${from}-wal`);
  {
    using file = await Deno.open(from, { write: true });
    // A page of those that the keys have been given last.
    await file.seek(file.statSync().size - 20 * 2048, Deno.SeekMode.Start);
    await file.write(new Uint8Array(512).fill(0xff));
  }
  const { losses, turns } = await salvage(driver, from, `${path}.saved`, applyLog);
  assert.equal(turns, 2);
  assert.ok(losses.length > 0 && losses.every((line) => !line.includes("log")), losses.join());
  using saved = Redlite.open(`${path}.saved`);
  assert.deepEqual(saved.mget("pending", "key:0"), ["1", "new"]);
});

testLog("restore and salvage tell what of a log they could not apply", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  for (let i = 0; i < 10; i++) {
    db.set("k", `value ${i}`);
    // Each in a turn of its own.
    db.call("GET", "k");
  }
  const from = crashed(path, "crashed.db");
  await damage(`${from}-log`, "value 4");
  const restored = await Redlite.restore(from, `${path}.restored`);
  assert.deepEqual(restored.losses.map((line) => line.replace(/ beside \S+/, "")), [
    "5 turns of the log cannot be applied, for what came before them is lost or damaged",
  ]);
  assert.deepEqual(filesOf(restored.path), [basename(restored.path)]);
  using copy = Redlite.open(restored.path);
  assert.equal(copy.get("k"), "value 3");
  // The log of another database beside it.
  const other = path.replace("app.db", "other.db");
  await Redlite.open(other, { writeBehind: false }).close();
  await Deno.rename(`${from}-log`, `${other}-log`);
  const { losses, turns } = await Redlite.restore(other, `${path}.other`);
  assert.equal(turns, 0);
  assert.match(losses.join(), /^the log beside .*other\.db is left out: .* another database's$/);
});

testLog("what is running is restored from with everything that was answered", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  for (let i = 1; i <= 8; i++) {
    db.set("k", String(i));
    assert.equal(fact(db, "write_behind_active"), "1");
    const { losses } = await Redlite.restore(path, `${path}.${i}`);
    assert.deepEqual(losses, []);
    using copy = Redlite.open(`${path}.${i}`);
    assert.equal(copy.get("k"), String(i));
    while (fact(db, "write_behind_active") !== "1") {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});

testLog("with maxdisk the log goes on in its other file the sooner", async (path) => {
  await using db = Redlite.open(path, BEHIND);
  const value = "x".repeat(1000);
  const writeMuch = () => {
    for (let i = 0; i < 2000; i++) db.set(`key:${i % 10}`, value);
  };
  writeMuch();
  assert.deepEqual(filesOf(path).filter((name) => name.endsWith("-log2")), []);
  db.config.set({ maxdisk: 4_000_000 });
  writeMuch();
  assert.deepEqual(filesOf(path).filter((name) => name.endsWith("-log2")), ["app.db-log2"]);
  assert.equal(fact(db, "write_behind_active"), "1");
});
