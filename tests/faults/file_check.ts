/**
 * What must hold in every database file, whatever happened to the processes that wrote it: SQLite's own check, and the
 * invariants of schema.ts, told by SQL and by nothing of the store that wrote them.
 *
 * It opens the file through Deno's own SQLite, so it must not be used in a process that has the file open otherwise.
 */

import { DatabaseSync } from "node:sqlite";
import { SUM_OF_ROWS } from "../../src/store/keys/live_bytes.ts";
import { CHUNK_SIZE, CHUNKS_PER_STRING, TYPE } from "../../src/store/file/schema.ts";

/** The tables of elements: whose they are, and the order in which runs count them. */
const ELEMENTS = [
  { type: TYPE.LIST, table: "lists", number: "pos", bytes: "x''" },
  { type: TYPE.SET, table: "sets", number: "0", bytes: "member" },
  { type: TYPE.ZSET, table: "zsets", number: "score", bytes: "member" },
  { type: TYPE.HASH, table: "hashes", number: "0", bytes: "field" },
  { type: TYPE.ARRAY, table: "arrays", number: "idx", bytes: "x''" },
];

/** The bit of `keys.encoding` that says that a collection is counted in runs. */
const HAS_RUNS = 16;

/** Queries that find nothing in a sound file. */
const FAULTS: Record<string, string> = {
  "databases whose counts differ from their keys": `
    SELECT db, keys, expires, bytes FROM databases WHERE
      keys <> (SELECT count(*) FROM keys WHERE keys.space = databases.space) OR
      expires <> (SELECT count(expires_at) FROM keys WHERE keys.space = databases.space) OR
      bytes <> (SELECT ${SUM_OF_ROWS} FROM keys WHERE keys.space = databases.space)`,
  "keys in a space of no database that nobody is to delete": `
    SELECT space, key FROM keys WHERE space NOT IN (SELECT space FROM databases)
      AND space NOT IN (SELECT id FROM garbage WHERE type = 0)`,
  "ids of two keys": "SELECT id FROM keys WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1",
  "ids that will be given again": `
    SELECT id FROM keys WHERE id >= (SELECT next FROM sequences WHERE name = 'id')`,
  "spaces that will be given again": `
    SELECT space FROM databases WHERE space >= (SELECT next FROM sequences WHERE name = 'space')`,
  "garbage that a key refers to": `
    SELECT garbage.id FROM garbage JOIN keys ON keys.id = garbage.id AND keys.type = garbage.type
    WHERE garbage.type <> 0`,
  "strings both inline and in chunks, or neither": `
    SELECT key FROM keys WHERE type = ${TYPE.STRING}
      AND ((value IS NULL) = (length IS NULL) OR (id IS NULL) <> (length IS NULL))`,
  "chunks of no string": `
    SELECT id FROM strings WHERE id / ${CHUNKS_PER_STRING} NOT IN (
      SELECT id FROM keys WHERE type = ${TYPE.STRING} AND id IS NOT NULL
      UNION SELECT id FROM garbage WHERE type = ${TYPE.STRING})`,
  "chunks past the end of their string": `
    SELECT keys.key FROM keys JOIN strings ON strings.id / ${CHUNKS_PER_STRING} = keys.id
    WHERE keys.type = ${TYPE.STRING} AND
      strings.id % ${CHUNKS_PER_STRING} * ${CHUNK_SIZE} + length(strings.data) > keys.length`,
  "collections without elements or an id": `
    SELECT key FROM keys WHERE type <> ${TYPE.STRING}
      AND (id IS NULL OR length IS NULL OR length < (type <> ${TYPE.STREAM}))`,
  "streams whose length is not the number of their entries": `
    SELECT key FROM keys WHERE type = ${TYPE.STREAM} AND length <> (
      SELECT count(*) FROM streams s WHERE s.key_id = keys.id AND s.id >= substr(keys.value, 1, 16))`,
  "groups whose numbers are not those of their rows": `
    SELECT name FROM stream_groups g WHERE pending <> (SELECT count(*) FROM stream_pending p
        WHERE p.key_id = g.key_id AND p.grp = g.number)
      OR consumers <> (SELECT count(*) FROM stream_consumers c
        WHERE c.key_id = g.key_id AND c.grp = g.number)`,
  "consumers whose numbers are not those of their rows": `
    SELECT name FROM stream_consumers c WHERE pending <> (SELECT count(*) FROM stream_pending p
      WHERE p.key_id = c.key_id AND p.grp = c.grp AND p.consumer = c.number)`,
  "runs of no collection that has any": `
    SELECT key_id FROM runs WHERE key_id NOT IN (
      SELECT id FROM keys WHERE type <> ${TYPE.STRING} AND encoding & ${HAS_RUNS}
      UNION SELECT id FROM garbage WHERE type <> 0)`,
  "fields that expire before their hash says": `
    SELECT keys.key FROM keys JOIN hashes ON hashes.key_id = keys.id WHERE keys.type = ${TYPE.HASH}
      AND hashes.expires_at < coalesce(keys.fields_expire_at, 9e15)`,
};

for (const { type, table } of ELEMENTS) {
  FAULTS[`${table} whose length is not that of their elements`] = `
    SELECT key, length FROM keys WHERE type = ${type}
      AND length <> (SELECT count(*) FROM ${table} WHERE key_id = keys.id)`;
  FAULTS[`${table} of no key`] = `
    SELECT DISTINCT key_id FROM ${table} WHERE key_id NOT IN (
      SELECT id FROM keys WHERE type = ${type} UNION SELECT id FROM garbage WHERE type = ${type})`;
}

/** What is wrong with a file, a line each; nothing if it is sound. */
export function faultsOf(path: string): string[] {
  using database = new DatabaseSync(path);
  database.exec("PRAGMA busy_timeout = 60000; BEGIN");
  const faults = database.prepare("PRAGMA integrity_check").all()
    .map((row) => String(row["integrity_check"])).filter((line) => line !== "ok");
  for (const [name, sql] of Object.entries(FAULTS)) {
    const rows = database.prepare(`${sql} LIMIT 3`).all();
    if (rows.length > 0) faults.push(`${name}: ${rows.map(show).join(", ")}`);
  }
  for (const elements of ELEMENTS) faults.push(...wrongRuns(database, elements));
  return faults;
}

/** Runs that do not hold as many elements as they say. */
function wrongRuns(
  database: DatabaseSync,
  { type, table, number, bytes }: (typeof ELEMENTS)[number],
): string[] {
  const wrong = database.prepare(`
    WITH starts AS (
      SELECT runs.key_id, runs.number, runs.bytes, runs.count,
        lead(runs.number) OVER later AS next_number, lead(runs.bytes) OVER later AS next_bytes
      FROM runs JOIN keys ON keys.id = runs.key_id AND keys.type = ${type}
      WINDOW later AS (PARTITION BY runs.key_id ORDER BY runs.number, runs.bytes))
    SELECT * FROM (SELECT key_id, number, count, (SELECT count(*) FROM ${table}
      WHERE key_id = starts.key_id AND (${number}, ${bytes}) >= (starts.number, starts.bytes)
        AND (next_number IS NULL OR (${number}, ${bytes}) < (next_number, next_bytes))) AS elements
      FROM starts) WHERE elements <> count LIMIT 3`).all();
  const first = database.prepare(`
    SELECT keys.key FROM keys WHERE type = ${type} AND encoding & ${HAS_RUNS} AND NOT EXISTS (
      SELECT 1 FROM runs WHERE key_id = keys.id AND number = -9e999 AND bytes = x'') LIMIT 3`)
    .all();
  const faults: string[] = [];
  if (wrong.length > 0) faults.push(`runs of ${table}: ${wrong.map(show).join(", ")}`);
  if (first.length > 0) faults.push(`${table} without a first run: ${first.map(show).join(", ")}`);
  return faults;
}

function show(row: Record<string, unknown>): string {
  const values = Object.entries(row).map(([name, value]) =>
    `${name} ${value instanceof Uint8Array ? new TextDecoder().decode(value) : value}`
  );
  return `(${values.join(" ")})`;
}
