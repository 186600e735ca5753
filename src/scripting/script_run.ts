/**
 * The commands of one script: every check that comes before a handler, in Redis's order, and what
 * the checks of the next ones have to know.
 *
 * @module
 */

import { CROSS_SLOT, NO_SLOT, slotOfCommand } from "../commands/cluster/hash_slots.ts";
import { READ_ONLY_REPLICA } from "../commands/replication/following.ts";
import { NO_REPLICAS } from "../commands/replication/replicas.ts";
import type { Command, Context } from "../commands/table/command.ts";
import { checkArity } from "../commands/table/table.ts";
import type { Arguments } from "../resp/arguments.ts";
import { CommandError, readOnly } from "../store/values/errors.ts";
import type { ScriptCalls } from "./command_calls.ts";
import type { LuaReply } from "./lua_reply.ts";
import { ScriptClient } from "./script_client.ts";

const DENIALS = {
  key: "No permissions to access a key",
  channel: "No permissions to access a channel",
};

/** The refusal of what may add data. @param room What there is not enough of. */
export function noRoom(room: string): CommandError {
  const limit = room === "disk" ? "maxdisk" : "maxmemory";
  return new CommandError(`OOM command not allowed when used ${room} > '${limit}'.`);
}

/** Runs the commands that scripts call, of one at a time. One object serves all scripts. */
export class ScriptRun implements ScriptCalls {
  /** Whether one of its commands has written. */
  wrote = false;
  /** Whether one of its commands has failed in a way that fails the turn. */
  broke = false;
  /** Whether the script may only read. */
  #readonly = false;
  /** Whether it may add data where there is no room (`allow-oom`). */
  #allowOom = false;
  /** Whether its commands may have keys of several slots, in a cluster. */
  #crossesSlots = false;
  /** The slot of the keys so far. */
  #slot = NO_SLOT;
  #caller: Context;
  readonly #client: ScriptClient;
  readonly #context: { -readonly [Name in keyof Context]: Context[Name] };

  /**
   * @param caller The command that runs a script.
   * @param reply Where the replies of its commands go.
   */
  constructor(caller: Context, reply: LuaReply) {
    this.#caller = caller;
    this.#client = new ScriptClient(caller.client, reply);
    this.#context = { ...caller, reply, client: this.#client };
  }

  /**
   * Begins with a script.
   *
   * @param caller The command that runs it.
   * @param reply Where the replies of its commands go.
   * @param readonly Whether it may only read.
   * @param flags What it declares; undefined if it declares nothing.
   */
  begin(
    caller: Context,
    reply: LuaReply,
    readonly: boolean,
    flags: ReadonlySet<string> | undefined,
  ): void {
    this.wrote = false;
    this.broke = false;
    this.#readonly = readonly;
    this.#allowOom = flags?.has("allow-oom") === true;
    this.#crossesSlots = flags === undefined || flags.has("allow-cross-slot-keys");
    this.#slot = NO_SLOT;
    this.#caller = caller;
    this.#client.begin(caller.client, reply);
    const context = this.#context;
    context.reply = reply;
    context.store = caller.store;
    context.host = caller.host;
  }

  /** See {@linkcode ScriptCalls}. */
  call(args: Arguments, reply: LuaReply): void {
    const { client, host } = this.#caller;
    const command = host.commands.lookup(args);
    const refusal = command === undefined
      ? "ERR Unknown Redis command called from script"
      : this.#refusal(command, args);
    if (command === undefined || refusal !== undefined) {
      reply.error(refusal ?? "");
      return;
    }
    if (command.writes) this.wrote = true;
    this.#context.args = args;
    try {
      host.runForScript(client, command, this.#context);
    } catch (error) {
      this.broke = true;
      throw error;
    }
  }

  /** Why the script may not reach for a command's keys, in a cluster. */
  #slotRefusal(command: Command, args: Arguments): string | undefined {
    const slot = slotOfCommand(command, args);
    if (slot === CROSS_SLOT) {
      return `ERR Command '${command.fullName}' in script attempted to access keys that don't hash to the same slot`;
    }
    if (slot === NO_SLOT || this.#crossesSlots) return undefined;
    if (this.#slot === NO_SLOT) this.#slot = this.#slotOfCaller();
    if (this.#slot === NO_SLOT) this.#slot = slot;
    if (this.#slot === slot) return undefined;
    return "ERR Script attempted to access keys that do not hash to the same slot";
  }

  #slotOfCaller(): number {
    const { args, host } = this.#caller;
    const command = host.commands.lookup(args);
    return command === undefined ? NO_SLOT : slotOfCommand(command, args);
  }

  /** Why the script may not run a command. */
  #refusal(command: Command, args: Arguments): string | undefined {
    if (!checkArity(command, args) || command.handler === undefined) {
      return "ERR Wrong number of args calling Redis command from script";
    }
    if (command.noScript) {
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
    if (host.cluster !== undefined) {
      const refusal = this.#slotRefusal(command, args);
      if (refusal !== undefined) return refusal;
    }
    if (command.writes) {
      if (this.#readonly) {
        return "ERR Write commands are not allowed from read-only scripts.";
      }
      if (store.engine.readonly) return readOnly().message;
      if (host.replication?.lacking) return NO_REPLICAS;
      if (host.following?.refusesWrites && !client.isMaster) return READ_ONLY_REPLICA;
    }
    // What has begun to write is let finish.
    if (command.needsRoom && !this.#allowOom && !this.wrote && store.eviction.active) {
      const room = store.eviction.makeRoom();
      if (room !== "ok") return noRoom(room).message;
    }
    return undefined;
  }
}
