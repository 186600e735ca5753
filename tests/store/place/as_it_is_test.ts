/** Reading a file in a directory that may not be written to, as a user who is not root. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { Store } from "../../../src/store/store.ts";
import { cacheForOthers } from "../../harness/others_cache.ts";
import { DatabaseFile, put, testOnDrivers } from "../open.ts";

const NOBODY = 65534;
const MODULE = new URL("../../../mod.ts", import.meta.url);

/** Writes a string into a store, and ends the turn. */
function set(store: Store, name: string, value: string): void {
  put(store, name, value);
  store.endTurn();
}

/** Runs a program on `db`, which is open for reading, as nobody. @returns What it printed. */
function asNobody(path: string, driver: string, body: string): string {
  const program = `import { Redlite } from ${JSON.stringify(MODULE.href)};
    try {
      using db = Redlite.open(${JSON.stringify(path)}, { readonly: true, driver: "${driver}" });
      ${body}
    } catch (error) {
      console.log(error.message);
    }`;
  const { stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
    uid: NOBODY,
    gid: NOBODY,
    env: environment(),
  }).outputSync();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

/** What programs of nobody are run with. */
function environment(): Record<string, string> {
  const cache = cacheForOthers(MODULE);
  return { DENO_DIR: cache, HOME: cache };
}

/** Whether programs can be run as another user here. */
function canBeNobody(): boolean {
  try {
    return new Deno.Command(Deno.execPath(), {
      args: ["--version"],
      uid: NOBODY,
      gid: NOBODY,
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

/** Lets everybody read a database, and nobody write beside it. */
function protect(file: DatabaseFile): void {
  for (const { name, isFile } of Deno.readDirSync(file.directory)) {
    if (isFile) Deno.chmodSync(join(file.directory, name), 0o444);
  }
  Deno.chmodSync(file.directory, 0o555);
}

if (canBeNobody()) {
  testOnDrivers(
    "a file that was closed cleanly is read where nothing can be written",
    async (driver) => {
      await using file = new DatabaseFile(driver);
      const store = file.open();
      set(store, "k", "value");
      store.checkpoint();
      await store.close();
      protect(file);
      const { name } = driver.info;
      const before = [...Deno.readDirSync(file.directory)].length;
      const out = asNobody(
        file.path,
        name,
        `console.log(db.get("k"), db.dbsize(), db.sql("SELECT key FROM redlite_keys"));
       try { db.set("k", "x"); } catch (error) { console.log(error.code); }`,
      );
      assert.match(out, /^value 1 \[ \{ key: "k" \} \]\nREADONLY\n$/);
      assert.equal([...Deno.readDirSync(file.directory)].length, before);
    },
  );

  testOnDrivers(
    "a file with a log that cannot be read there is refused in one line",
    async (driver) => {
      await using file = new DatabaseFile(driver);
      const store = file.open();
      set(store, "k", "value");
      // As a crash leaves it: the log is there, its index is not.
      const copy = join(file.directory, "copy.db");
      Deno.copyFileSync(file.path, copy);
      Deno.copyFileSync(`${file.path}-wal`, `${copy}-wal`);
      await store.close();
      protect(file);
      const out = asNobody(copy, driver.info.name, "console.log(db.get('k'))");
      assert.match(out, /^.*copy\.db was not closed cleanly .*; open it once as a user .*\n$/);
    },
  );

  testOnDrivers(
    "what is read so is an error from the moment that somebody writes",
    async (driver) => {
      await using file = new DatabaseFile(driver);
      const store = file.open();
      set(store, "k", "value");
      store.checkpoint();
      await store.close();
      protect(file);
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          "--quiet",
          `import { Redlite } from ${JSON.stringify(MODULE.href)};
         using db = Redlite.open(${
            JSON.stringify(file.path)
          }, { readonly: true, driver: "${driver.info.name}" });
         console.log(db.get("k"));
         await Deno.stdin.read(new Uint8Array(1));
         try { console.log(db.get("k")); } catch (error) { console.log(error.message); }`,
        ],
        uid: NOBODY,
        gid: NOBODY,
        env: environment(),
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      assert.equal((await lines.read()).value, "value\n");
      const writer = file.open();
      set(writer, "k", "other");
      const input = child.stdin.getWriter();
      await input.write(new Uint8Array(1));
      assert.match(
        (await lines.read()).value ?? "",
        /has changed since it was opened: open it anew/,
      );
      await input.close();
      await lines.cancel();
      await child.status;
    },
  );
}
