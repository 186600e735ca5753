/** Databases as the Redlite in Rust makes them, by SQL. */

import { DatabaseSync } from "node:sqlite";

/** Its tables, as far as they hold data. */
const TABLES = `
  CREATE TABLE keys(id INTEGER PRIMARY KEY, db INTEGER NOT NULL DEFAULT 0, key TEXT NOT NULL,
    type INTEGER NOT NULL, expire_at INTEGER, version INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL DEFAULT 0);
  CREATE UNIQUE INDEX keys_by_name ON keys(db, key);
  CREATE TABLE strings(key_id INTEGER PRIMARY KEY, value BLOB NOT NULL);
  CREATE TABLE hashes(key_id INTEGER NOT NULL, field TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (key_id, field));
  CREATE TABLE lists(key_id INTEGER NOT NULL, pos INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (key_id, pos));
  CREATE TABLE sets(key_id INTEGER NOT NULL, member BLOB NOT NULL, PRIMARY KEY (key_id, member));
  CREATE TABLE zsets(key_id INTEGER NOT NULL, member BLOB NOT NULL, score REAL NOT NULL,
    PRIMARY KEY (key_id, member));
  CREATE TABLE streams(id INTEGER PRIMARY KEY, key_id INTEGER NOT NULL, entry_ms INTEGER NOT NULL,
    entry_seq INTEGER NOT NULL, data BLOB NOT NULL, created_at INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE stream_groups(id INTEGER PRIMARY KEY, key_id INTEGER NOT NULL, name TEXT NOT NULL,
    last_ms INTEGER NOT NULL DEFAULT 0, last_seq INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE stream_pending(id INTEGER PRIMARY KEY, key_id INTEGER NOT NULL,
    group_id INTEGER NOT NULL, entry_id INTEGER NOT NULL, consumer TEXT NOT NULL,
    delivered_at INTEGER NOT NULL, delivery_count INTEGER NOT NULL DEFAULT 1);
  CREATE TABLE stream_consumers(id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL,
    name TEXT NOT NULL, seen_time INTEGER NOT NULL DEFAULT 0);
`;
/** Tables that later versions of it have. */
const LATER_TABLES = `
  CREATE TABLE json_docs(key_id INTEGER PRIMARY KEY, value BLOB NOT NULL);
  CREATE TABLE geo_data(id INTEGER PRIMARY KEY, key_id INTEGER NOT NULL, member TEXT NOT NULL,
    longitude REAL NOT NULL, latitude REAL NOT NULL, geohash TEXT);
  CREATE TABLE vector_sets(id INTEGER PRIMARY KEY, key_id INTEGER NOT NULL, element TEXT NOT NULL,
    embedding BLOB NOT NULL, dimensions INTEGER NOT NULL, quantization TEXT DEFAULT 'NOQUANT',
    attributes TEXT);
  CREATE TABLE history_config(id INTEGER PRIMARY KEY, level TEXT NOT NULL, target TEXT NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT 1, retention_type TEXT, retention_value INTEGER);
  CREATE TABLE key_history(id INTEGER PRIMARY KEY, key_id INTEGER NOT NULL, db INTEGER NOT NULL,
    key TEXT NOT NULL, key_type INTEGER NOT NULL, version_num INTEGER NOT NULL,
    operation TEXT NOT NULL, timestamp_ms INTEGER NOT NULL, data_snapshot BLOB, expire_at INTEGER);
  CREATE TABLE fts_settings(id INTEGER PRIMARY KEY, level TEXT NOT NULL, target TEXT NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT 1);
  CREATE TABLE ft_indexes(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, on_type TEXT NOT NULL,
    prefixes TEXT, schema TEXT NOT NULL, language TEXT DEFAULT 'english');
  CREATE TABLE ft_aliases(alias TEXT PRIMARY KEY, index_id INTEGER NOT NULL);
  CREATE TABLE ft_synonyms(id INTEGER PRIMARY KEY, index_id INTEGER NOT NULL,
    group_id TEXT NOT NULL, term TEXT NOT NULL);
  CREATE TABLE ft_suggestions(id INTEGER PRIMARY KEY, key TEXT NOT NULL, string TEXT NOT NULL,
    score REAL NOT NULL DEFAULT 1.0, payload TEXT);
`;

/** The numbers of types in `keys.type`. */
export const RUST_TYPE = { string: 1, hash: 2, list: 3, set: 4, zset: 5, stream: 6, json: 7 };

/** A database that is being made. */
export class RustFile implements Disposable {
  readonly database: DatabaseSync;

  /** @param later Whether it has the tables of later versions. */
  constructor(path: string, later = true) {
    this.database = new DatabaseSync(path);
    this.database.exec(`PRAGMA journal_mode = WAL; ${TABLES} ${later ? LATER_TABLES : ""}`);
  }

  /** Adds a key. @returns Its id. */
  key(
    name: string,
    type: number,
    options: { readonly db?: number; readonly expireAt?: number } = {},
  ): number {
    const { db = 0, expireAt = null } = options;
    const statement = this.database.prepare(
      "INSERT INTO keys(db, key, type, expire_at) VALUES (?, ?, ?, ?)",
    );
    return Number(statement.run(db, name, type, expireAt).lastInsertRowid);
  }

  /** Adds a row. @returns Its id. */
  row(table: string, values: Readonly<Record<string, string | number | bigint | Uint8Array>>) {
    const names = Object.keys(values);
    const places = names.map(() => "?").join(", ");
    return Number(
      this.database.prepare(`INSERT INTO ${table}(${names.join(", ")}) VALUES (${places})`)
        .run(...Object.values(values)).lastInsertRowid,
    );
  }

  [Symbol.dispose](): void {
    this.database.close();
  }
}

/** Names and values of a stream's entry as it keeps them: MessagePack, with bytes as arrays of numbers. */
export function packed(fields: Readonly<Record<string, string>>): Uint8Array {
  const bytes: number[] = [];
  const begin = (count: number) => {
    if (count < 16) bytes.push(0x90 + count);
    else bytes.push(0xdc, count >> 8, count & 0xff);
  };
  const pairs = Object.entries(fields);
  begin(pairs.length);
  for (const pair of pairs) {
    begin(2);
    for (const text of pair) {
      const encoded = new TextEncoder().encode(text);
      begin(encoded.length);
      for (const byte of encoded) {
        if (byte < 0x80) bytes.push(byte);
        else bytes.push(0xcc, byte);
      }
    }
  }
  return new Uint8Array(bytes);
}
