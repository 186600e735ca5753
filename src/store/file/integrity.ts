/**
 * Whether a database is whole: SQLite's own check of its pages and indexes, and what the store
 * relies on beyond that (schema.ts): that counts are what they count, and that elements and keys
 * have each other. It reads one snapshot, so what other turns do meanwhile does not disturb it.
 *
 * @module
 */

import { type Connection, SqliteError, type Statement } from "../../sqlite/sqlite.ts";
import { type StoredType, storedTypes } from "../extensions/key_types.ts";
import { SEARCH_CHECKS } from "./checks/search_checks.ts";
import { FLOOR_AT, LAST_AT } from "../streams/facts.ts";
import { ID_SIZE } from "../streams/ids.ts";
import { jsonChecks } from "./checks/json_checks.ts";
import { seriesChecks } from "./checks/series_checks.ts";
import {
  CHUNK_SIZE,
  CHUNKS_PER_STRING,
  GARBAGE_OF_STREAM,
  GARBAGE_SPACE,
  TYPE,
  TYPE_NAMES,
} from "./schema.ts";
import { SKETCH_TYPES } from "./sketch_tables.ts";

/**
 * How far the check goes: `quick` does not compare indexes with their tables.
 *
 * @example
 * ```ts
 * import { type CheckMode, Redlite } from "@redlite/redlite";
 *
 * await using db = Redlite.open(":memory:");
 * const mode: CheckMode = "quick";
 * console.log(await db.integrity(mode)); // []
 * ```
 */
export type CheckMode = "quick" | "full";

/** Problems that are told of each kind. */
const MOST_PROBLEMS = 100;

/** What SQLite says beside problems. */
const NO_PROBLEM = /^(ok|\*\*\* in database main \*\*\*)?$/;

/** Is told which check begins, and how many of how many are done. */
export type ToldOfCheck = (name: string, done: number, total: number) => void;

/** One check: a query that selects a line for each problem. */
interface Check {
  readonly name: string;
  readonly sql: string;
}

const COLLECTIONS: readonly (readonly [type: number, table: string])[] = [
  [TYPE.LIST, "lists"],
  [TYPE.SET, "sets"],
  [TYPE.ZSET, "zsets"],
  [TYPE.HASH, "hashes"],
  [TYPE.ARRAY, "arrays"],
  [TYPE.SUGGESTIONS, "suggestions"],
];

/** The bit of `keys.encoding` that says that a collection is counted in runs. */
const HAS_RUNS = 16;
/** A key in words. */
const KEY = "printf('key %s of space %d', quote(k.key), k.space)";
/** The types of values that are not extensions'. */
export const KNOWN_TYPES = [
  TYPE.STRING,
  ...COLLECTIONS.map(([type]) => type),
  TYPE.STREAM,
  TYPE.JSON,
  ...SKETCH_TYPES.map(({ type }) => type),
  TYPE.TIME_SERIES,
].join(", ");
/** The ids that a key, the history or what waits to be deleted has: looked up, not walked through. */
const OWNED = `(SELECT id FROM keys WHERE id IS NOT NULL UNION ALL SELECT id FROM history_ids
  UNION ALL SELECT id FROM garbage WHERE type <> ${GARBAGE_SPACE})`;

/** The entries of a stream, those garbage that are below its floor left out. */
const ENTRIES = `streams s ON s.key_id = k.id
  AND s.id >= substr(k.value, ${FLOOR_AT + 1}, ${ID_SIZE})`;
/** Groups that are there: of others garbage tells. */
const LEFT_GROUPS = "(SELECT 1 FROM stream_garbage g WHERE g.key_id = r.key_id AND g.grp = r.grp)";

/** What deleted consumers of a group had pending may still be there. */
const LEFT_CONSUMERS = `(SELECT 1 FROM stream_garbage l
  WHERE l.key_id = k.id AND l.grp = g.number AND l.below IS NOT NULL)`;

const STREAM_CHECKS: readonly Check[] = [
  {
    name: "streams",
    sql: `SELECT printf('%s is a stream of %d elements and has %d', ${KEY}, k.length, count(s.id))
      FROM keys k LEFT JOIN ${ENTRIES} WHERE k.type = ${TYPE.STREAM}
      GROUP BY k.space, k.key HAVING k.length <> count(s.id)
      UNION ALL
      SELECT printf('%s has an entry after its last id', ${KEY})
      FROM keys k JOIN ${ENTRIES} WHERE k.type = ${TYPE.STREAM}
      GROUP BY k.space, k.key HAVING max(s.id) > substr(k.value, ${LAST_AT + 1}, ${ID_SIZE})
      UNION ALL
      SELECT printf('%s has rows below its floor that are not noted as garbage', ${KEY})
      FROM keys k WHERE k.type = ${TYPE.STREAM} AND EXISTS (SELECT 1 FROM streams s
        WHERE s.key_id = k.id AND s.id < substr(k.value, ${FLOOR_AT + 1}, ${ID_SIZE}))
        AND NOT EXISTS (SELECT 1 FROM stream_garbage g JOIN garbage w ON w.id = g.key_id
          AND w.type = ${GARBAGE_OF_STREAM} WHERE g.key_id = k.id AND g.grp = 0)`,
  },
  ...["streams", "stream_groups", "stream_consumers", "stream_pending", "stream_idempotent"].map((
    table,
  ): Check => ({
    name: table,
    sql: `SELECT printf('%d rows of ${table} belong to no key (id %d)', elements, key_id) FROM (
        SELECT key_id, count(*) AS elements FROM ${table} GROUP BY key_id
      ) WHERE key_id NOT IN ${OWNED}`,
  })),
  {
    name: "stream_groups",
    sql: `SELECT printf('%s counts %d pending entries in a group and has %d', ${KEY}, g.pending,
        count(p.id))
      FROM keys k JOIN stream_groups g ON g.key_id = k.id
        LEFT JOIN stream_pending p ON p.key_id = k.id AND p.grp = g.number
          AND (p.consumer = 0 OR NOT EXISTS ${LEFT_CONSUMERS} OR EXISTS (
            SELECT 1 FROM stream_consumers c
            WHERE c.key_id = k.id AND c.grp = g.number AND c.number = p.consumer))
      GROUP BY k.space, k.key, g.name HAVING g.pending <> count(p.id)
      UNION ALL
      SELECT printf('%s counts %d consumers in a group and has %d', ${KEY}, g.consumers,
        count(c.name))
      FROM keys k JOIN stream_groups g ON g.key_id = k.id
        LEFT JOIN stream_consumers c ON c.key_id = k.id AND c.grp = g.number
      GROUP BY k.space, k.key, g.name HAVING g.consumers <> count(c.name)`,
  },
  {
    name: "stream_consumers",
    sql: `SELECT printf('%s counts %d pending entries of a consumer and has %d', ${KEY}, c.pending,
        count(p.id))
      FROM keys k JOIN stream_groups g ON g.key_id = k.id
        JOIN stream_consumers c ON c.key_id = k.id AND c.grp = g.number
        LEFT JOIN stream_pending p ON p.key_id = k.id AND p.grp = g.number
          AND p.consumer = c.number
      GROUP BY k.space, k.key, g.name, c.name HAVING c.pending <> count(p.id)`,
  },
  ...["stream_consumers", "stream_pending"].map((table): Check => ({
    name: table,
    sql: `SELECT printf('%d rows of ${table} belong to no group (%d of id %d)', rows, grp, key_id)
      FROM (SELECT key_id, grp, count(*) AS rows FROM ${table} GROUP BY key_id, grp) r
      WHERE key_id IN (SELECT id FROM keys WHERE type = ${TYPE.STREAM})
        AND grp NOT IN (SELECT number FROM stream_groups g WHERE g.key_id = r.key_id)
        AND NOT EXISTS ${LEFT_GROUPS}`,
  })),
];

/** Whether the collections of a type are as long as their rows say that they are. */
function counted(type: number, name: string, table: string): Check {
  return {
    name: table,
    sql: `SELECT printf('%s is a ${name} of %d elements and has %d', ${KEY}, k.length,
        coalesce(e.elements, 0))
      FROM keys k LEFT JOIN (
        SELECT key_id, count(*) AS elements FROM ${table} GROUP BY key_id
      ) e ON e.key_id = k.id
      WHERE k.type = ${type} AND k.length IS NOT coalesce(e.elements, 0)`,
  };
}

/** Whether somebody has the rows of a table of elements. */
function owned(table: string): Check {
  return {
    name: table,
    sql: `SELECT printf('%d rows of ${table} belong to no key (id %d)', elements, key_id) FROM (
        SELECT key_id, count(*) AS elements FROM ${table} GROUP BY key_id
      ) WHERE key_id NOT IN ${OWNED}`,
  };
}

/** The checks of types that extensions have brought, loaded or not. */
function checksOfExtensions(connection: Connection): Check[] {
  let types: StoredType[];
  try {
    types = storedTypes(connection);
  } catch (error) {
    // That the table cannot be read is told by the check of its pages.
    if (error instanceof SqliteError && error.corrupt) return [];
    throw error;
  }
  return types.flatMap(({ type, name, tables }) =>
    tables.flatMap(({ table }, i) => [...i === 0 ? [counted(type, name, table)] : [], owned(table)])
  );
}

const CHECKS: readonly Check[] = [
  {
    name: "databases",
    sql: `SELECT printf('database %d counts %d keys and has %d', d.db, d.keys, count(k.space))
      FROM databases d LEFT JOIN keys k ON k.space = d.space
      GROUP BY d.db HAVING d.keys <> count(k.space)
      UNION ALL
      SELECT printf('database %d counts %d expiries and has %d', d.db, d.expires,
        count(k.expires_at))
      FROM databases d LEFT JOIN keys k ON k.space = d.space
      GROUP BY d.db HAVING d.expires <> count(k.expires_at)`,
  },
  {
    name: "spaces",
    sql: `SELECT printf('%d keys are in space %d, which belongs to no database', count(*), space)
      FROM keys WHERE space NOT IN (SELECT space FROM databases)
        AND space NOT IN (SELECT id FROM garbage WHERE type = ${GARBAGE_SPACE})
        AND space NOT IN (SELECT space FROM history_spaces)
      GROUP BY space`,
  },
  {
    name: "keys",
    sql: `SELECT printf('%s has the unknown type %d', ${KEY}, k.type)
      FROM keys k WHERE k.type NOT IN (${KNOWN_TYPES})
        AND k.type NOT IN (SELECT type FROM extension_types)
      UNION ALL
      SELECT printf('%s is a string with two values or none', ${KEY}) FROM keys k
      WHERE k.type = ${TYPE.STRING} AND ((k.value IS NULL) = (k.length IS NULL)
        OR (k.id IS NULL) <> (k.length IS NULL))
      UNION ALL
      SELECT printf('%s is a collection without an id or a length', ${KEY}) FROM keys k
      WHERE k.type <> ${TYPE.STRING} AND (k.id IS NULL OR k.length IS NULL OR k.length < 0
        OR k.length = 0 AND k.type NOT IN (${TYPE.STREAM}, ${TYPE.SUGGESTIONS}, ${TYPE.TIME_SERIES})
          AND k.type NOT IN (SELECT type FROM extension_types WHERE empty = 1))`,
  },
  {
    name: "ids",
    sql: `SELECT printf('id %d belongs to %d keys', id, count(*)) FROM keys
      WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1
      UNION ALL
      SELECT printf('the next new id is %d, and %d is in use', s.next, k.most)
      FROM sequences s, (SELECT max(id) AS most FROM keys) k
      WHERE s.name = 'id' AND k.most >= s.next
      UNION ALL
      SELECT printf('the next new space is %d, and %d is in use', s.next, d.most)
      FROM sequences s, (SELECT max(space) AS most FROM databases) d
      WHERE s.name = 'space' AND d.most >= s.next`,
  },
  {
    name: "strings",
    sql: `SELECT printf('%d chunks of no string have the id %d', chunks, id) FROM (
        SELECT id / ${CHUNKS_PER_STRING} AS id, count(*) AS chunks FROM strings GROUP BY 1
      ) WHERE id NOT IN ${OWNED}
      UNION ALL
      SELECT printf('%s has chunks past its end, or of a wrong size', ${KEY})
      FROM keys k JOIN strings s ON s.id BETWEEN k.id * ${CHUNKS_PER_STRING}
        AND (k.id + 1) * ${CHUNKS_PER_STRING} - 1
      WHERE k.type = ${TYPE.STRING} AND length(s.data) <>
        min(${CHUNK_SIZE}, k.length - (s.id - k.id * ${CHUNKS_PER_STRING}) * ${CHUNK_SIZE})`,
  },
  ...COLLECTIONS.flatMap(([type, table]): Check[] => [
    counted(type, TYPE_NAMES[type] ?? "", table),
    owned(table),
  ]),
  ...STREAM_CHECKS,
  ...SEARCH_CHECKS,
  ...jsonChecks(KEY, OWNED),
  ...seriesChecks(KEY),
  ...["ts_chunks", "ts_labels", "ts_series"].map(owned),
  ...SKETCH_TYPES.map(({ table }) => owned(table)),
  {
    name: "runs",
    sql: `SELECT printf('%s has %d elements, and its runs count %s', ${KEY}, k.length,
        coalesce(r.elements, 'none'))
      FROM keys k LEFT JOIN (
        SELECT key_id, sum(count) AS elements, min(number) AS start FROM runs GROUP BY key_id
      ) r ON r.key_id = k.id
      WHERE k.type <> ${TYPE.STRING} AND k.encoding & ${HAS_RUNS} <> 0
        AND (r.elements IS NOT k.length OR r.start <> -9e999)
      UNION ALL
      SELECT printf('%d runs belong to no key (id %d)', runs, key_id) FROM (
        SELECT key_id, count(*) AS runs FROM runs GROUP BY key_id
      ) WHERE key_id NOT IN ${OWNED}`,
  },
  {
    name: "expiries of fields",
    sql: `SELECT printf('%s has a field that expires before the hash is looked at', ${KEY})
      FROM keys k WHERE k.type = ${TYPE.HASH} AND EXISTS (
        SELECT 1 FROM hashes h WHERE h.key_id = k.id AND h.expires_at IS NOT NULL
          AND h.expires_at < coalesce(k.fields_expire_at, 9e999))`,
  },
];

/**
 * The checks as one sequence of steps, so that whoever runs it decides on which thread: it yields
 * each statement that is to be stepped, and is given the step's outcome.
 */
function* problems(
  connection: Connection,
  mode: CheckMode,
  told: ToldOfCheck,
  further: readonly Check[],
): Generator<Statement, string[], boolean> {
  const found: string[] = [];
  const sqlite = mode === "quick" ? "quick_check" : "integrity_check";
  const checks = [
    { name: "pages", sql: `PRAGMA ${sqlite}(${MOST_PROBLEMS})` },
    ...[...CHECKS, ...checksOfExtensions(connection), ...further].map(({ name, sql }) => ({
      name,
      sql: `${sql} LIMIT ${MOST_PROBLEMS}`,
    })),
  ];
  for (const [index, { name, sql }] of checks.entries()) {
    told(name, index, checks.length);
    let statement: Statement | undefined;
    try {
      statement = connection.prepare(sql);
      while (yield statement) {
        // SQLite tells of several problems in one text, and of none with the word "ok".
        const lines = statement.columnText(0).split("\n");
        for (const line of lines) if (!NO_PROBLEM.test(line)) found.push(line);
      }
    } catch (error) {
      if (!(error instanceof SqliteError) || error.interrupted) throw error;
      // Where pages are damaged, most of the other checks meet them too.
      if (!error.corrupt || found.length === 0) {
        found.push(`${name} cannot be read: ${error.message}`);
      }
    } finally {
      statement?.finalize();
    }
  }
  return found;
}

/** Checks a database at once, and by further checks of extensions. Call where the connection reads a snapshot. @returns The problems. */
export function checkIntegrity(
  connection: Connection,
  mode: CheckMode,
  told: ToldOfCheck = () => {},
  further: readonly Check[] = [],
): string[] {
  const checking = problems(connection, mode, told, further);
  let next = checking.next();
  while (!next.done) {
    let more: boolean;
    try {
      more = next.value.step();
    } catch (error) {
      next = checking.throw(error);
      continue;
    }
    next = checking.next(more);
  }
  return next.value;
}

/** The same on another thread, where the driver can, on a connection of its own. */
export async function checkIntegrityAside(
  connection: Connection,
  mode: CheckMode,
  told: ToldOfCheck,
  further: readonly Check[] = [],
): Promise<string[]> {
  connection.begin(false);
  try {
    const checking = problems(connection, mode, told, further);
    let next = checking.next();
    while (!next.done) {
      let more: boolean;
      try {
        more = await (next.value.stepAsync?.() ?? next.value.step());
      } catch (error) {
        next = checking.throw(error);
        continue;
      }
      next = checking.next(more);
    }
    return next.value;
  } finally {
    connection.rollback();
  }
}
