/** Finds SQLCipher's library for the tests of encryption. */

import { chooseDriver } from "../../src/sqlite/drivers.ts";
import { keyedDriver } from "../../src/sqlite/encryption.ts";
import { companion } from "./companions.ts";

/** Names of the library; the first that is set names one that is elsewhere. */
const NAMES = [
  Deno.env.get("REDLITE_TEST_SQLCIPHER"),
  "libsqlcipher.so.1",
  "libsqlcipher.so.0",
  "libsqlcipher.so",
  "libsqlcipher.dylib",
  companion("sqlcipher"),
];

/** The library of SQLCipher, if this machine has one that is recent enough. */
export function sqlcipherLibrary(): string | undefined {
  return NAMES.find((name) => {
    if (name === undefined) return false;
    try {
      keyedDriver(chooseDriver({ library: name }), "key").open(":memory:").close();
      return true;
    } catch {
      return false;
    }
  });
}
