/**
 * The tables as they were at a moment, as temporary views: the rows of now that are none newer, and
 * in place of the others what was recorded of them. The tables `past_…` hold the latter, for those
 * keys that were asked for.
 *
 * @module
 */

import { KEY_COLUMNS, KEY_TYPES, RECORDED_TABLES, type RecordedTable } from "./recorded_tables.ts";
import { TYPE } from "../store/file/schema.ts";

/** The bit of `keys.encoding` that says that there are runs, of which the past has none. */
const HAS_RUNS = 16;

const declared = (columns: Readonly<Record<string, string>>) =>
  Object.entries(columns).map(([name, type]) => `${name} ${type}`).join(", ");

// The types are those of the tables: with others SQLite would not use their keys.
const TABLES = `
CREATE TEMP TABLE IF NOT EXISTS past_moment(at INTEGER NOT NULL);
CREATE TEMP TABLE IF NOT EXISTS past_of_keys(
  space INTEGER NOT NULL, key BLOB NOT NULL, ${declared(KEY_TYPES)}, PRIMARY KEY(space, key)
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS past_databases(
  db INTEGER PRIMARY KEY, space INTEGER, keys INTEGER, expires INTEGER, bytes INTEGER
);
CREATE TEMP VIEW IF NOT EXISTS past_runs AS SELECT * FROM main.runs WHERE false;
`;

const keyColumns = (row: string) =>
  ["space", "key", ...KEY_COLUMNS].map((column) =>
    column === "encoding"
      ? `CASE ${row}.type WHEN ${TYPE.STRING} THEN ${row}.encoding
          ELSE ${row}.encoding & ~${HAS_RUNS} END AS encoding`
      : `${row}.${column}`
  ).join(", ");

// A row that has changed since without having been recorded tells nothing of the moment.
const KEYS = `
CREATE TEMP VIEW IF NOT EXISTS past_keys AS
SELECT ${keyColumns("k")} FROM main.keys k
WHERE k.updated_at <= (SELECT at FROM past_moment) AND NOT EXISTS (
  SELECT 1 FROM past_of_keys u WHERE u.space = k.space AND u.key = k.key)
UNION ALL
SELECT ${keyColumns("u")} FROM past_of_keys u
WHERE u.type <> ${TYPE.NONE} AND u.updated_at <= (SELECT at FROM past_moment);
`;

function elementTable({ table, columns, primaryKey }: RecordedTable): string {
  return `
CREATE TEMP TABLE IF NOT EXISTS past_of_${table}(
  ${declared(columns)}, present INTEGER, PRIMARY KEY(${primaryKey.join(", ")})
) WITHOUT ROWID;`;
}

function elementView(facts: RecordedTable, name = facts.table, source = ""): string {
  const { table, columns, primaryKey } = facts;
  const of = (row: string) => Object.keys(columns).map((column) => `${row}.${column}`).join(", ");
  const same = primaryKey.map((column) => `u.${column} = e.${column}`).join(" AND ");
  return `
CREATE TEMP VIEW IF NOT EXISTS past_${name} AS
SELECT ${of("e")} FROM main.${table} e ${source}
WHERE NOT EXISTS (SELECT 1 FROM past_of_${table} u WHERE ${same})
UNION ALL
SELECT ${of("u")} FROM past_of_${table} u WHERE u.present = 1;`;
}

/** The index that some statements insist on, and the view that does so for them. */
const INDEXED = "zsets INDEXED BY zsets_by_score";
const INDEXED_VIEW = "zsets_by_score";

/** The statements that fill the tables of one moment. */
export const PAST_SQL = {
  moment: "INSERT INTO past_moment VALUES (?1)",
  database: "INSERT INTO past_databases VALUES (?1, ?2, ?3, ?4, 0)",
  image: `INSERT OR IGNORE INTO past_of_keys(space, key, ${KEY_COLUMNS.join(", ")})
    SELECT space, key, ${KEY_COLUMNS.join(", ")} FROM history_keys
    WHERE space = ?1 AND key = ?2 AND at > ?3 ORDER BY at LIMIT 1`,
  images: `INSERT OR IGNORE INTO past_of_keys(space, key, ${KEY_COLUMNS.join(", ")})
    SELECT space, key, ${KEY_COLUMNS.join(", ")} FROM history_keys
    WHERE space = ?1 AND at > ?2 ORDER BY key, at`,
  countImages: `SELECT count(*) FROM (
    SELECT 1 FROM history_keys WHERE space = ?1 AND at > ?2 LIMIT ?3)`,
  hide: `INSERT OR REPLACE INTO past_of_keys(space, key, type) VALUES (?1, ?2, ${TYPE.NONE})`,
  countKeys: "SELECT count(*), count(expires_at) FROM past_keys WHERE space = ?1",
  countElements: `SELECT count(*) FROM (
    SELECT 1 FROM history_elements WHERE key_id = ?1 AND at > ?2 LIMIT ?3)`,
  counts: `SELECT keys, expires FROM history_counts WHERE space = ?1 AND at > ?2
    ORDER BY at LIMIT 1`,
  countsNow: "SELECT keys, expires FROM databases WHERE space = ?1",
};

/** A statement whose rows come in the order of its table, which a view has not. */
const UNORDERED = new RegExp(
  `^SELECT [^(]* FROM past_(${RECORDED_TABLES.map(({ table }) => table).join("|")}) WHERE`,
);

/** The views of some tables, and the statements that turn to them. */
export class PastViews {
  /** Makes the views on a connection, unless it has them. */
  readonly install: string;
  /** Forgets the moment that was shown. */
  readonly clear: string;
  /** How many tables they show. */
  readonly tables: number;
  readonly #load: ReadonlyMap<number, readonly string[]>;
  readonly #named: RegExp;

  /** @param tables The tables of all types. */
  constructor(tables: readonly RecordedTable[]) {
    this.tables = tables.length;
    this.install = TABLES + KEYS +
      tables.map((facts) => elementTable(facts) + elementView(facts)).join("\n") +
      tables.filter(({ table }) => table === "zsets").map((facts) =>
        elementView(facts, INDEXED_VIEW, "INDEXED BY zsets_by_score")
      ).join("\n");
    this.clear = ["moment", "databases", "of_keys", ...tables.map(({ table }) => `of_${table}`)]
      .map((table) => `DELETE FROM past_${table};`).join("\n");
    const load = new Map<number, string[]>();
    for (const { type, table, columns, part, restored } of tables) {
      const ofType = load.get(type) ?? [];
      load.set(type, ofType);
      ofType.push(
        `INSERT OR IGNORE INTO past_of_${table}(${Object.keys(columns).join(", ")}, present)
        SELECT ${restored.join(", ")}, u.present FROM history_elements u
        WHERE u.key_id = ?1 AND u.at > ?2 AND u.part = ${part} ORDER BY u.at, u.n`,
      );
    }
    this.#load = load;
    const names = ["keys", "databases", "runs", ...tables.map(({ table }) => table)];
    this.#named = new RegExp(`\\b(FROM|JOIN)(\\s+)(${names.join("|")})\\b`, "g");
  }

  /** The statements that load the elements of an id (?1) that have changed since a moment (?2), as they were. */
  load(type: number): readonly string[] {
    return this.#load.get(type) ?? [];
  }

  /** A statement that reads, about the past in place of the present. */
  about(sql: string): string {
    const turned = sql.replaceAll(INDEXED, INDEXED_VIEW).replace(this.#named, "$1$2past_$3")
      .replaceAll(`FROM ${INDEXED_VIEW}`, `FROM past_${INDEXED_VIEW}`);
    const table = UNORDERED.exec(turned)?.[1];
    if (table === undefined || turned.includes("ORDER BY")) return turned;
    // The id alone is bound, or the key of chunks.
    const key = RECORDED_TABLES.find((facts) => facts.table === table)?.primaryKey ?? [];
    return `${turned} ORDER BY ${key.at(-1)}`;
  }
}
