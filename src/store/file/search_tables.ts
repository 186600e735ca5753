/**
 * The tables of search indexes, which version 7 adds. How an index is kept is told in
 * src/search/index/contents.ts.
 *
 * `search_indexes` has what FT.CREATE and FT.ALTER said, as JSON, and the id of the contents;
 * `search_contents` a row of counts for each contents, those included that belong to no index any
 * more and are deleted in slices. All other tables' rows belong to contents by `contents`.
 *
 * `search_documents` numbers the documents: a document that changes is deleted and gets a new number,
 * and no number is ever given twice. `search_deleted` tells which numbers went, until no list has
 * them any more. `search_records` has, by 2^31 times the contents' id plus the document's number, what
 * is to be indexed of documents that are in no list yet. `search_lists` has the documents of each
 * term of each kind, of which `search_blocks` has all but the last few (`tail`).
 *
 * @module
 */

/** The tables of indexes. */
export const SEARCH_TABLES = `
CREATE TABLE search_indexes(
  name BLOB PRIMARY KEY,
  contents INTEGER NOT NULL UNIQUE,
  definition TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE search_aliases(
  alias BLOB PRIMARY KEY,
  name BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE search_contents(
  id INTEGER PRIMARY KEY,
  next_number INTEGER NOT NULL,
  documents INTEGER NOT NULL,
  lengths INTEGER NOT NULL,
  merged_to INTEGER NOT NULL,
  merge_to INTEGER NOT NULL,
  deletions INTEGER NOT NULL,
  next_list INTEGER NOT NULL,
  scan_from BLOB,
  scan_before INTEGER NOT NULL,
  scanned INTEGER NOT NULL,
  failures TEXT NOT NULL
) STRICT;

CREATE TABLE search_documents(
  contents INTEGER NOT NULL,
  number INTEGER NOT NULL,
  key BLOB NOT NULL,
  score REAL NOT NULL,
  length INTEGER NOT NULL,
  most INTEGER NOT NULL,
  expires_at INTEGER,
  payload BLOB,
  PRIMARY KEY(contents, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX search_documents_by_key ON search_documents(contents, key);

CREATE INDEX search_documents_by_expiry ON search_documents(contents, expires_at)
  WHERE expires_at IS NOT NULL;

CREATE TABLE search_deleted(
  contents INTEGER NOT NULL,
  n INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY(contents, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_records(
  id INTEGER PRIMARY KEY,
  record BLOB NOT NULL
) STRICT;

CREATE TABLE search_lists(
  contents INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  term BLOB NOT NULL,
  list INTEGER NOT NULL,
  documents INTEGER NOT NULL,
  last INTEGER NOT NULL,
  tail BLOB NOT NULL,
  PRIMARY KEY(contents, kind, term)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_blocks(
  contents INTEGER NOT NULL,
  list INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  entries BLOB NOT NULL,
  PRIMARY KEY(contents, list, first)
) STRICT, WITHOUT ROWID;
`;

/** The tables of suggestion dictionaries, and of those that FT.DICTADD fills. */
export const DICTIONARY_TABLES = `
CREATE TABLE suggestions(
  key_id INTEGER NOT NULL,
  term BLOB NOT NULL,
  folded BLOB NOT NULL,
  score REAL NOT NULL,
  payload BLOB,
  PRIMARY KEY(key_id, term)
) STRICT, WITHOUT ROWID;

CREATE INDEX suggestions_by_folded ON suggestions(key_id, folded);

CREATE TABLE search_dictionaries(
  space INTEGER NOT NULL,
  name BLOB NOT NULL,
  term BLOB NOT NULL,
  PRIMARY KEY(space, name, term)
) STRICT, WITHOUT ROWID;
`;
