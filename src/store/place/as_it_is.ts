/**
 * Reading a database whose directory cannot be written to. A file that was closed cleanly has all in
 * it, but SQLite wants an index of the write-ahead log beside it, even to find that there is no log.
 * Told that the file does not change, it reads the file alone and takes no locks; so whether that
 * stays true is looked at before each turn, and from the first change on nothing is read any more.
 *
 * @module
 */

import { files } from "../../runtime/files.ts";
import { type Connection, type Driver, SQLITE, SqliteError } from "../../sqlite/sqlite.ts";

/**
 * Whether a file that could not be opened for reading can be read as it is.
 *
 * @throws {Error} If parts of it are in a log that cannot be read here; in one line.
 */
export function canReadAsItIs(path: string, error: unknown): boolean {
  if (!(error instanceof SqliteError)) return false;
  if (error.primary !== SQLITE.READONLY && error.primary !== SQLITE.CANTOPEN) return false;
  if (sizeOf(path) === undefined) return false;
  if ((sizeOf(`${path}-wal`) ?? 0) === 0) return true;
  throw new Error(
    `${path} was not closed cleanly and its directory cannot be written to; open it once as a user ` +
      "who may write there",
  );
}

/** A driver that opens a file which does not change. */
export function asItIs(driver: Driver): Driver {
  return {
    ...driver,
    open(path) {
      const before = stateOf(path);
      const connection = driver.open(path, { readonly: true, immutable: true });
      refuseChanged(connection, () => stateOf(path) !== before);
      return connection;
    },
  };
}

function refuseChanged(connection: Connection, hasChanged: () => boolean): void {
  let changed = false;
  const changedByOthers = connection.changedByOthers.bind(connection);
  const begin = connection.begin.bind(connection);
  const look = () => changed ||= hasChanged();
  connection.changedByOthers = () => look() || changedByOthers();
  connection.begin = (write) => {
    if (look()) {
      throw new SqliteError(SQLITE.IOERR, "the file has changed since it was opened: open it anew");
    }
    begin(write);
  };
}

function stateOf(path: string): string {
  const { mtime, size, ino } = files.statSync(path);
  return `${ino} ${size} ${mtime?.getTime()} ${sizeOf(`${path}-wal`) ?? 0}`;
}

function sizeOf(path: string): number | undefined {
  try {
    return files.statSync(path).size;
  } catch {
    return undefined;
  }
}
