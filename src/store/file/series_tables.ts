/**
 * The tables of time series, which version 8 adds: chunks of samples, labels, and which key each
 * series has. How chunks are encoded is told in src/store/time_series/chunks.ts; the end of the last
 * one is in `keys.value` (facts.ts), and `keys.length` is the samples.
 *
 * @module
 */

/** The tables. */
export const SERIES_TABLES = `
CREATE TABLE ts_chunks(
  key_id INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  count INTEGER NOT NULL,
  size INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY(key_id, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE ts_labels(
  key_id INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  name BLOB NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY(key_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX ts_labels_by_value ON ts_labels(name, value, key_id);

CREATE TABLE ts_series(
  key_id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  key BLOB NOT NULL
) STRICT;
`;
