/**
 * The triggers that record what rows were before they change. They are temporary, each process's own
 * on its connection, as are the tables that tell them what to record; what they record is not.
 *
 * @module
 */

import { KEY_COLUMNS, type RecordedTable } from "./recorded_tables.ts";

/** Counts as the last event of a millisecond: what is frozen comes after what was recorded before. */
export const FROZEN: number = 2 ** 40;

const KEYS = ["a", "b", "c"];
const VALUES = ["v1", "v2", "v3", "v4"];

/** The tables that tell what is recorded, and under which time. */
const SWITCHES = `
CREATE TEMP TABLE recording_now(at INTEGER NOT NULL, n INTEGER NOT NULL);
CREATE TEMP TABLE recorded_spaces(space INTEGER PRIMARY KEY, recorded INTEGER, frozen_at INTEGER);
CREATE TEMP TABLE recorded_names(
  space INTEGER, key BLOB, recorded INTEGER, frozen_at INTEGER, PRIMARY KEY(space, key)
) WITHOUT ROWID;
CREATE TEMP TABLE recorded_ids(id INTEGER PRIMARY KEY, frozen_at INTEGER);
`;

const padded = (columns: readonly string[], length: number, filler: string) =>
  Array.from({ length }, (_, i) => columns[i] ?? filler).join(", ");

const over = (row: string, expressions: readonly string[]) =>
  expressions.map((expression) => expression.replaceAll("$", row));

/** Records that a row was there, or was not. What was recorded first under a time stays. */
function record(
  { part, id, keys, values }: RecordedTable,
  row: "OLD" | "NEW",
  present: boolean,
  options: { readonly changed?: readonly string[] | undefined; readonly unless?: string } = {},
): string {
  const before = present ? options.changed ?? over(row, values) : [];
  return `INSERT INTO history_elements(
      key_id, at, n, part, ${KEYS.join(", ")}, present, ${VALUES.join(", ")})
    SELECT r.id, coalesce(r.frozen_at, t.at), CASE WHEN r.frozen_at IS NULL THEN t.n ELSE ${FROZEN} END,
      ${part}, ${padded(over(row, keys), KEYS.length, "0")}, ${present ? 1 : 0},
      ${padded(before, VALUES.length, "NULL")}
    FROM recorded_ids r, recording_now t WHERE r.id = ${id.replaceAll("$", row)}
      ${options.unless ?? ""}
    ON CONFLICT DO NOTHING;`;
}

/** What nobody refers to any more is deleted in slices. */
const GARBAGE = "AND NOT EXISTS (SELECT 1 FROM garbage g WHERE g.id = r.id AND g.type > 0)";

/** An update that names no column of the primary key moves no row, and fires the first only. */
function elementTriggers(facts: RecordedTable): string {
  const { table, primaryKey, changed } = facts;
  return `
CREATE TEMP TRIGGER history_${table}_inserted AFTER INSERT ON main.${table} BEGIN
  ${record(facts, "NEW", false)}
END;
CREATE TEMP TRIGGER history_${table}_deleted AFTER DELETE ON main.${table} BEGIN
  ${record(facts, "OLD", true, { unless: GARBAGE })}
END;
CREATE TEMP TRIGGER history_${table}_updated AFTER UPDATE ON main.${table} BEGIN
  ${record(facts, "OLD", true, { changed })}
END;
CREATE TEMP TRIGGER history_${table}_moved AFTER UPDATE OF ${primaryKey.join(", ")} ON main.${table}
WHEN ${differ(primaryKey)} BEGIN
  ${record(facts, "NEW", false)}
END;`;
}

const differ = (columns: readonly string[]) =>
  columns.map((column) => `NEW.${column} <> OLD.${column}`).join(" OR ");

function recordKey(row: "OLD" | "NEW", present: boolean): string {
  const columns = present ? KEY_COLUMNS.map((column) => `${row}.${column}`) : ["0"];
  const own = (column: string) => `CASE WHEN m.space IS NULL THEN s.${column} ELSE m.${column} END`;
  return `INSERT INTO history_keys(space, key, at, ${KEY_COLUMNS.join(", ")})
    SELECT ${row}.space, ${row}.key, coalesce(${own("frozen_at")}, t.at),
      ${padded(columns, KEY_COLUMNS.length, "NULL")}
    FROM recording_now t, recorded_spaces s
      LEFT JOIN recorded_names m ON m.space = s.space AND m.key = ${row}.key
    WHERE s.space = ${row}.space AND ${own("recorded")} = 1
    ON CONFLICT DO NOTHING;`;
}

const KEY_TRIGGERS = `
CREATE TEMP TRIGGER history_keys_inserted AFTER INSERT ON main.keys BEGIN
  ${recordKey("NEW", false)}
END;
CREATE TEMP TRIGGER history_keys_deleted AFTER DELETE ON main.keys BEGIN
  ${recordKey("OLD", true)}
END;
CREATE TEMP TRIGGER history_keys_updated AFTER UPDATE ON main.keys BEGIN
  ${recordKey("OLD", true)}
END;
CREATE TEMP TRIGGER history_keys_moved AFTER UPDATE OF space, key ON main.keys
WHEN ${differ(["space", "key"])} BEGIN
  ${recordKey("NEW", false)}
END;`;

const recordCounts = (space: string, keys: string, expires: string) =>
  `INSERT INTO history_counts(space, at, keys, expires)
    SELECT ${space}, t.at, ${keys}, ${expires} FROM recording_now t WHERE true
    ON CONFLICT DO NOTHING;`;

const COUNT_TRIGGERS = `
CREATE TEMP TRIGGER history_databases_inserted AFTER INSERT ON main.databases BEGIN
  ${recordCounts("NEW.space", "0", "0")}
END;
CREATE TEMP TRIGGER history_databases_deleted AFTER DELETE ON main.databases BEGIN
  ${recordCounts("OLD.space", "OLD.keys", "OLD.expires")}
END;
CREATE TEMP TRIGGER history_databases_updated AFTER UPDATE ON main.databases
WHEN OLD.keys <> NEW.keys OR OLD.expires <> NEW.expires OR OLD.space <> NEW.space BEGIN
  ${recordCounts("OLD.space", "OLD.keys", "OLD.expires")}
END;`;

/** The events of a millisecond are counted: each ends what belongs to it. */
const NEXT_EVENT = `
CREATE TEMP TRIGGER history_history_entries_inserted AFTER INSERT ON main.history_entries BEGIN
  UPDATE recording_now SET n = NEW.n + 1;
END;`;

/** Begins to record tables on a connection, as the switches tell. */
export function install(tables: readonly RecordedTable[]): string {
  return SWITCHES + KEY_TRIGGERS + COUNT_TRIGGERS + NEXT_EVENT +
    tables.map(elementTriggers).join("\n");
}

const triggersOf = (table: string) =>
  ["inserted", "deleted", "updated", "moved"].map((event) =>
    `DROP TRIGGER IF EXISTS temp.history_${table}_${event};`
  ).join("\n");

/** Ends it. */
export function uninstall(tables: readonly RecordedTable[]): string {
  return [
    ...["keys", "databases", "history_entries", ...tables.map(({ table }) => table)]
      .map(triggersOf),
    ...["recording_now", "recorded_spaces", "recorded_names", "recorded_ids"].map((table) =>
      `DROP TABLE IF EXISTS temp.${table};`
    ),
  ].join("\n");
}
