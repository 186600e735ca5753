/** Logs that are not as they were written: what can be applied is, and what cannot is refused and left as it is. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { VERSION } from "../../../src/engine/log/format.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { DRIVERS } from "../open.ts";
import { crashed, filesOf } from "./crashes.ts";

const lacking = DRIVERS.some(({ info }) => info.name === "ffi") ? notLinux() : "no native library";
const TURNS = 10;

/** Registers a test that is given a database which was never closed, with turns in its log alone. */
function testLog(name: string, fn: (db: Redlite, path: string) => void | Promise<void>): void {
  Deno.test({
    ...named(name, lacking),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/app.db`;
      await using db = Redlite.open(path, { writeBehind: true });
      for (let i = 1; i <= TURNS; i++) db.incr("counter");
      await fn(db, path);
    },
  });
}

/** Opening is refused, and what is in the database's files stays, in the WAL or not. */
function assertRefused(path: string, message: RegExp): void {
  const names = () => filesOf(path).filter((name) => !/-(wal|shm)$/.test(name));
  const before = names();
  for (const options of [{}, { writeBehind: true }, { readonly: true }]) {
    assert.throws(() => Redlite.open(path, options), message);
  }
  assert.deepEqual(names(), before);
}

testLog("of a log that was cut the turns are applied that are whole", (_, path) => {
  const whole = Deno.statSync(`${path}-log`).size;
  const first = Math.round((whole - 64) / TURNS);
  for (const [i, cut] of [0, 1, first - 1, first, 3 * first + 7, whole - 64].entries()) {
    const copy = crashed(path, `copy${i}.db`);
    Deno.truncateSync(`${copy}-log`, whole - cut);
    using after = Redlite.open(copy);
    const left = Math.floor((whole - 64 - cut) / first);
    assert.equal(after.get("counter"), left === 0 ? null : String(left), `without ${cut} bytes`);
  }
});

testLog("a log of a newer version is left for the Redlite that wrote it", (_, path) => {
  const copy = crashed(path, "copy.db");
  const log = Deno.readFileSync(`${copy}-log`);
  const newer = log.slice();
  newer[8] = VERSION + 1;
  Deno.writeFileSync(`${copy}-log`, newer);
  assertRefused(copy, /copy\.db-log is of version 2, which a newer Redlite has written/);
  assert.deepEqual(Deno.readFileSync(`${copy}-log`), newer);
  Deno.writeFileSync(`${copy}-log`, log);
  using after = Redlite.open(copy);
  assert.equal(after.get("counter"), String(TURNS));
});

testLog("what cannot be read, or is no log, is refused by its name", (_, path) => {
  const copy = crashed(path, "copy.db");
  Deno.renameSync(`${copy}-log`, `${copy}.kept`);
  Deno.mkdirSync(`${copy}-log`);
  assertRefused(copy, /copy\.db-log cannot be read/);
  Deno.removeSync(`${copy}-log`);
  Deno.writeTextFileSync(
    `${copy}-log`,
    "somebody else's notes, more than sixty-four bytes of them, in plain words",
  );
  assertRefused(copy, /copy\.db-log is no log of Redlite's/);
  Deno.renameSync(`${copy}.kept`, `${copy}-log`);
  using after = Redlite.open(copy);
  assert.equal(after.get("counter"), String(TURNS));
});

testLog("both files of a log are applied, and the second alone is kept", async (db, path) => {
  assert.equal(db.call("SAVE"), "OK");
  const before = crashed(path, "before.db");
  db.config.set({ maxdisk: 4_000_000 });
  for (let i = 0; !filesOf(path).includes("app.db-log2"); i++) db.set(`key:${i}`, "x".repeat(1000));
  db.set("last", "1");
  const late = crashed(path, "late.db");
  for (const both of [true, false]) {
    // As a power cut leaves it that takes what was committed: nothing of it was synced.
    const copy = crashed(before, `both-${both}.db`);
    for (const suffix of both ? ["-log", "-log2"] : ["-log2"]) {
      await Deno.copyFile(late + suffix, copy + suffix);
    }
    using after = Redlite.open(copy);
    assert.equal(after.get("last"), both ? "1" : null);
    assert.equal(filesOf(copy).includes(`both-${both}.db-log2.unapplied`), !both);
    if (both) assert.equal(after.call("DEBUG", "DIGEST"), db.call("DEBUG", "DIGEST"));
  }
});
