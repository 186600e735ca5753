/**
 * The tables: what the format's first version has, and what each later one adds. What they mean is
 * told in schema.ts.
 *
 * @module
 */

import { SUM_OF_ROWS } from "../keys/live_bytes.ts";

/** The tables of version 1. */
export const KEY_TABLES = `
CREATE TABLE keys(
  space INTEGER NOT NULL,
  key BLOB NOT NULL,
  type INTEGER NOT NULL,
  encoding INTEGER,
  id INTEGER,
  length INTEGER,
  expires_at INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  value BLOB,
  PRIMARY KEY(space, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX keys_by_expiry ON keys(expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE strings(
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

CREATE TABLE databases(
  db INTEGER PRIMARY KEY,
  space INTEGER NOT NULL UNIQUE,
  keys INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE garbage(
  id INTEGER NOT NULL,
  type INTEGER NOT NULL,
  PRIMARY KEY(id, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE sequences(
  name TEXT PRIMARY KEY,
  next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO sequences VALUES ('id', 1), ('space', 1);
`;

/** The tables that version 2 adds: collections. */
export const COLLECTION_TABLES = `
ALTER TABLE keys ADD COLUMN fields_expire_at INTEGER;

CREATE INDEX keys_by_field_expiry ON keys(fields_expire_at) WHERE fields_expire_at IS NOT NULL;

CREATE TABLE lists(
  key_id INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY(key_id, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE sets(
  key_id INTEGER NOT NULL,
  member BLOB NOT NULL,
  ordinal INTEGER,
  PRIMARY KEY(key_id, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE zsets(
  key_id INTEGER NOT NULL,
  member BLOB NOT NULL,
  score REAL NOT NULL,
  negative_zero INTEGER,
  PRIMARY KEY(key_id, member)
) STRICT, WITHOUT ROWID;

CREATE INDEX zsets_by_score ON zsets(key_id, score, member, negative_zero);

CREATE TABLE hashes(
  key_id INTEGER NOT NULL,
  field BLOB NOT NULL,
  value BLOB NOT NULL,
  expires_at INTEGER,
  ordinal INTEGER,
  PRIMARY KEY(key_id, field)
) STRICT, WITHOUT ROWID;

CREATE INDEX hashes_by_expiry ON hashes(key_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE arrays(
  key_id INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY(key_id, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs(
  key_id INTEGER NOT NULL,
  number REAL NOT NULL,
  bytes BLOB NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY(key_id, number, bytes)
) STRICT, WITHOUT ROWID;
`;

/** What version 3 adds: how many bytes the keys of each database are. */
export const COUNTED_BYTES = `
ALTER TABLE databases ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;

UPDATE databases SET bytes = (SELECT ${SUM_OF_ROWS} FROM keys WHERE keys.space = databases.space);
`;

/** The tables that version 3 adds: ACL users. */
export const USER_TABLES = `
CREATE TABLE users(
  name TEXT PRIMARY KEY,
  rules TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** The tables that version 4 adds: history. Empty until it is turned on somewhere. */
export const HISTORY_TABLES = `
CREATE TABLE history_settings(
  scope INTEGER NOT NULL,
  db INTEGER NOT NULL,
  key BLOB NOT NULL,
  at INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  keep_ms INTEGER,
  keep_count INTEGER,
  PRIMARY KEY(scope, db, key, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_clock(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL,
  n INTEGER NOT NULL,
  pruned_before INTEGER NOT NULL
) STRICT;

CREATE TABLE history_entries(
  space INTEGER NOT NULL,
  key BLOB NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  n INTEGER NOT NULL,
  operation TEXT NOT NULL,
  type INTEGER NOT NULL,
  id INTEGER,
  value BLOB,
  PRIMARY KEY(space, key, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_keys(
  space INTEGER NOT NULL,
  key BLOB NOT NULL,
  at INTEGER NOT NULL,
  type INTEGER NOT NULL,
  encoding INTEGER,
  id INTEGER,
  length INTEGER,
  expires_at INTEGER,
  version INTEGER,
  created_at INTEGER,
  updated_at INTEGER,
  value BLOB,
  fields_expire_at INTEGER,
  PRIMARY KEY(space, key, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_elements(
  key_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  n INTEGER NOT NULL,
  part INTEGER NOT NULL,
  a ANY NOT NULL,
  b ANY NOT NULL,
  c ANY NOT NULL,
  present INTEGER NOT NULL,
  v1 ANY,
  v2 ANY,
  v3 ANY,
  v4 ANY,
  PRIMARY KEY(key_id, at, n, part, a, b, c)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_floors(
  space INTEGER NOT NULL,
  key BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(space, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_counts(
  space INTEGER NOT NULL,
  at INTEGER NOT NULL,
  keys INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY(space, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_switches(
  db INTEGER NOT NULL,
  at INTEGER NOT NULL,
  operation TEXT NOT NULL,
  space INTEGER NOT NULL,
  PRIMARY KEY(db, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_spaces(
  space INTEGER PRIMARY KEY,
  db INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE history_ids(
  id INTEGER PRIMARY KEY,
  type INTEGER NOT NULL,
  frozen_at INTEGER,
  dropped INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX history_ids_dropped ON history_ids(id) WHERE dropped = 1;

CREATE TABLE history_holders(
  id INTEGER NOT NULL,
  space INTEGER NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY(id, space, key)
) STRICT, WITHOUT ROWID;
`;

/** The table that version 6 adds: libraries of functions. */
export const LIBRARY_TABLES = `
CREATE TABLE libraries(
  name TEXT PRIMARY KEY,
  functions INTEGER NOT NULL,
  code TEXT NOT NULL
) STRICT;
`;

/** The tables that version 5 adds: streams. */
export const STREAM_TABLES = `
CREATE TABLE streams(
  key_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  fields BLOB NOT NULL,
  PRIMARY KEY(key_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE stream_groups(
  key_id INTEGER NOT NULL,
  name BLOB NOT NULL,
  number INTEGER NOT NULL,
  last_id BLOB NOT NULL,
  entries_read INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  consumers INTEGER NOT NULL,
  last_consumer INTEGER NOT NULL,
  PRIMARY KEY(key_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE stream_consumers(
  key_id INTEGER NOT NULL,
  grp INTEGER NOT NULL,
  name BLOB NOT NULL,
  number INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  active_at INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  PRIMARY KEY(key_id, grp, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE stream_pending(
  key_id INTEGER NOT NULL,
  grp INTEGER NOT NULL,
  id BLOB NOT NULL,
  consumer INTEGER NOT NULL,
  delivered_at INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  PRIMARY KEY(key_id, grp, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX stream_pending_by_consumer ON stream_pending(key_id, grp, consumer, id);

CREATE INDEX stream_pending_by_time ON stream_pending(key_id, grp, delivered_at, id);

CREATE TABLE stream_idempotent(
  key_id INTEGER NOT NULL,
  producer BLOB NOT NULL,
  token BLOB NOT NULL,
  id BLOB NOT NULL,
  added_at INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY(key_id, producer, token)
) STRICT, WITHOUT ROWID;

CREATE INDEX stream_idempotent_by_age ON stream_idempotent(key_id, producer, n);

CREATE TABLE stream_garbage(
  key_id INTEGER NOT NULL,
  grp INTEGER NOT NULL,
  below BLOB,
  PRIMARY KEY(key_id, grp)
) STRICT, WITHOUT ROWID;
`;
