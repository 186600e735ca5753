/**
 * Scripts by their SHA-1.
 *
 * Those that came by EVAL are forgotten when many others have come; those of SCRIPT LOAD stay.
 *
 * @module
 */

import type { Functions, ScriptFacts, Scripting } from "../commands/scripting/scripting_host.ts";
import type { Context } from "../commands/table/command.ts";
import type { Arguments, Slice } from "../resp/arguments.ts";
import { CommandError, err } from "../store/values/errors.ts";
import type { BusyScript } from "./busy_script.ts";
import {
  type BusyServer,
  type Compiled,
  FIRST_KEY,
  type ProcessFunctions,
  type Runnable,
  ScriptEngine,
} from "./engine.ts";
import { FunctionLibraries } from "./functions.ts";
import type { Interpreter } from "./interpreter.ts";
import { needsOwnStack } from "./own_stack.ts";
import { sha1Hex } from "./sha1.ts";
import { ShaTable } from "./sha_table.ts";
import { readShebang } from "./shebang.ts";

/** Scripts that came by EVAL and are kept. */
const EVALUATED_KEPT = 500;

/** A script that is kept. */
class Script implements Runnable {
  readonly kind = "script";
  /** Its SHA-1. */
  readonly name: string;
  readonly code: Uint8Array;
  /** What its first line declares; undefined without one. */
  readonly flags: ReadonlySet<string> | undefined;
  /** See {@linkcode Runnable.ownStack}. */
  ownStack: boolean;
  /** Whether it stays when many others come. */
  loaded = false;
  /** The compiled function, in one interpreter. */
  compiled: Compiled | undefined;
  readonly #owner: ScriptOwner;

  constructor(sha: string, code: Uint8Array, owner: ScriptOwner) {
    this.name = sha;
    this.code = code;
    this.flags = readShebang(code)?.flags;
    this.ownStack = needsOwnStack(code);
    this.#owner = owner;
  }

  find(): Compiled {
    const interpreter = this.#owner.interpreter();
    if (this.compiled?.interpreter === interpreter) return this.compiled;
    const body = readShebang(this.code)?.body ?? this.code;
    const reference = interpreter.compile(body, "@user_script");
    if (typeof reference === "string") {
      throw err(`Error compiling script (new function): ${reference}`);
    }
    return this.compiled = { interpreter, reference };
  }

  push(interpreter: Interpreter, args: Arguments, keys: number): number {
    interpreter.environment.setArguments(args, FIRST_KEY, keys, args.count);
    return 0;
  }

  discard(): void {
    this.#owner.discard();
  }
}

/** Who has the interpreter that scripts are compiled in. */
interface ScriptOwner {
  interpreter(): Interpreter;
  discard(): void;
}

/** Runs scripts, and functions. */
export class Scripts implements Scripting {
  readonly functions: Functions;
  readonly #engine: ScriptEngine;
  readonly #scripts = new ShaTable<Script>();
  /** How many came by EVAL. */
  #evaluated = 0;
  #interpreter: Interpreter | undefined;
  readonly #owner: ScriptOwner = {
    interpreter: () => this.#interpreter ??= this.#engine.newInterpreter("scripts"),
    discard: () => this.#interpreter = undefined,
  };

  /** @param functions What the functions of `redis` do beyond calls. */
  constructor(functions: ProcessFunctions) {
    this.#engine = new ScriptEngine(functions);
    this.functions = new FunctionLibraries(this.#engine);
  }

  /** Who serves others while a script runs for long; without anybody it is stopped. */
  set server(server: BusyServer | undefined) {
    this.#engine.server = server;
  }

  /** How long a script may run, in milliseconds; 0 for as long as it likes. */
  get limitMs(): number {
    return this.#engine.limitMs;
  }
  set limitMs(limitMs: number) {
    this.#engine.limitMs = limitMs;
  }

  /** Loads the interpreter. */
  ready(): Promise<void> {
    return this.#engine.ready();
  }

  /** See {@linkcode Scripting}. */
  prepare(): void {
    this.#engine.prepare();
  }

  /** See {@linkcode Scripting}. */
  get running(): BusyScript | undefined {
    return this.#engine.running;
  }

  get facts(): ScriptFacts {
    let scriptBytes = 0;
    for (const { code } of this.#scripts.values()) scriptBytes += code.length;
    return {
      scripts: this.#scripts.size,
      memory: this.#interpreter?.lua.usedBytes ?? 0,
      scriptBytes,
    };
  }

  /** See {@linkcode Scripting}. */
  load(code: Uint8Array): string {
    const script = this.#script(code);
    if (!script.loaded) {
      script.loaded = true;
      this.#evaluated--;
    }
    return script.name;
  }

  /** See {@linkcode Scripting}. */
  has(sha: Slice): boolean {
    return this.#scripts.find(sha) !== undefined;
  }

  /** See {@linkcode Scripting}. */
  flush(): void {
    this.#scripts.clear();
    this.#evaluated = 0;
    // With it goes all that scripts have left behind.
    this.#interpreter = undefined;
  }

  /** See {@linkcode Scripting}. */
  evaluate(context: Context, code: Slice, keys: number, readonly: boolean): void {
    this.#engine.run(context, this.#script(code.view()), keys, readonly);
  }

  /** See {@linkcode Scripting}. */
  evaluateKept(context: Context, sha: Slice, keys: number, readonly: boolean): void {
    const script = this.#scripts.find(sha);
    if (script === undefined) throw noScript();
    this.#engine.run(context, script, keys, readonly);
  }

  /** The script of a text, which is kept from now on. @throws {CommandError} If it cannot be compiled. */
  #script(code: Uint8Array): Script {
    const sha = sha1Hex(code);
    const known = this.#scripts.get(sha);
    if (known !== undefined) return known;
    const script = new Script(sha, code.slice(), this.#owner);
    script.find();
    this.#scripts.set(sha, script);
    this.#evaluated++;
    if (this.#evaluated > EVALUATED_KEPT) this.#forgetOldest();
    return script;
  }

  #forgetOldest(): void {
    for (const script of this.#scripts.values()) {
      if (script.loaded) continue;
      this.#scripts.delete(script.name);
      this.#evaluated--;
      if (script.compiled?.interpreter === this.#interpreter) {
        this.#interpreter?.forget(script.compiled?.reference ?? 0);
      }
      return;
    }
  }
}

const noScript = () => new CommandError("NOSCRIPT No matching script. Please use EVAL.");
