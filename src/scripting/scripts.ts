/**
 * Scripts by their SHA-1, and the interpreter that runs them, which is loaded when it is first needed.
 *
 * Scripts that came by EVAL are forgotten when many others have come; those of SCRIPT LOAD stay.
 *
 * @module
 */

import {
  NotLoaded,
  type ScriptCall,
  type Scripting,
} from "../commands/scripting/scripting_host.ts";
import type { Context } from "../commands/table/command.ts";
import { loadLua } from "../lua/module.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Store } from "../store/store.ts";
import { CommandError, err, readOnly } from "../store/values/errors.ts";
import { Interpreter, type ScriptFailure } from "./interpreter.ts";
import type { RedisFunctions } from "./redis_library.ts";
import { writeReturned } from "./returned_value.ts";
import { noRoom, ScriptRun } from "./script_run.ts";
import { sha1Hex } from "./sha1.ts";
import { readShebang } from "./shebang.ts";

/** Scripts that came by EVAL and are kept. */
const EVALUATED_KEPT = 500;

/** How long a script may run unless told otherwise, in milliseconds. */
const DEFAULT_LIMIT_MS = 5000;

/** Memory that the interpreter may take, in bytes. */
const LIMIT_BYTES = 256 * 1024 * 1024;

/** Memory that an interpreter may have taken and be kept, in bytes. */
const KEPT_BYTES = 64 * 1024 * 1024;

interface Script {
  readonly sha: string;
  readonly code: Uint8Array;
  /** What its first line declares; undefined without one. */
  readonly flags: ReadonlySet<string> | undefined;
  /** Whether it stays when many others come. */
  loaded: boolean;
  /** The compiled function, in one interpreter. */
  compiled: { readonly interpreter: Interpreter; readonly reference: number } | undefined;
}

/** Runs scripts. */
export class Scripts implements Scripting {
  /** How long a script may run, in milliseconds; 0 for as long as it likes. */
  limitMs = DEFAULT_LIMIT_MS;
  readonly #functions: Omit<RedisFunctions, "mayRun">;
  readonly #scripts = new Map<string, Script>();
  /** How many came by EVAL. */
  #evaluated = 0;
  #module: WebAssembly.Module | undefined;
  #loading: Promise<void> | undefined;
  #failure: string | undefined;
  #interpreter: Interpreter | undefined;
  /** The command whose script runs. */
  #running: Context | undefined;

  /** @param functions What the functions of `redis` do beyond calls. */
  constructor(functions: Omit<RedisFunctions, "mayRun">) {
    this.#functions = functions;
  }

  /** Loads the interpreter. */
  async ready(): Promise<void> {
    await (this.#loading ??= this.#load());
    if (this.#failure !== undefined) throw err(this.#failure);
  }

  async #load(): Promise<void> {
    try {
      this.#module = await loadLua();
    } catch (error) {
      const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
      this.#failure = `scripts cannot run: the Lua interpreter cannot be loaded: ${reason}`;
    }
  }

  /** See {@linkcode Scripting}. */
  prepare(): void {
    if (this.#module !== undefined) return;
    this.#loading ??= this.#load();
    if (this.#failure !== undefined) throw err(this.#failure);
    throw new NotLoaded("the Lua interpreter is being loaded");
  }

  get #lua(): Interpreter {
    if (this.#interpreter !== undefined) return this.#interpreter;
    if (this.#module === undefined) throw new NotLoaded("the Lua interpreter is not loaded");
    const interpreter = new Interpreter(this.#module, LIMIT_BYTES, {
      ...this.#functions,
      mayRun: (args) => this.#mayRun(args),
    });
    this.#interpreter = interpreter;
    return interpreter;
  }

  /** Whether the user whose script runs may run a command. */
  #mayRun(args: Arguments): boolean | undefined {
    const context = this.#running;
    if (context === undefined) return undefined;
    const { client, host } = context;
    const command = host.commands.resolve(args, 0)?.command;
    if (command === undefined) return undefined;
    return client.account.unrestricted ||
      host.access.check(client.account, command, args) === undefined;
  }

  get facts(): { readonly scripts: number; readonly memory: number; readonly scriptBytes: number } {
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
    const script: Script = { sha, code: code.slice(), flags, loaded: false, compiled: undefined };
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

  #compiled(script: Script): number {
    const interpreter = this.#lua;
    if (script.compiled?.interpreter === interpreter) return script.compiled.reference;
    const body = readShebang(script.code)?.body ?? script.code;
    const compiled = interpreter.compile(body, "@user_script");
    if (typeof compiled === "string") {
      throw err(`Error compiling script (new function): ${compiled}`);
    }
    script.compiled = { interpreter, reference: compiled };
    return compiled;
  }

  #run(context: Context, script: Script, { args, firstKey, keys, readonly }: ScriptCall): void {
    const { reply, store } = context;
    const { flags } = script;
    if (flags !== undefined) assertMayBegin(store, flags, readonly);
    const rights = {
      readonly: readonly || flags?.has("no-writes") === true,
      allowOom: flags?.has("allow-oom") === true,
    };
    // A script cannot wait for the lock in its middle.
    if (!rights.readonly && !store.engine.readonly) store.engine.write();
    const reference = this.#compiled(script);
    const interpreter = this.#lua;
    const run = new ScriptRun(context, interpreter.reply, rights);
    this.#running = context;
    interpreter.limitMs = this.limitMs;
    let failure: ScriptFailure | undefined;
    try {
      failure = interpreter.run(reference, {
        calls: run,
        push: () => {
          interpreter.setList("KEYS", args, firstKey, firstKey + keys);
          interpreter.setList("ARGV", args, firstKey + keys, args.count);
          return 0;
        },
        take: (lua) => writeReturned(lua, reply, interpreter.protocol),
      });
    } catch (error) {
      // What else than Lua's own errors has passed through the interpreter has left it in pieces.
      this.#interpreter = undefined;
      throw error;
    } finally {
      this.#running = undefined;
    }
    // Memory once taken is never given back but with the whole; and without it Lua cannot collect.
    if (interpreter.lua.module.size > KEPT_BYTES) this.#interpreter = undefined;
    if (failure === undefined) return;
    const { message, source, line } = failure;
    const place = source === undefined ? "" : ` script: ${script.sha}, on ${source}:${line}.`;
    reply.error((message + place).replace(/[\r\n]/g, " "));
  }
}

/** What is known of a script that declares its flags before it runs. @throws {CommandError} */
function assertMayBegin(
  { engine, eviction }: Store,
  flags: ReadonlySet<string>,
  readonly: boolean,
) {
  if (flags.has("no-writes")) return;
  if (readonly) throw err("Can not execute a script with write flag using *_ro command.");
  if (engine.readonly) throw readOnly();
  if (flags.has("allow-oom") || !eviction.active) return;
  const room = eviction.makeRoom();
  if (room !== "ok") throw noRoom(room);
}

const noScript = () => new CommandError("NOSCRIPT No matching script. Please use EVAL.");
