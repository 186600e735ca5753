/** The values of a database of the Redlite in Rust, as commands that make them. */

import type { Argument } from "../../embedded/data.ts";
import { formatDouble } from "../../resp/double.ts";
import type { Connection, Statement } from "../../sqlite/sqlite.ts";
import { pairsOf } from "./message_pack.ts";
import { rowsOf } from "./rust_tables.ts";
import type { Words } from "./source.ts";

/** How values of one type are kept. */
export interface ValueKind {
  readonly kind: string;
  /** Where a key of this type has its rows: in the first table, or in one of the others. */
  readonly tables: readonly string[];
  /** The commands that make it. */
  commands(connection: Connection, id: number, key: Uint8Array): Iterable<Words>;
}

/** Most arguments, and bytes, of one command. */
const MOST_ARGUMENTS = 512, MOST_BYTES = 1 << 20;

/** Elements as commands of many each. @param element The arguments that a row stands for. */
function* gathered(
  command: string,
  key: Uint8Array,
  rows: Iterable<Statement>,
  element: (row: Statement) => Argument[],
): Iterable<Words> {
  let words: Argument[] = [command, key], bytes = 0;
  for (const row of rows) {
    for (const part of element(row)) {
      words.push(part);
      bytes += part instanceof Uint8Array ? part.length : 8;
    }
    if (words.length < MOST_ARGUMENTS && bytes < MOST_BYTES) continue;
    yield words;
    words = [command, key];
    bytes = 0;
  }
  if (words.length > 2) yield words;
}

/** A type whose elements go into one command after the other. */
function elements(
  kind: string,
  table: string,
  command: string,
  columns: string,
  element: (row: Statement) => Argument[],
): ValueKind {
  const sql = `SELECT ${columns} FROM ${table} WHERE key_id = ?1`;
  return {
    kind,
    tables: [table],
    commands: (connection, id, key) =>
      gathered(
        command,
        key,
        rowsOf(connection, kind === "list" ? `${sql} ORDER BY pos` : sql, id),
        element,
      ),
  };
}

/** The types, the one before the other where a key has rows in the tables of two. */
export const VALUES: readonly ValueKind[] = [
  elements("string", "strings", "SET", "value", (row) => [row.columnBlob(0)]),
  elements("hash", "hashes", "HSET", "CAST(field AS BLOB), value", (row) => [
    row.columnBlob(0),
    row.columnBlob(1),
  ]),
  elements("list", "lists", "RPUSH", "value", (row) => [row.columnBlob(0)]),
  elements("set", "sets", "SADD", "member", (row) => [row.columnBlob(0)]),
  elements("sorted set", "zsets", "ZADD", "score, member", (row) => [
    formatDouble(row.columnNumber(0)),
    row.columnBlob(1),
  ]),
  {
    kind: "stream",
    tables: ["streams", "stream_groups"],
    *commands(connection, id, key) {
      yield* entriesOf(connection, id, key);
      yield* groupsOf(connection, id, key);
    },
  },
  {
    kind: "JSON document",
    tables: ["json_docs"],
    *commands(connection, id, key) {
      for (const row of rowsOf(connection, "SELECT value FROM json_docs WHERE key_id = ?1", id)) {
        yield ["JSON.SET", key, "$", row.columnBlob(0)];
      }
    },
  },
  elements(
    "set of places",
    "geo_data",
    "GEOADD",
    "longitude, latitude, CAST(member AS BLOB)",
    (row) => [
      formatDouble(row.columnNumber(0)),
      formatDouble(row.columnNumber(1)),
      row.columnBlob(2),
    ],
  ),
  {
    kind: "vector set",
    tables: ["vector_sets"],
    *commands(connection, id, key) {
      const sql = `SELECT CAST(element AS BLOB), embedding, coalesce(quantization, 'NOQUANT'),
        CAST(attributes AS BLOB) FROM vector_sets WHERE key_id = ?1 ORDER BY id`;
      for (const row of rowsOf(connection, sql, id)) {
        const words = ["VADD", key, "FP32", row.columnBlob(1), row.columnBlob(0)];
        words.push(row.columnText(2).toUpperCase());
        if (!row.columnIsNull(3)) words.push("SETATTR", row.columnBlob(3));
        yield words;
      }
    },
  },
];

const idOf = (row: Statement, at: number) => `${row.columnBigint(at)}-${row.columnBigint(at + 1)}`;

function* entriesOf(connection: Connection, id: number, key: Uint8Array): Iterable<Words> {
  const sql = `SELECT entry_ms, entry_seq, data FROM streams WHERE key_id = ?1
    ORDER BY entry_ms, entry_seq`;
  let any = false;
  for (const row of rowsOf(connection, sql, id)) {
    any = true;
    yield ["XADD", key, idOf(row, 0), ...pairsOf(row.columnBlob(2))];
  }
  if (any) return;
  // A stream that has lost its entries is there all the same.
  yield ["XGROUP", "CREATE", key, "none", "0", "MKSTREAM"];
  yield ["XGROUP", "DESTROY", key, "none"];
}

function* groupsOf(connection: Connection, id: number, key: Uint8Array): Iterable<Words> {
  const groups = `SELECT id, CAST(name AS BLOB), last_ms, last_seq FROM stream_groups
    WHERE key_id = ?1 ORDER BY id`;
  for (const row of rowsOf(connection, groups, id)) {
    const group = row.columnNumber(0), name = row.columnBlob(1);
    yield ["XGROUP", "CREATE", key, name, idOf(row, 2)];
    const consumers = `SELECT CAST(name AS BLOB) FROM stream_consumers WHERE group_id = ?1
      ORDER BY id`;
    for (const consumer of rowsOf(connection, consumers, group)) {
      yield ["XGROUP", "CREATECONSUMER", key, name, consumer.columnBlob(0)];
    }
    const pending = `SELECT s.entry_ms, s.entry_seq, CAST(p.consumer AS BLOB), p.delivered_at,
      p.delivery_count FROM stream_pending p JOIN streams s ON s.id = p.entry_id
      WHERE p.group_id = ?1 ORDER BY s.entry_ms, s.entry_seq`;
    for (const entry of rowsOf(connection, pending, group)) {
      const words: Argument[] = ["XCLAIM", key, name, entry.columnBlob(2), 0, idOf(entry, 0)];
      words.push("TIME", entry.columnNumber(3), "RETRYCOUNT", entry.columnNumber(4));
      yield [...words, "FORCE", "JUSTID"];
    }
  }
}
