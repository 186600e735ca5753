/** The tables of suggestion dictionaries, and of those that FT.DICTADD fills. */
const DICTIONARY_TABLES = `
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
  name BLOB NOT NULL,
  term BLOB NOT NULL,
  PRIMARY KEY(name, term)
) STRICT, WITHOUT ROWID;
`;

/** The tables of search, which version 7 adds. */
export const SEARCH_TABLES: string = DICTIONARY_TABLES;
