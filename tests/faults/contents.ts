/** Reads a whole database, through a server or in this process, and compares it with a model. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { type Database, EmbeddedDatabase, type Value } from "../harness/database.ts";
import { linesOfDocument, type Model } from "./operations.ts";

/** Databases that the operations use. */
const DATABASES = 5;

/** Each key, as `db/key`, with its value in the form of `Model.contents`. */
async function contentsOf(db: Database): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (let index = 0; index < DATABASES; index++) {
    await db.call("SELECT", String(index));
    const keys = await db.call("KEYS", "*") as string[];
    for (const key of keys) {
      const type = String(await db.call("TYPE", key));
      contents.set(`${index}/${key}`, `${type} ${JSON.stringify(await valueOf(db, type, key))}`);
    }
    assert.equal(await db.call("DBSIZE"), keys.length, `DBSIZE of database ${index}`);
  }
  await db.call("SELECT", "0");
  return contents;
}

async function valueOf(db: Database, type: string, key: string): Promise<Value> {
  switch (type) {
    case "string":
      return await db.call("GET", key);
    case "list":
      return await db.call("LRANGE", key, "0", "-1");
    case "set":
      return (await db.call("SMEMBERS", key) as string[]).sort();
    case "hash":
      return pairs(await db.call("HGETALL", key));
    case "zset":
      return pairs(await db.call("ZRANGE", key, "0", "-1", "WITHSCORES"));
    case "array":
      return pairs(await db.call("ARSCAN", key, "0", "1000000"));
    case "stream":
      return await linesOf(db, key);
    case "ReJSON-RL": {
      const { list, map } = JSON.parse(String(await db.call("JSON.GET", key)));
      return linesOfDocument(list, Object.entries(map));
    }
    default:
      throw new Error(`${key} is a ${type}`);
  }
}

/** The entries of a stream and what is pending in its group. */
async function linesOf(db: Database, key: string): Promise<string[]> {
  const entries = await db.call("XRANGE", key, "-", "+") as [string, [string, string]][];
  const pending = await db.call("XPENDING", key, "g", "-", "+", "1000000") as [string, string][];
  return [
    ...entries.map(([id, [, value]]) => `${id}=${value}`),
    ...pending.map(([id, consumer]) => `${id}>${consumer}`),
  ].sort();
}

/** Pairs in one order, whether they come as pairs or one after the other. */
function pairs(value: Value): string[] {
  const flat = (value as Value[]).flat();
  return Array.from({ length: flat.length / 2 }, (_, i) => `${flat[2 * i]}=${flat[2 * i + 1]}`)
    .sort();
}

/** Compares everything in a database with a model. */
export async function assertHolds(db: Database, model: Model, when: string): Promise<void> {
  const found = await contentsOf(db), wanted = model.contents();
  for (const key of new Set([...wanted.keys(), ...found.keys()])) {
    if (found.get(key) === wanted.get(key)) continue;
    assert.fail(
      `${when}: ${key} holds ${brief(found.get(key))}, must hold ${brief(wanted.get(key))}`,
    );
  }
}

/** The same of a file that no process has open. */
export async function assertFileHolds(path: string, model: Model, when: string): Promise<void> {
  await using db = Redlite.open(path, { driver: "builtin" });
  await assertHolds(new EmbeddedDatabase(db), model, when);
}

function brief(value: string | undefined): string {
  if (value === undefined || value.length <= 300) return String(value);
  return `${value.slice(0, 150)}… (${value.length} characters) …${value.slice(-100)}`;
}
