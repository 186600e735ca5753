/** Errors of a start, in the words of an operator. */

import { SQLITE, SqliteError } from "../sqlite/sqlite.ts";
import { ConfError } from "./configuration/conf_file.ts";
import { messageOf } from "../store/values/errors.ts";

/** An error in one line, with what to do about it. @param path The database file, once that is known. */
export function explain(error: unknown, path?: string): string {
  const file = path === undefined ? "the database file" : `the database file ${path}`;
  if (error instanceof SqliteError) {
    if (error.primary === SQLITE.NOTADB && path !== undefined && isSnapshot(path)) {
      return `${file} is a snapshot of redis-server; name another with --db or dbfilename`;
    }
    if (error.primary === SQLITE.NOTADB) {
      return `${file} is not an SQLite database, or is encrypted; ` +
        "name another with --db, or its --key-file";
    }
    if (error.primary === SQLITE.CANTOPEN) {
      return `cannot open ${file}; check --db, its directory and their permissions`;
    }
    if (error.corrupt) {
      return `${file} is damaged (${error.message}); put a backup in its place`;
    }
    if (error.busy) return `another process keeps ${file} locked`;
    if (error.primary === SQLITE.READONLY) return `${file} cannot be written to`;
  }
  if (error instanceof ConfError) return error.summary;
  return messageOf(error).split("\n")[0]!.replace(/^ERR /, "");
}

/** What RDB files begin with. */
const SNAPSHOT = "REDIS";

/** Whether a file is an RDB file: a redis.conf names its own as `dbfilename`. */
function isSnapshot(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(SNAPSHOT.length);
    file.readSync(bytes);
    return new TextDecoder().decode(bytes) === SNAPSHOT;
  } catch {
    return false;
  }
}
