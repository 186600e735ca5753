/** The file of users that `aclfile` names. */

import { dirname } from "node:path";
import type { AclFile } from "../clients/acl/acl_file.ts";
import { err } from "../store/values/errors.ts";

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

  /** Whoever reads it meanwhile, or finds it after a crash, sees all of the old or all of the new. */
  write(content: Uint8Array): void {
    const temporary = `${this.path}.tmp-${Deno.pid}`;
    try {
      const options = { create: true, write: true, truncate: true, mode: this.#mode() };
      {
        using file = Deno.openSync(temporary, options);
        for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
        file.syncSync();
      }
      Deno.renameSync(temporary, this.path);
      using directory = Deno.openSync(dirname(this.path));
      directory.syncSync();
    } catch (error) {
      this.#log(`cannot write ${this.path}: ${reasonOf(error, this.path)}`);
      try {
        Deno.removeSync(temporary);
      } catch {
        // It was not made, or has taken its place already.
      }
      throw err(
        "There was an error trying to save the ACLs. Please check the server logs for more " +
          "information",
      );
    }
  }

  #mode(): number {
    try {
      return (Deno.statSync(this.path).mode ?? MODE) & 0o777;
    } catch {
      return MODE;
    }
  }
}

/** An error in the system's words. */
function reasonOf(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `it needs --allow-read=${path} and, to save, --allow-write=${dirname(path)}`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return /^(.*?) \(os error \d+\)/.exec(message)?.[1] ?? message;
}
