/**
 * The tables of extensions, which version 7 adds. What the extensions make in the file themselves is
 * named in `extensions`; the types that they bring have their numbers in `extension_types`, from
 * {@linkcode FIRST_EXTENSION_TYPE} on and never given twice, with the tables that hold their rows.
 *
 * @module
 */

/** The lowest number of a type that an extension brings. */
export const FIRST_EXTENSION_TYPE = 64;

/** The tables. */
export const EXTENSION_TABLES = `
CREATE TABLE extensions(
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  commands TEXT NOT NULL,
  objects TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE extension_types(
  type INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  extension TEXT NOT NULL,
  empty INTEGER NOT NULL,
  tables TEXT NOT NULL
) STRICT;
`;
