/**
 * Scripts by their SHA-1.
 *
 * Those that came by EVAL are forgotten when many others have come; those of SCRIPT LOAD stay.
 *
 * @module
 */

import type {
  Functions,
  ScriptCall,
  ScriptFacts,
  Scripting,
} from "../commands/scripting/scripting_host.ts";
import type { Context } from "../commands/table/command.ts";
import { CommandError, err } from "../store/values/errors.ts";
import type { BusyScript } from "./busy_script.ts";
import { type BusyServer, needsOwnStack, type ProcessFunctions, ScriptEngine } from "./engine.ts";
import { FunctionLibraries } from "./functions.ts";
import type { Interpreter } from "./interpreter.ts";
import { sha1Hex } from "./sha1.ts";
import { readShebang } from "./shebang.ts";

/** Scripts that came by EVAL and are kept. */
const EVALUATED_KEPT = 500;

interface Script {
  readonly sha: string;
  readonly code: Uint8Array;
  /** What its first line declares; undefined without one. */
  readonly flags: ReadonlySet<string> | undefined;
  /** See {@linkcode needsOwnStack}. */
  readonly ownStack: boolean;
  /** Whether it stays when many others come. */
  loaded: boolean;
  /** The compiled function, in one interpreter. */
  compiled: { readonly interpreter: Interpreter; readonly reference: number } | undefined;
}

/** Runs scripts, and functions. */
export class Scripts implements Scripting {
  readonly functions: Functions;
  readonly #engine: ScriptEngine;
  readonly #scripts = new Map<string, Script>();
  /** How many came by EVAL. */
  #evaluated = 0;
  #interpreter: Interpreter | undefined;

  /**
   * @param functions What the functions of `redis` do beyond calls.
   * @param server Who serves others while a script runs for long; without it, it is stopped.
   */
  constructor(functions: ProcessFunctions, server?: BusyServer) {
    this.#engine = new ScriptEngine(functions, server);
    this.functions = new FunctionLibraries(this.#engine);
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
    return script.sha;
  }

  /** See {@linkcode Scripting}. */
  has(sha: string): boolean {
    return this.#scripts.has(sha.toLowerCase());
  }

  /** See {@linkcode Scripting}. */
  flush(): void {
    this.#scripts.clear();
    this.#evaluated = 0;
    // With it goes all that scripts have left behind.
    this.#interpreter = undefined;
  }

  /** See {@linkcode Scripting}. */
  evaluate(context: Context, code: Uint8Array, call: ScriptCall): void {
    this.#run(context, this.#script(code), call);
  }

  /** See {@linkcode Scripting}. */
  evaluateKept(context: Context, sha: string, call: ScriptCall): void {
    const script = this.#scripts.get(sha.toLowerCase());
    if (script === undefined) throw noScript();
    this.#run(context, script, call);
  }

  /** The script of a text, which is kept from now on. @throws {CommandError} If it cannot be compiled. */
  #script(code: Uint8Array): Script {
    const sha = sha1Hex(code);
    const known = this.#scripts.get(sha);
    if (known !== undefined) return known;
    const flags = readShebang(code)?.flags;
    const script: Script = {
      sha,
      code: code.slice(),
      flags,
      ownStack: needsOwnStack(code),
      loaded: false,
      compiled: undefined,
    };
    this.#compiled(script);
    this.#scripts.set(sha, script);
    this.#evaluated++;
    if (this.#evaluated > EVALUATED_KEPT) this.#forgetOldest();
    return script;
  }

  #forgetOldest(): void {
    for (const script of this.#scripts.values()) {
      if (script.loaded) continue;
      this.#scripts.delete(script.sha);
      this.#evaluated--;
      if (script.compiled?.interpreter === this.#interpreter) {
        this.#interpreter?.forget(script.compiled?.reference ?? 0);
      }
      return;
    }
  }

  #compiled(script: Script): { readonly interpreter: Interpreter; readonly reference: number } {
    const interpreter = this.#interpreter ??= this.#engine.newInterpreter("scripts");
    if (script.compiled?.interpreter === interpreter) return script.compiled;
    const body = readShebang(script.code)?.body ?? script.code;
    const reference = interpreter.compile(body, "@user_script");
    if (typeof reference === "string") {
      throw err(`Error compiling script (new function): ${reference}`);
    }
    return script.compiled = { interpreter, reference };
  }

  #run(context: Context, script: Script, { args, firstKey, keys, readonly }: ScriptCall): void {
    this.#engine.run(context, {
      name: script.sha,
      flags: script.flags,
      readonly,
      kind: "script",
      ownStack: script.ownStack,
      find: () => this.#compiled(script),
      push: (_lua, interpreter) => {
        interpreter.setList("KEYS", args, firstKey, firstKey + keys);
        interpreter.setList("ARGV", args, firstKey + keys, args.count);
        return 0;
      },
    }, () => this.#interpreter = undefined);
  }
}

const noScript = () => new CommandError("NOSCRIPT No matching script. Please use EVAL.");
