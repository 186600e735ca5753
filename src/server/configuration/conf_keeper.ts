/** Keeps the configuration in the file that the server was started with. */

import { err } from "../../store/values/errors.ts";
import { reasonOf, writeWhole } from "../whole_file.ts";
import { rewriteConf, type WantedValue } from "./conf_rewrite.ts";
import { isKept, type Parameter } from "../../clients/configuration/parameter.ts";

/** Mode of a file that is not there any more: it may hold a password. */
const MODE = 0o600;

/** Writes one file. */
export class ConfKeeper {
  /** The users that the process has, each its name and rules. */
  users: () => readonly string[] = () => [];
  readonly path: string;
  readonly #given: ReadonlyMap<string, string>;
  readonly #atStart: ReadonlyMap<string, string>;

  /**
   * @param given The values that the start was given.
   * @param atStart The values that it began with.
   */
  constructor(
    path: string,
    given: ReadonlyMap<string, string>,
    atStart: ReadonlyMap<string, string>,
  ) {
    this.path = path;
    this.#given = given;
    this.#atStart = atStart;
  }

  /** Writes the file anew. @throws {CommandError} Redis's error if it cannot. */
  rewrite(values: Iterable<readonly [Parameter, string]>): void {
    try {
      let old: Uint8Array = new Uint8Array(0);
      try {
        old = Deno.readFileSync(this.path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      const text = rewriteConf(old, this.#wanted(values), this.users());
      writeWhole(this.path, new TextEncoder().encode(text), MODE);
    } catch (error) {
      throw err(`Rewriting config file: ${reasonOf(error, this.path)}`);
    }
  }

  *#wanted(values: Iterable<readonly [Parameter, string]>): Iterable<WantedValue> {
    for (const [parameter, value] of values) {
      const { name, mutability } = parameter;
      const given = this.#given.get(name);
      const changed = mutability === "mutable" && value !== this.#atStart.get(name);
      // What each start says anew, or nothing can change, is as it was given, if it was.
      if (!isKept(parameter)) {
        if (changed) yield { parameter, value, forced: true };
        else if (given !== undefined) yield { parameter, value: given, forced: true };
      } else {
        yield { parameter, value, forced: value !== parameter.initial };
      }
    }
  }
}
