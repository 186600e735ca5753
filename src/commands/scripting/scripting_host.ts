/** What commands know of what runs scripts. */

import type { Arguments, Slice } from "../../resp/arguments.ts";
import type { Store } from "../../store/store.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Context } from "../table/command.ts";
import type { Client } from "../table/client.ts";

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
  has(sha: Slice): boolean;
  /** Forgets all scripts. */
  flush(): void;
  /** What runs longer than it should, while others are told that the server is busy. */
  readonly running: RunningScript | undefined;
  /**
   * Runs a script by its text, and writes its reply. Its arguments are the command's from the fourth on.
   *
   * @param keys How many of them are keys.
   * @param readonly Whether the script may only read, whatever its own flags are.
   * @throws {CommandError} If it did not begin.
   */
  evaluate(context: Context, code: Slice, keys: number, readonly: boolean): void;
  /** The same with a script that is kept. @param sha Its SHA-1, in any case. @throws {CommandError} */
  evaluateKept(context: Context, sha: Slice, keys: number, readonly: boolean): void;
  readonly facts: ScriptFacts;
  /** The functions of the database file. */
  readonly functions: Functions;
}

/** A script or function that runs longer than `busy-reply-threshold`, and is suspended now and then. */
export interface RunningScript {
  readonly kind: "script" | "function";
  /** A script's SHA-1, or a function's name. */
  readonly name: string;
  /** The client that called it. */
  readonly client: Client;
  /** The arguments of the command that it is. */
  readonly command: readonly Uint8Array[];
  /** How long it has run so far, in milliseconds. */
  readonly durationMs: number;
  /** Whether it has written. */
  readonly wrote: boolean;
  /** Ends it with an error, soon. */
  kill(): void;
  /**
   * Calls back when it is over and has written its reply, after those who asked before. Whoever is
   * called takes what is thrown by the one before, or by the script itself.
   */
  whenOver(goOn: (error: unknown) => void): void;
}

/** The refusal of commands while one runs. */
export function busyWith({ kind }: RunningScript): CommandError {
  const name = kind.toUpperCase();
  return new CommandError(
    `BUSY Redis is busy running a script. You can only call ${name} KILL or SHUTDOWN NOSAVE.`,
  );
}

/** What there is of scripts. */
export interface ScriptFacts {
  /** How many are kept. */
  readonly scripts: number;
  /** What the interpreter takes, in bytes. */
  readonly memory: number;
  /** What their code takes, in bytes. */
  readonly scriptBytes: number;
}

/** What there is of functions. */
export interface FunctionFacts {
  readonly libraries: number;
  readonly functions: number;
  /** What the libraries' code takes, in bytes. */
  readonly bytes: number;
  /** What the interpreter takes, in bytes. */
  readonly memory: number;
}

/** A library of functions. */
export interface FunctionLibrary {
  readonly name: string;
  readonly code: Uint8Array;
  readonly functions: readonly {
    /** One character for each byte, as the description. */
    readonly name: string;
    readonly description: string | undefined;
    readonly flags: readonly string[];
  }[];
}

/** What becomes of the libraries there are when others are restored. */
export type RestorePolicy = "flush" | "append" | "replace";

/** Runs functions, and keeps their libraries in the database file. */
export interface Functions {
  /** Keeps a library. @returns Its name. @throws {CommandError} */
  load(context: Context, code: Uint8Array, replace: boolean): string;
  /** Removes a library. @throws {CommandError} If there is none. */
  delete(context: Context, name: string): void;
  /** Removes all libraries. */
  flush(context: Context): void;
  /** All libraries. */
  list(context: Context): FunctionLibrary[];
  /** All libraries as a payload for {@linkcode restore}. */
  dump(context: Context): Uint8Array;
  /** Keeps the libraries of a payload, all or none. @throws {CommandError} */
  restore(context: Context, payload: Slice, policy: RestorePolicy): void;
  /**
   * Runs a function, and writes its reply.
   *
   * @param readKeys Reads how many of the arguments are keys, when there is such a function.
   * @param readonly Whether it may only read, whatever its own flags are.
   * @throws {CommandError} If it did not begin.
   */
  call(
    context: Context,
    name: string,
    readKeys: (args: Arguments) => number,
    readonly: boolean,
  ): void;
  facts(store: Store): FunctionFacts;
}

/** The interpreter is being loaded: what needs it has to be tried again in a moment. */
export class NotLoaded extends Error {
  override readonly name = "NotLoaded";
}
