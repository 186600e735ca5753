/** The file of users that `aclfile` names. */

import type { AclFile } from "../clients/acl/acl_file.ts";
import { err } from "../store/values/errors.ts";
import { reasonOf, writeWhole } from "./whole_file.ts";

/** Mode of a file that was not there: it holds the passwords' hashes. */
const MODE = 0o600;

/** A file on the disk. */
export class UserFile implements AclFile {
  readonly path: string;
  readonly #log: (message: string) => void;

  /** @param log Takes the reason why it could not be written. */
  constructor(path: string, log: (message: string) => void) {
    this.path = path;
    this.#log = log;
  }

  read(): Uint8Array {
    try {
      return Deno.readFileSync(this.path);
    } catch (error) {
      throw err(`Error loading ACLs, opening file '${this.path}': ${reasonOf(error, this.path)}`);
    }
  }

  write(content: Uint8Array): void {
    try {
      writeWhole(this.path, content, MODE);
    } catch (error) {
      this.#log(`cannot write ${this.path}: ${reasonOf(error, this.path)}`);
      throw err(
        "There was an error trying to save the ACLs. Please check the server logs for more " +
          "information",
      );
    }
  }
}
