/**
 * The tables whose rows history follows: one entry for each that holds elements of keys. The
 * triggers that record, and the views that show the past, are made out of these.
 *
 * @module
 */

import { isOfExtension, type KeyTypes, type StoredType } from "../store/extensions/key_types.ts";
import { CHUNKS_PER_STRING, TYPE } from "../store/file/schema.ts";
import { SKETCH_TYPES } from "../store/file/sketch_tables.ts";

/** A table of elements. */
export interface RecordedTable {
  /** The type whose elements it has, one of `TYPE`. */
  readonly type: number;
  /** Tells the tables of one type apart. */
  readonly part: number;
  /** Its name. */
  readonly table: string;
  /** All its columns and their types, those of its primary key first. */
  readonly columns: Readonly<Record<string, "INTEGER" | "REAL" | "TEXT" | "BLOB">>;
  /** The columns of its primary key, in the order of their places in it. */
  readonly primaryKey: readonly string[];
  /** The id of a row's key, as SQL over a row named `$`. */
  readonly id: string;
  /** Up to three values that tell a row from others of the same id, as SQL over a row named `$`. */
  readonly keys: readonly string[];
  /** Up to four values that are the rest, as SQL over a row named `$`. */
  readonly values: readonly string[];
  /** What {@linkcode values} are when a row changes from `OLD` to `NEW`, if something less will do. */
  readonly changed?: readonly string[];
  /** Whether entries and comparisons say nothing of its rows. */
  readonly untold?: boolean;
  /** Of a type of an extension: which of {@linkcode values} is told beside the name, if one is. */
  readonly told?: number;
  /** The columns as SQL over a recorded row named `u`, whose columns are `a` to `c`, `v1` to `v4`. */
  readonly restored: readonly string[];
}

const plain = (
  type: number,
  table: string,
  columns: RecordedTable["columns"],
): RecordedTable => {
  const [key = "", ...values] = Object.keys(columns);
  return {
    type,
    part: 0,
    table,
    columns: { key_id: "INTEGER", ...columns },
    primaryKey: ["key_id", key],
    id: "$.key_id",
    keys: [`$.${key}`],
    values: values.map((value) => `$.${value}`),
    restored: ["u.key_id", "u.a", ...values.map((_, i) => `u.v${i + 1}`)],
  };
};

/** What of a stream a table has. */
export const STREAM_PART = {
  ENTRIES: 0,
  GROUPS: 1,
  CONSUMERS: 2,
  PENDING: 3,
  IDEMPOTENT: 4,
} as const;

/**
 * A chunk that only grew at its end is recorded by the length it had, in place of its bytes: they
 * are the first ones of what came after.
 */
const CHUNKS: RecordedTable = {
  type: TYPE.STRING,
  part: 0,
  table: "strings",
  columns: { id: "INTEGER", data: "BLOB" },
  primaryKey: ["id"],
  id: `($.id / ${CHUNKS_PER_STRING})`,
  keys: [`($.id % ${CHUNKS_PER_STRING})`],
  values: ["$.data", "NULL"],
  changed: [
    "CASE WHEN substr(NEW.data, 1, length(OLD.data)) = OLD.data THEN NULL ELSE OLD.data END",
    "length(OLD.data)",
  ],
  restored: [
    `u.key_id * ${CHUNKS_PER_STRING} + u.a`,
    `coalesce(u.v1, substr(coalesce((
      SELECT later.v1 FROM history_elements later WHERE later.key_id = u.key_id
        AND (later.at, later.n) > (u.at, u.n) AND later.part = u.part AND later.a = u.a
        AND later.v1 IS NOT NULL
      ORDER BY later.at, later.n LIMIT 1
    ), (
      SELECT data FROM main.strings WHERE id = u.key_id * ${CHUNKS_PER_STRING} + u.a
    )), 1, u.v2))`,
  ],
};

/** A group has more columns than an image: its counts are one of them. */
const GROUPS: RecordedTable = {
  type: TYPE.STREAM,
  part: STREAM_PART.GROUPS,
  table: "stream_groups",
  columns: {
    key_id: "INTEGER",
    name: "BLOB",
    number: "INTEGER",
    last_id: "BLOB",
    entries_read: "INTEGER",
    pending: "INTEGER",
    consumers: "INTEGER",
    last_consumer: "INTEGER",
  },
  primaryKey: ["key_id", "name"],
  id: "$.key_id",
  keys: ["$.name"],
  values: [
    "$.last_id",
    "$.entries_read",
    "$.number",
    "CAST(json_array($.pending, $.consumers, $.last_consumer) AS BLOB)",
  ],
  restored: [
    ...["u.key_id", "u.a", "u.v3", "u.v1", "u.v2"],
    ...[0, 1, 2].map((i) => `json_extract(CAST(u.v4 AS TEXT), '$[${i}]')`),
  ],
};

/** A table whose rows have two names beside the id of their key. */
const twice = (
  part: number,
  table: string,
  columns: RecordedTable["columns"],
): RecordedTable => {
  const [first = "", second = "", ...values] = Object.keys(columns);
  return {
    type: TYPE.STREAM,
    part,
    table,
    columns: { key_id: "INTEGER", ...columns },
    untold: true,
    primaryKey: ["key_id", first, second],
    id: "$.key_id",
    keys: [`$.${first}`, `$.${second}`],
    values: values.map((value) => `$.${value}`),
    restored: ["u.key_id", "u.a", "u.b", ...values.map((_, i) => `u.v${i + 1}`)],
  };
};

/** All of them. */
export const RECORDED_TABLES: readonly RecordedTable[] = [
  CHUNKS,
  plain(TYPE.HASH, "hashes", {
    field: "BLOB",
    value: "BLOB",
    expires_at: "INTEGER",
    ordinal: "INTEGER",
  }),
  plain(TYPE.LIST, "lists", { pos: "INTEGER", value: "BLOB" }),
  plain(TYPE.SET, "sets", { member: "BLOB", ordinal: "INTEGER" }),
  plain(TYPE.ZSET, "zsets", { member: "BLOB", score: "REAL", negative_zero: "INTEGER" }),
  plain(TYPE.ARRAY, "arrays", { idx: "INTEGER", value: "BLOB" }),
  plain(TYPE.SUGGESTIONS, "suggestions", {
    term: "BLOB",
    folded: "BLOB",
    score: "REAL",
    payload: "BLOB",
  }),
  { ...plain(TYPE.JSON, "json", { position: "INTEGER", text: "BLOB" }), untold: true },
  {
    ...plain(TYPE.TIME_SERIES, "ts_chunks", {
      first: "INTEGER",
      last: "INTEGER",
      count: "INTEGER",
      size: "INTEGER",
      data: "BLOB",
    }),
    untold: true,
  },
  {
    ...plain(TYPE.TIME_SERIES, "ts_labels", { ordinal: "INTEGER", name: "BLOB", value: "BLOB" }),
    part: 1,
    untold: true,
  },
  ...SKETCH_TYPES.map(({ type, table }): RecordedTable => ({
    ...plain(type, table, { number: "INTEGER", bytes: "BLOB" }),
    untold: true,
  })),
  plain(TYPE.STREAM, "streams", { id: "BLOB", fields: "BLOB" }),
  GROUPS,
  twice(STREAM_PART.CONSUMERS, "stream_consumers", {
    grp: "INTEGER",
    name: "BLOB",
    number: "INTEGER",
    seen_at: "INTEGER",
    active_at: "INTEGER",
    pending: "INTEGER",
  }),
  twice(STREAM_PART.PENDING, "stream_pending", {
    grp: "INTEGER",
    id: "BLOB",
    consumer: "INTEGER",
    delivered_at: "INTEGER",
    deliveries: "INTEGER",
  }),
  twice(STREAM_PART.IDEMPOTENT, "stream_idempotent", {
    producer: "BLOB",
    token: "BLOB",
    id: "BLOB",
    added_at: "INTEGER",
    n: "INTEGER",
  }),
];

/** The tables of a type that an extension brings, loaded or not. */
function tablesOfExtension({ type, tables }: StoredType): RecordedTable[] {
  return tables.map(({ table, columns, key, told }, part): RecordedTable => {
    const values = Object.keys(columns).slice(key.length);
    return {
      type,
      part,
      table,
      columns: { key_id: "INTEGER", ...columns },
      // Only elements with a name are told.
      ...(part > 0 || key.length !== 1) && { untold: true },
      ...told !== undefined && { told: values.indexOf(told) },
      primaryKey: ["key_id", ...key],
      id: "$.key_id",
      keys: key.map((column) => `$.${column}`),
      values: values.map((column) => `$.${column}`),
      restored: [
        "u.key_id",
        ...key.map((_, i) => `u.${"abc"[i]}`),
        ...values.map((_, i) => `u.v${i + 1}`),
      ],
    };
  });
}

/** The tables of all types, those of extensions included. */
export function recordedTables(types: KeyTypes): readonly RecordedTable[] {
  const ofExtensions = types.all().flatMap(tablesOfExtension);
  return ofExtensions.length === 0 ? RECORDED_TABLES : [...RECORDED_TABLES, ...ofExtensions];
}

/** The tables of one type. */
export function recordedTablesOf(types: KeyTypes, type: number): readonly RecordedTable[] {
  if (!isOfExtension(type)) return RECORDED_TABLES.filter((table) => table.type === type);
  const stored = types.get(type);
  return stored === undefined ? [] : tablesOfExtension(stored);
}

/** The columns of `keys` that history keeps, beside the space and the key, and their types. */
export const KEY_TYPES = {
  type: "INTEGER",
  encoding: "INTEGER",
  id: "INTEGER",
  length: "INTEGER",
  expires_at: "INTEGER",
  version: "INTEGER",
  created_at: "INTEGER",
  updated_at: "INTEGER",
  value: "BLOB",
  fields_expire_at: "INTEGER",
} as const;

/** Their names. */
export const KEY_COLUMNS: readonly string[] = Object.keys(KEY_TYPES);
