/**
 * Encryption at rest, by SQLCipher's library in SQLite's place: every connection is given the key
 * before anything else is done with it. An SQLite without encryption would pass over the key and
 * write the data as it is, so whether the library knows of keys is asked each time.
 *
 * @module
 */

import { type Connection, type Driver, type OpenOptions, SQLITE, SqliteError } from "./sqlite.ts";

/**
 * A driver whose connections have a key.
 *
 * @param key The passphrase, or `x'…'` with 64 hexadecimal digits for the key itself.
 * @throws {Error} When a file is opened, if the library has no encryption.
 */
export function keyedDriver(driver: Driver, key: string): Driver {
  // SQLite's texts end at a NUL, and an empty key stands for none.
  if (key === "" || key.includes("\0")) throw new Error("the key must have characters, none NUL");
  return {
    ...driver,
    encrypts: true,
    open(path: string, options?: OpenOptions): Connection {
      const connection = driver.open(path, options);
      try {
        // A wrong key is told by an error, not by lines on stderr.
        connection.exec("PRAGMA cipher_log_level = NONE");
        connection.exec(`PRAGMA key = '${key.replaceAll("'", "''")}'`);
        if (!knowsKeys(connection)) {
          const { library } = driver.info;
          throw new Error(`${library} cannot encrypt: a key needs the library of SQLCipher`);
        }
        // Reads the first page, with which a wrong key shows.
        connection.exec("SELECT 1 FROM sqlite_schema LIMIT 1");
      } catch (error) {
        connection.close();
        if (error instanceof SqliteError && error.primary === SQLITE.NOTADB) {
          throw new Error(`the key does not fit ${path}: it has another one, or is not encrypted`);
        }
        throw error;
      }
      return connection;
    },
  };
}

function knowsKeys(connection: Connection): boolean {
  const statement = connection.prepare("PRAGMA cipher_version");
  const knows = statement.step();
  statement.finalize();
  return knows;
}
