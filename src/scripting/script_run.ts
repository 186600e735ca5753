/**
 * The commands of one script: every check that comes before a handler, in Redis's order, and what
 * the checks of the next ones have to know.
 *
 * @module
 */

import type { Command, Context } from "../commands/table/command.ts";
import { checkArity } from "../commands/table/table.ts";
import type { Arguments } from "../resp/arguments.ts";
import { CommandError, readOnly } from "../store/values/errors.ts";
import type { ScriptCalls } from "./interpreter.ts";
import type { LuaReply } from "./lua_reply.ts";
import { ScriptClient } from "./script_client.ts";

/** What a script may do. */
export interface ScriptRights {
  /** Whether it may only read. */
  readonly readonly: boolean;
  /** Whether it may add data where there is no room (`allow-oom`). */
  readonly allowOom: boolean;
}

const DENIALS = {
  key: "No permissions to access a key",
  channel: "No permissions to access a channel",
};

/** The refusal of what may add data. @param room What there is not enough of. */
export function noRoom(room: string): CommandError {
  const limit = room === "disk" ? "maxdisk" : "maxmemory";
  return new CommandError(`OOM command not allowed when used ${room} > '${limit}'.`);
}

/** Runs the commands that one script calls. */
export class ScriptRun implements ScriptCalls {
  /** Whether one of its commands has written. */
  wrote = false;
  readonly #caller: Context;
  readonly #rights: ScriptRights;
  readonly #context: Context;

  /**
   * @param caller The command that runs the script.
   * @param reply Where the replies of its commands go.
   */
  constructor(caller: Context, reply: LuaReply, rights: ScriptRights) {
    this.#caller = caller;
    this.#rights = rights;
    this.#context = {
      args: caller.args,
      reply,
      store: caller.store,
      client: new ScriptClient(caller.client, reply),
      host: caller.host,
    };
  }

  /** See {@linkcode ScriptCalls}. */
  call(args: Arguments, reply: LuaReply): void {
    const { client, host } = this.#caller;
    const command = host.commands.resolve(args, 0)?.command;
    const refusal = command === undefined
      ? "ERR Unknown Redis command called from script"
      : this.#refusal(command, args);
    if (command === undefined || refusal !== undefined) {
      reply.error(refusal ?? "");
      return;
    }
    if (command.writes) this.wrote = true;
    this.#context.args = args;
    host.runForScript(client, command, this.#context);
  }

  /** Why the script may not run a command. */
  #refusal(command: Command, args: Arguments): string | undefined {
    if (!checkArity(command, args) || command.handler === undefined) {
      return "ERR Wrong number of args calling Redis command from script";
    }
    if (command.flags.includes("noscript")) {
      return "ERR This Redis command is not allowed from script";
    }
    const { client, host, store } = this.#caller;
    if (!client.account.unrestricted) {
      const denial = host.access.check(client.account, command, args);
      if (denial !== undefined) {
        host.access.logDenied(client, denial, "lua");
        const reason = denial.kind === "command" ? denial.explanation : DENIALS[denial.kind];
        return `ERR ACL failure in script: ${reason}`;
      }
    }
    if (command.writes) {
      if (this.#rights.readonly) {
        return "ERR Write commands are not allowed from read-only scripts.";
      }
      if (store.engine.readonly) return readOnly().message;
    }
    // What has begun to write is let finish.
    if (command.needsRoom && !this.#rights.allowOom && !this.wrote && store.eviction.active) {
      const room = store.eviction.makeRoom();
      if (room !== "ok") return noRoom(room).message;
    }
    return undefined;
  }
}
