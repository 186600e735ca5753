/**
 * The bytes of a database file, as `sqlite3_serialize` gives and `sqlite3_deserialize` takes them.
 *
 * @module
 */

import { type DriverInfo, SQLITE, SqliteError } from "./sqlite.ts";

/** What a file begins with: https://www.sqlite.org/fileformat.html#the_database_header */
const MAGIC = "SQLite format 3\0";
/** Bytes of the header. */
const HEADER_BYTES = 100;
/** Where the versions stand that who writes and who reads it must know, and that without a log. */
const WRITE_VERSION = 18;
const READ_VERSION = 19;
const ROLLBACK_JOURNAL = 1;

/** Makes sure that bytes are those of a database. @throws {SqliteError} If not. */
export function assertImage(bytes: Uint8Array): void {
  const isImage = bytes.length >= HEADER_BYTES &&
    [...MAGIC].every((character, i) => bytes[i] === character.charCodeAt(0));
  if (!isImage) throw new SqliteError(SQLITE.NOTADB, "these bytes are not those of a database");
}

/** The error for a library that neither gives nor takes images. */
export function noImages({ library, version }: DriverInfo): SqliteError {
  const message = `${library} (SQLite ${version}) can neither serialize nor deserialize a database`;
  return new SqliteError(SQLITE.ERROR, message);
}

/**
 * Has an image say that it has no write-ahead log: it holds everything, and in memory there is none.
 *
 * @param bytes Are changed.
 */
export function withoutLog<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  bytes[WRITE_VERSION] = bytes[READ_VERSION] = ROLLBACK_JOURNAL;
  return bytes;
}
