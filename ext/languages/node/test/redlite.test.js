/** What the shared scenario does not say: finding the server, sharing it, and its end. */

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, test } from "node:test";
import { open, RedliteError } from "@redlite/ioredis";
import { command } from "../src/server.js";
import { exists } from "./programs.js";

const environment = { ...process.env };
let directory;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "redlite-node-"));
});

afterEach(() => {
  process.env = { ...environment };
  rmSync(directory, { recursive: true });
});

function program(name) {
  const path = join(directory, name);
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  return path;
}

test("a program wins over Deno, and what is named over what is found", () => {
  process.env.PATH = directory;
  process.env.REDLITE_BIN = process.env.REDLITE_SERVER = "";
  const run = ["run", "-A", "--quiet"];
  const deno = program("deno");
  assert.deepEqual(command(), [
    deno,
    ...run,
    "--no-config",
    "jsr:@redlite/redlite/server",
  ]);
  process.env.REDLITE_SERVER = "server.ts";
  assert.deepEqual(command(), [deno, ...run, "server.ts"]);
  assert.deepEqual([program("redlite")], command());
  process.env.REDLITE_BIN = program("other");
  assert.deepEqual(command(), [process.env.REDLITE_BIN]);
});

test("a program that is no server is an error that tells its code", async () => {
  process.env.REDLITE_BIN = program("redlite");
  await assert.rejects(open(join(directory, "app.db")), (error) => {
    assert.ok(error instanceof RedliteError);
    return /ended with code 0/.test(error.message);
  });
});

test("opens at the same moment share a server, and the last close ends it", async () => {
  const path = join(directory, "app.db");
  const [one, two] = await Promise.all([open(path), open(path)]);
  const { serverPid } = one;
  assert.equal(two.serverPid, serverPid);
  await one.set("k", "v");
  await one.close();
  await one.close();
  assert.equal(await two.get("k"), "v");
  await two.close();
  assert.ok(!exists(serverPid));
  assert.deepEqual(readdirSync(directory), ["app.db"]);
  const again = await open(path);
  assert.equal(await again.get("k"), "v");
  await again.close();
});

test("other flags for an open file are refused", async () => {
  const db = await open(join(directory, "app.db"), { flags: { cache: "8" } });
  assert.deepEqual(await db.config("GET", "cache-mb"), ["cache-mb", "8"]);
  await assert.rejects(open(join(directory, "app.db")), /other flags/);
  await db.close();
});

test("where there are no Unix sockets it is a port behind a password", async () => {
  const db = await open(":memory:", { flags: { private: "tcp" } });
  assert.ok(db.options.port > 0 && db.options.path === undefined);
  await db.set("k", "v");
  assert.equal(await db.get("k"), "v");
  await db.close();
});

test("a file of memory is not shared", async () => {
  const [one, two] = await Promise.all([open(":memory:"), open(":memory:")]);
  await one.set("k", "v");
  assert.equal(await two.get("k"), null);
  await Promise.all([one.close(), two.close()]);
});

test("replies mapped as RESP3 has them are read as well", async () => {
  const db = await open(join(directory, "app.db"), { replyMapping: "resp3" });
  await db.set("k", "v");
  assert.equal((await db.keyinfo("k")).type, "string");
  assert.deepEqual(await db.sql("SELECT key FROM redlite_keys"), [{
    key: "k",
  }]);
  await db.search.create("books", "book:", { title: "TEXT" });
  await db.hset("book:1", "title", "Treasure Island");
  assert.deepEqual(await db.search.query("books", "island"), {
    total: 1,
    documents: [{ key: "book:1", fields: { title: "Treasure Island" } }],
  });
  await db.vectors.add("films", "Heat", [0.5, 0.5]);
  assert.deepEqual(
    (await db.vectors.similar("films", [0.5, 0.5]))[0][0],
    "Heat",
  );
  await db.geo.add("towns", "Palermo", 13.361389, 38.115556);
  assert.equal(Math.round((await db.geo.position("towns", "Palermo"))[0]), 13);
  await db.history.enable("k");
  await db.set("k", "w");
  assert.equal((await db.history.get("k"))[0].data, "w");
  await db.close();
});
