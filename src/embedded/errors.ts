/** The errors of the embedded API. */

import { ReadOnlyDatabase, TurnFailed, WriteLocked, WritesRefused } from "../engine/turn_errors.ts";
import { SqliteError } from "../sqlite/sqlite.ts";
import { CommandError, readOnly } from "../store/values/errors.ts";

/**
 * An error that Redis would reply with.
 *
 * @example
 * ```ts
 * import { Redlite, RedliteError } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("name", "Ada");
 * try {
 *   db.incr("name");
 * } catch (error) {
 *   if (error instanceof RedliteError) console.log(error.code); // "ERR"
 * }
 * ```
 */
export class RedliteError extends Error {
  /** The class's name. */
  override readonly name: string = "RedliteError";
  /** The first word of Redis's error reply, such as `ERR` or `WRONGTYPE`. */
  readonly code: string;

  /**
   * Makes an error out of Redis's error reply.
   *
   * @param reply The code, a space and the message; errors of search have no code, and are `ERR`.
   */
  constructor(reply: string, options?: ErrorOptions) {
    const [, code = "ERR", message = reply] = /^([A-Z]+) ([^]*)$/.exec(reply) ?? [];
    super(message, options);
    this.code = code;
  }
}

/**
 * The key holds a value of another type: `WRONGTYPE`.
 *
 * @example
 * ```ts
 * import { WrongTypeError } from "@redlite/redlite";
 *
 * const isWrongType = (error: unknown) => error instanceof WrongTypeError;
 * ```
 */
export class WrongTypeError extends RedliteError {
  /** The class's name. */
  override readonly name: string = "WrongTypeError";
}

/**
 * Somebody else holds the write lock: `BUSY`. Another process or worker, for all the time that a
 * write waits; or another object of this process, which is in a transaction: then at once, for it
 * could not go on meanwhile. Nothing was done.
 *
 * @example
 * ```ts
 * import { DatabaseLockedError } from "@redlite/redlite";
 *
 * const mayRetry = (error: unknown) => error instanceof DatabaseLockedError;
 * ```
 */
export class DatabaseLockedError extends RedliteError {
  /** The class's name. */
  override readonly name: string = "DatabaseLockedError";
}

/**
 * SQLite failed: the disk is full, or broken (`IOERR`), or the database file is damaged where it was
 * read (`CORRUPT`); or the file was removed, replaced or changed by another program (`MISCONF`). What
 * the call or transaction wrote is rolled back.
 *
 * @example
 * ```ts
 * import { StorageError } from "@redlite/redlite";
 *
 * const isStorage = (error: unknown) => error instanceof StorageError;
 * ```
 */
export class StorageError extends RedliteError {
  /** The class's name. */
  override readonly name: string = "StorageError";
}

/** What a caller of the embedded API gets for an error from below. */
export function publicError(error: unknown): unknown {
  if (error instanceof CommandError) return errorOfReply(error.message);
  if (error instanceof WriteLocked) {
    const holder = "another process or worker, or a VACUUM of this one,";
    return new DatabaseLockedError(`BUSY ${holder} holds the write lock`, { cause: error });
  }
  if (error instanceof WritesRefused) {
    return new StorageError(`MISCONF ${error.message}`, { cause: error });
  }
  if (error instanceof ReadOnlyDatabase) return errorOfReply(readOnly().message);
  const cause = error instanceof TurnFailed ? error.cause : error;
  if (cause instanceof SqliteError) {
    return cause.busy
      ? new DatabaseLockedError(`BUSY ${cause.message}`, { cause })
      : new StorageError(`${cause.corrupt ? "CORRUPT" : "IOERR"} ${cause.message}`, { cause });
  }
  return error;
}

/** The error of an error reply, whose characters are bytes. */
function errorOfReply(bytes: string): RedliteError {
  const reply = decoder.decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
  return reply.startsWith("WRONGTYPE ") ? new WrongTypeError(reply) : new RedliteError(reply);
}

const decoder = new TextDecoder();
