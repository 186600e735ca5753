/**
 * Makes true again what the store relies on (schema.ts) in a database into which rows of a damaged one
 * were copied: counts, sequences, owners of elements. What has to be made up for that is told.
 *
 * @module
 */

import type { Connection, Statement } from "../../sqlite/sqlite.ts";
import { CHUNK_SIZE, CHUNKS_PER_STRING, GARBAGE_SPACE, TYPE, TYPE_NAMES } from "../file/schema.ts";
import { SUM_OF_ROWS } from "../keys/live_bytes.ts";
import { HASH_ENCODING, SET_ENCODING, ZSET_ENCODING } from "../collections/encodings.ts";
import { LAYOUT, STEP } from "../lists/positions.ts";
import { SIZE_UNIT } from "../keys/live_bytes.ts";
import { STREAM_ROWS } from "../streams/facts.ts";
import { renewIndexes } from "./indexes.ts";
import { repairExtensions, tablesOfExtensions } from "./extensions.ts";
import type { DamagedTable } from "./ranges.ts";
import { KNOWN_TYPES } from "../file/integrity.ts";
import { repairDocuments } from "./documents.ts";
import { SKETCH_TYPES } from "../file/sketch_tables.ts";
import { repairSeries } from "./series.ts";
import { repairSketches } from "./sketches.ts";
import { repairStreams } from "./streams.ts";

/** The tables of elements, and the encodings that hold whatever a collection is like. */
const COLLECTIONS = [
  { type: TYPE.LIST, table: "lists", encoding: LAYOUT.REGULAR },
  { type: TYPE.SET, table: "sets", encoding: SET_ENCODING.HASHTABLE },
  { type: TYPE.ZSET, table: "zsets", encoding: ZSET_ENCODING.SKIPLIST },
  { type: TYPE.HASH, table: "hashes", encoding: HASH_ENCODING.HASHTABLE },
  { type: TYPE.ARRAY, table: "arrays", encoding: 0 },
  { type: TYPE.SUGGESTIONS, table: "suggestions", encoding: 0 },
  { type: TYPE.STREAM, table: "streams", encoding: STREAM_ROWS.MORE },
  { type: TYPE.JSON, table: "json", encoding: 0 },
] as const;

/** The tables of time series. */
const SERIES = ["ts_chunks", "ts_labels", "ts_series"];

const HISTORY = [
  "history_settings",
  "history_clock",
  "history_entries",
  "history_keys",
  "history_elements",
  "history_floors",
  "history_counts",
  "history_switches",
  "history_spaces",
  "history_ids",
  "history_holders",
];

/** The bit of `keys.encoding` that says that there are runs, which are made anew when they are needed. */
const HAS_RUNS = 16;
/** Single keys that are named of each kind of loss. */
const MOST_NAMED = 100;

const OWNERS = `(SELECT id FROM keys WHERE id IS NOT NULL
  UNION ALL SELECT id FROM garbage WHERE type <> ${GARBAGE_SPACE}
  UNION ALL SELECT id FROM history_ids)`;
const NAME = `printf('%s %s of database %s', CASE k.type ${
  TYPE_NAMES.map((name, type) => `WHEN ${type} THEN '${name}'`).join(" ")
} ELSE coalesce((SELECT t.name FROM extension_types t WHERE t.type = k.type), 'key') END, CASE WHEN instr(k.key, x'00') = 0 THEN quote(CAST(k.key AS TEXT))
  ELSE quote(k.key) END, coalesce((SELECT db FROM databases d WHERE d.space = k.space), '?'))`;

/**
 * Repairs a database; call inside a write transaction.
 *
 * @param damaged The tables of which rows are missing.
 * @param losses Takes a line for each thing that is lost or made up.
 */
export function repair(
  connection: Connection,
  damaged: readonly DamagedTable[],
  losses: string[],
): void {
  const repairs = new Repairs(connection, losses);
  connection.exec(`
    DELETE FROM runs;
    UPDATE keys SET encoding = encoding & ~${HAS_RUNS}
      WHERE type <> ${TYPE.STRING} AND encoding & ${HAS_RUNS} <> 0;
    UPDATE kv_facts SET version = max(version, (SELECT coalesce(max(version), 0) FROM kv_pairs));
  `);
  repairs.dropHistory(damaged);
  repairs.adoptSpaces();
  repairs.dropUntrue();
  for (const collection of COLLECTIONS) {
    // A stream counts only what is above its floor, and may be empty; a document counts bytes.
    if (collection.type !== TYPE.STREAM && collection.type !== TYPE.JSON) repairs.count(collection);
  }
  // Of keys that are dropped, too.
  repairs.adoptOrphans();
  repairs.tellOfChunks(damaged);
  repairStreams(connection, NAME, losses);
  renewIndexes(connection);
  repairDocuments(connection, NAME, (sql) => repairs.tell(sql));
  repairSeries(connection, NAME, (sql) => repairs.tell(sql));
  repairSketches(connection, damaged, NAME, (sql) => repairs.tell(sql));
  repairExtensions(connection, OWNERS, NAME, losses);
  repairs.sum();
}

class Repairs {
  readonly #connection: Connection;
  readonly #losses: string[];

  constructor(connection: Connection, losses: string[]) {
    this.#connection = connection;
    this.#losses = losses;
  }

  /** History is a chain of images: with rows missing it would tell what never was. */
  dropHistory(damaged: readonly DamagedTable[]): void {
    if (damaged.length === 0) return;
    let entries = 0;
    for (const table of HISTORY) entries += this.#number(`SELECT count(*) FROM ${table}`);
    if (entries === 0) return;
    const tables = [...COLLECTIONS, ...SKETCH_TYPES].map(({ table }): string => table)
      .concat(SERIES);
    for (const table of [...tables, ...tablesOfExtensions(this.#connection)]) {
      this.#connection.exec(`DELETE FROM ${table} WHERE key_id IN (
        SELECT id FROM history_ids WHERE id NOT IN (SELECT id FROM keys WHERE id IS NOT NULL))`);
    }
    this.#connection.exec(`
      DELETE FROM keys WHERE space IN (SELECT space FROM history_spaces)
        AND space NOT IN (SELECT space FROM databases);
      ${HISTORY.map((table) => `DELETE FROM ${table};`).join("\n")}
    `);
    this.#losses.push("history: not kept, for it cannot be told without the rows that are lost");
  }

  /** Gives spaces that belong to nobody a database. */
  adoptSpaces(): void {
    const spaces = this.#numbers(`SELECT DISTINCT space FROM keys
      WHERE space NOT IN (SELECT space FROM databases)
        AND space NOT IN (SELECT id FROM garbage WHERE type = ${GARBAGE_SPACE})
        AND space NOT IN (SELECT space FROM history_spaces) ORDER BY space`);
    for (const space of spaces) {
      const db = this.#freeDatabase();
      this.#connection.exec(`INSERT INTO databases(db, space, keys, expires) VALUES (
        ${db}, ${space}, 0, 0)`);
      this.#losses.push(`keys of a database whose number is lost are in database ${db}`);
    }
  }

  #freeDatabase(): number {
    const used = new Set(this.#numbers("SELECT db FROM databases"));
    let db = 0;
    while (used.has(db)) db++;
    return db;
  }

  /** Drops keys whose rows cannot be what was written. */
  dropUntrue(): void {
    const untrue =
      `k.type NOT IN (${KNOWN_TYPES}) AND k.type NOT IN (SELECT type FROM extension_types)
      OR k.type = ${TYPE.STRING} AND ((k.value IS NULL) = (k.length IS NULL)
        OR (k.id IS NULL) <> (k.length IS NULL))
      OR k.type <> ${TYPE.STRING} AND k.id IS NULL`;
    this.tell(
      `SELECT ${NAME} || ' is dropped, for its row is damaged' FROM keys k WHERE ${untrue}`,
    );
    this.#connection.exec(`
      DELETE FROM keys AS k WHERE ${untrue};
      UPDATE keys SET length = 0
        WHERE type <> ${TYPE.STRING} AND (length IS NULL OR length < 0);
    `);
  }

  /** Gives elements and chunks whose key is lost a key of a name that says so. */
  adoptOrphans(): void {
    const now = Date.now();
    const insert = this.#connection.prepare(`INSERT OR REPLACE INTO keys(space, key, type, encoding,
        id, length, version, created_at, updated_at, fields_expire_at)
      VALUES (?1, CAST(?2 AS BLOB), ?3, ?4, ?5, ?6, 1, ${now}, ${now}, ?7)`);
    let adopted = 0;
    const adopt = (
      type: number,
      encoding: number | null,
      id: number,
      length: number,
      expiry = 0,
    ) => {
      insert.bindInteger(1, this.#firstSpace());
      insert.bindText(2, `salvaged:${TYPE_NAMES[type]}:${id}`);
      insert.bindInteger(3, type);
      if (encoding === null) insert.bindNull(4);
      else insert.bindInteger(4, encoding);
      insert.bindInteger(5, id);
      insert.bindInteger(6, length);
      if (expiry === 0) insert.bindNull(7);
      else insert.bindInteger(7, expiry);
      insert.run();
      adopted++;
    };
    for (const { type, table, encoding } of COLLECTIONS) {
      const expiry = table === "hashes" ? "coalesce(min(expires_at), 0)" : "0";
      const orphans = this.#rows(`SELECT key_id, count(*), ${expiry} FROM ${table}
        WHERE key_id NOT IN ${OWNERS} GROUP BY key_id`);
      for (const [id = 0, length = 0, expires = 0] of orphans) {
        adopt(type, encoding, id, length, expires);
        if (type === TYPE.LIST) this.#renumber(id);
        if (type === TYPE.ARRAY) this.#markHighest(id);
      }
    }
    const strings = this.#rows(`SELECT owner, (last % ${CHUNKS_PER_STRING}) * ${CHUNK_SIZE} + (
        SELECT length(data) FROM strings WHERE id = last) FROM (
      SELECT id / ${CHUNKS_PER_STRING} AS owner, max(id) AS last FROM strings GROUP BY 1
    ) WHERE owner NOT IN ${OWNERS}`);
    for (const [id = 0, length = 0] of strings) adopt(TYPE.STRING, null, id, length);
    insert.finalize();
    if (adopted === 0) return;
    this.#losses.push(
      `${adopted} values whose keys are lost have keys of names as salvaged:hash:ID in database 0`,
    );
  }

  #firstSpace(): number {
    const [space] = this.#numbers("SELECT space FROM databases WHERE db = 0");
    if (space !== undefined) return space;
    const next = this.#number(`SELECT 1 + max(
      coalesce((SELECT max(space) FROM keys), 0), coalesce((SELECT max(space) FROM databases), 0))`);
    this.#connection.exec(
      `INSERT INTO databases(db, space, keys, expires) VALUES (0, ${next}, 0, 0)`,
    );
    return next;
  }

  /** Names long strings whose chunks may be among lost ones: an absent chunk stands for zeros. */
  tellOfChunks(damaged: readonly DamagedTable[]): void {
    for (const { gaps } of damaged.filter(({ name }) => name === "strings")) {
      for (const { after, before } of gaps) {
        const from = Math.floor(Number(after?.[0] ?? 0) / CHUNKS_PER_STRING);
        const to = Math.floor(Number(before?.[0] ?? Number.MAX_SAFE_INTEGER) / CHUNKS_PER_STRING);
        this.tell(
          `SELECT ${NAME} || ' may have zeros where 32 KiB of it are lost' FROM keys k
            WHERE k.type = ${TYPE.STRING} AND k.id BETWEEN ${from} AND ${to}
              AND (SELECT count(*) FROM strings s WHERE s.id BETWEEN k.id * ${CHUNKS_PER_STRING}
                AND (k.id + 1) * ${CHUNKS_PER_STRING} - 1) * ${CHUNK_SIZE} < k.length`,
        );
      }
    }
    // Those past the end of a string that came to be shorter are nobody's.
    this.#connection.exec(`DELETE FROM strings WHERE EXISTS (
      SELECT 1 FROM keys k WHERE k.type = ${TYPE.STRING} AND k.id = strings.id / ${CHUNKS_PER_STRING}
        AND (strings.id % ${CHUNKS_PER_STRING}) * ${CHUNK_SIZE} >= k.length)`);
  }

  /** Makes the lengths of a type's collections what they have. */
  count({ type, table, encoding }: (typeof COLLECTIONS)[number]): void {
    const connection = this.#connection;
    connection.exec(`CREATE TEMP TABLE counted AS SELECT k.id AS id, k.length AS was,
        coalesce(e.elements, 0) AS length
      FROM keys k LEFT JOIN (
        SELECT key_id, count(*) AS elements FROM ${table} GROUP BY key_id
      ) e ON e.key_id = k.id
      WHERE k.type = ${type} AND k.length IS NOT coalesce(e.elements, 0)`);
    this.tell(`SELECT printf('%s: %d of %d elements are kept', ${NAME}, c.length, c.was)
      FROM counted c JOIN keys k ON k.id = c.id`);
    const ids = this.#numbers("SELECT id FROM counted WHERE length > 0");
    connection.exec(`
      UPDATE keys SET length = (SELECT length FROM counted c WHERE c.id = keys.id),
        encoding = coalesce(encoding, 0) / ${SIZE_UNIT} * ${SIZE_UNIT} + ${encoding}
      WHERE id IN (SELECT id FROM counted);
      DELETE FROM keys WHERE id IN (SELECT id FROM counted WHERE length = 0);
      DROP TABLE counted;
    `);
    for (const id of ids) {
      if (type === TYPE.LIST) this.#renumber(id);
      if (type === TYPE.ARRAY) this.#markHighest(id);
    }
  }

  /** Puts a list's elements at the distance at which a regular list has them. */
  #renumber(id: number): void {
    this.#connection.exec(`
      CREATE TEMP TABLE renumbered AS
        SELECT row_number() OVER (ORDER BY pos) * ${STEP} AS pos, value FROM lists WHERE key_id = ${id};
      DELETE FROM lists WHERE key_id = ${id};
      INSERT INTO lists(key_id, pos, value) SELECT ${id}, pos, value FROM renumbered;
      DROP TABLE renumbered;
    `);
  }

  /** Notes an array's highest index, after which no insertion was. */
  #markHighest(id: number): void {
    const highest = this.#connection.prepare(`SELECT idx FROM arrays WHERE key_id = ${id}
      ORDER BY idx < 0 DESC, idx DESC LIMIT 1`);
    const update = this.#connection.prepare(`UPDATE keys SET value = ?1 WHERE id = ${id}`);
    try {
      const metadata = new Uint8Array(16).fill(0xff, 0, 8);
      if (highest.step()) {
        new DataView(metadata.buffer).setBigInt64(8, highest.columnBigint(0), true);
      }
      update.bindBlob(1, metadata, 0, metadata.length);
      update.run();
    } finally {
      highest.finalize();
      update.finalize();
    }
  }

  /** Counts keys, and makes sure that no number is given again. */
  sum(): void {
    const tables = [...COLLECTIONS, ...SKETCH_TYPES].map(({ table }): string => table)
      .concat(SERIES);
    const ids = [...tables, ...tablesOfExtensions(this.#connection)].map((table) =>
      `SELECT max(key_id) AS id FROM ${table}`
    );
    this.#connection.exec(`
      UPDATE databases SET
        keys = (SELECT count(*) FROM keys WHERE keys.space = databases.space),
        expires = (SELECT count(expires_at) FROM keys WHERE keys.space = databases.space),
        bytes = (SELECT ${SUM_OF_ROWS} FROM keys WHERE keys.space = databases.space);
      INSERT OR REPLACE INTO sequences(name, next) VALUES
        ('id', 1 + max(
          coalesce((SELECT next - 1 FROM sequences WHERE name = 'id'), 0),
          coalesce((SELECT max(id) FROM keys), 0),
          coalesce((SELECT max(id) FROM garbage WHERE type <> ${GARBAGE_SPACE}), 0),
          coalesce((SELECT max(id) FROM history_ids), 0),
          coalesce((SELECT max(id) / ${CHUNKS_PER_STRING} FROM strings), 0),
          coalesce((SELECT max(id) FROM (${ids.join(" UNION ALL ")})), 0))),
        ('space', 1 + max(
          coalesce((SELECT next - 1 FROM sequences WHERE name = 'space'), 0),
          coalesce((SELECT max(space) FROM databases), 0),
          coalesce((SELECT max(space) FROM keys), 0),
          coalesce((SELECT max(space) FROM history_spaces), 0),
          coalesce((SELECT max(id) FROM garbage WHERE type = ${GARBAGE_SPACE}), 0)));
    `);
  }

  /** Tells a line for each row, the first hundred of them. */
  tell(sql: string): void {
    let rows = 0;
    this.#each(sql, (row) => {
      if (rows++ < MOST_NAMED) this.#losses.push(row.columnText(0));
    });
    if (rows > MOST_NAMED) this.#losses.push(`… and so are ${rows - MOST_NAMED} more`);
  }

  #number(sql: string): number {
    return this.#numbers(sql)[0] ?? 0;
  }

  #numbers(sql: string): number[] {
    return this.#rows(sql).map(([number]) => number ?? 0);
  }

  #rows(sql: string): number[][] {
    const rows: number[][] = [];
    this.#each(sql, (row, columns) => {
      rows.push(Array.from({ length: columns }, (_, column) => row.columnNumber(column)));
    });
    return rows;
  }

  #each(sql: string, take: (row: Statement, columns: number) => void): void {
    const statement = this.#connection.prepare(sql);
    try {
      const columns = statement.columnNames().length;
      while (statement.step()) take(statement, columns);
    } finally {
      statement.finalize();
    }
  }
}
