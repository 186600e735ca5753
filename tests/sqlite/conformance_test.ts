import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { builtinDriver } from "../../src/sqlite/builtin.ts";
import { loadDbSqlite } from "../../src/sqlite/db_sqlite.ts";
import { ffiDriver } from "../../src/sqlite/ffi.ts";
import { libraryCandidates, missingFeatures } from "../../src/sqlite/library.ts";
import { type Driver, SQLITE, SqliteError } from "../../src/sqlite/sqlite.ts";
import { conformance, type Deviations } from "./conformance/conformance.ts";

/** Registers the suite, or an ignored test that says why there is nothing to run it on. */
async function register(
  name: string,
  load: () => Driver | Promise<Driver>,
  subject: string,
  deviations?: Deviations,
): Promise<void> {
  let driver: Driver;
  try {
    driver = await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    Deno.test.ignore(`${name}: skipped: ${subject} cannot be loaded here (${reason})`, () => {});
    return;
  }
  conformance(name, () => Promise.resolve(driver), deviations);
}

/** The first native library of this machine that loads. */
function nativeDriver(): Driver {
  let reason = "no candidates";
  for (const candidate of libraryCandidates()) {
    try {
      return ffiDriver(candidate);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  throw new Error(reason);
}

// Not through register(): this one is inside the runtime and must load.
const builtin = builtinDriver();
conformance("builtin", () => Promise.resolve(builtin), { textEndsAtNul: builtinEndsAtNul() });

/** Whether the runtime's own library does so: not all of them do. */
function builtinEndsAtNul(): boolean {
  using database = new DatabaseSync(":memory:");
  return database.prepare("SELECT ? AS text").get("a\0b")?.["text"] === "a";
}

await register("ffi", nativeDriver, "a native SQLite library");

await register("db-sqlite", loadDbSqlite, "@db/sqlite", {
  textEndsAtNul: true,
  primaryKeyIsUnique: true,
});

Deno.test("a library that is named is the only candidate", () => {
  assert.deepEqual(libraryCandidates("libsqlcipher.so.0"), ["libsqlcipher.so.0"]);
});

Deno.test("DENO_SQLITE_PATH names the library unless an option does", () => {
  const before = Deno.env.get("DENO_SQLITE_PATH");
  Deno.env.set("DENO_SQLITE_PATH", "from-environment.so");
  try {
    assert.deepEqual(libraryCandidates(), ["from-environment.so"]);
    assert.deepEqual(libraryCandidates("from-option.so"), ["from-option.so"]);
  } finally {
    if (before === undefined) Deno.env.delete("DENO_SQLITE_PATH");
    else Deno.env.set("DENO_SQLITE_PATH", before);
  }
});

Deno.test({
  name: "candidates are given without permission to read the environment",
  permissions: { env: false },
  fn: () => assert.ok(libraryCandidates().length > 1),
});

Deno.test({
  name: "builtin: names the permission that opening a file lacks",
  permissions: { read: false, write: false },
  fn: () => {
    for (const options of [{ create: true }, { create: false }, { readonly: true }]) {
      assert.throws(() => builtin.open("file.db", options), Deno.errors.NotCapable);
    }
  },
});

Deno.test("features that an SQLite lacks are named", () => {
  const db = builtin.open(":memory:");
  const old = {
    prepare(sql: string) {
      const unknown = /RETURNING|STRICT/.exec(sql);
      if (unknown) throw new SqliteError(SQLITE.ERROR, `near "${unknown[0]}": syntax error`);
      return db.prepare(sql.replace(/rtree/i, "no_such_module"));
    },
  };
  assert.deepEqual(missingFeatures(old), ["RETURNING", "STRICT", "R*Tree"]);
  db.close();
});

Deno.test("an SQLite without tables of pragmas lacks what they would tell of", () => {
  const db = builtin.open(":memory:");
  const old = {
    prepare(sql: string) {
      if (sql.includes("FROM pragma_")) {
        throw new SqliteError(SQLITE.ERROR, "no such table: pragma");
      }
      return db.prepare(sql);
    },
  };
  assert.deepEqual(missingFeatures(old), ["FTS5", "R*Tree"]);
  db.close();
});
