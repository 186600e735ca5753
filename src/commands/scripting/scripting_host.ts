/** What commands know of what runs scripts. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Context } from "../table/command.ts";

/** How a script is called. */
export interface ScriptCall {
  /** The call's arguments. */
  readonly args: Arguments;
  /** Where the keys begin; as many as `keys` says, then the script's other arguments. */
  readonly firstKey: number;
  /** How many of the arguments are keys. */
  readonly keys: number;
  /** Whether the script may only read, whatever its own flags are. */
  readonly readonly: boolean;
}

/** Runs scripts. */
export interface Scripting {
  /**
   * Makes sure that the interpreter is loaded.
   *
   * @throws {NotLoaded} If it is not yet: what asked is to be run again.
   */
  prepare(): void;
  /**
   * Keeps a script.
   *
   * @returns Its SHA-1, in hexadecimal.
   * @throws {CommandError} If it cannot be compiled.
   */
  load(code: Uint8Array): string;
  /** Whether a script is kept. @param sha Its SHA-1, in any case. */
  has(sha: string): boolean;
  /** Forgets all scripts. */
  flush(): void;
  /** Runs a script by its text, and writes its reply. @throws {CommandError} If it did not begin. */
  evaluate(context: Context, code: Uint8Array, call: ScriptCall): void;
  /** Runs a script that is kept, and writes its reply. @throws {CommandError} If it did not begin. */
  evaluateKept(context: Context, sha: string, call: ScriptCall): void;
  /** How many scripts are kept, and the memory that they and the interpreter take, in bytes. */
  readonly facts: {
    readonly scripts: number;
    readonly memory: number;
    readonly scriptBytes: number;
  };
}

/** The interpreter is being loaded: what needs it has to be tried again in a moment. */
export class NotLoaded extends Error {
  override readonly name = "NotLoaded";
}
