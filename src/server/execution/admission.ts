/**
 * What may speak against a command before it runs, and how it is refused then. The order of the
 * checks is in execution.ts; here is what each of them takes. One object a session.
 *
 * @module
 */

import {
  CROSS_SLOT,
  crossSlot,
  slotOfAll,
  slotOfCommand,
} from "../../commands/cluster/hash_slots.ts";
import { NotLoaded } from "../../commands/scripting/scripting_host.ts";
import { endTransaction } from "../../commands/sessions/transactions.ts";
import type { Command } from "../../commands/table/command.ts";
import type { Transaction } from "../../commands/table/client.ts";
import { WriteLocked, WritesRefused } from "../../engine/turn_errors.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { RespWriter } from "../../resp/writer.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { ExecutedSession, ExecutionHost } from "../sessions/hosts.ts";
import { isHeldWithWrites, NOT_QUEUED } from "./command_rules.ts";

/** What is known of the commands that a session has run so far. */
export interface ExecutionState {
  /** The last command that ran, or was denied. */
  lastCommand: Command | undefined;
  /** MULTI's queue. */
  readonly transaction: Transaction | undefined;
}

/** Lets one session's commands pass, queues them, or refuses them. */
export class Admission {
  readonly #server: ExecutionHost;
  readonly #session: ExecutedSession;
  readonly #writer: RespWriter;
  readonly #args: Arguments;
  readonly #state: ExecutionState;

  /** @param args Those of the command that is looked at, unless another's are given. */
  constructor(
    server: ExecutionHost,
    session: ExecutedSession,
    writer: RespWriter,
    { args, state }: { readonly args: Arguments; readonly state: ExecutionState },
  ) {
    this.#server = server;
    this.#session = session;
    this.#writer = writer;
    this.#args = args;
    this.#state = state;
  }

  /** Replies with an error in place of running a command. */
  refuse(command: Command | undefined, message: string): void {
    const { transaction } = this.#state;
    this.#server.stats.rejected(command, message);
    if (command?.name === "exec") {
      endTransaction(this.#session, this.#server);
      message = `EXECABORT Transaction discarded because of: ${message.replace(/^ERR /, "")}`;
    } else if (transaction !== undefined) {
      transaction.refused = true;
    }
    this.#writer.error(message);
  }

  /** Refuses a command that there is no record of. @returns Whether the connection is closed instead. */
  refuseUnknown(): boolean {
    const args = this.#args;
    // What a browser sends when a page is made to talk to us: it must not get a second line in.
    if (args.is(0, "POST") || args.is(0, "HOST:")) {
      this.#server.cutOff(this.#session, "another protocol", "it speaks HTTP");
      this.#session.close();
      return true;
    }
    this.refuse(undefined, this.#server.commands.unknown(args).message);
    return false;
  }

  /** Refuses what the session's user may not do. @returns Whether it did. */
  isDenied(command: Command, args: Arguments): boolean {
    const { access } = this.#server;
    const session = this.#session;
    // Who has not authenticated may run a few commands whatever the default user may do.
    if (command.noAuth) return false;
    const denial = access.check(session.account, command, args);
    if (denial === undefined) return false;
    this.#state.lastCommand = command;
    const context = this.#state.transaction === undefined ? "toplevel" : "multi";
    access.logDenied(session, denial, context);
    this.refuse(command, denial.message);
    return true;
  }

  /** Refuses, in a cluster, a command whose keys are in several slots. @returns False if it did. */
  isInOneSlot(command: Command): boolean {
    const { transaction } = this.#state;
    const isExec = command.name === "exec" && transaction !== undefined && !transaction.refused;
    const slot = isExec ? slotOfAll(transaction.queued) : slotOfCommand(command, this.#args);
    if (slot !== CROSS_SLOT) return true;
    const { message } = crossSlot();
    this.#server.stats.rejected(command, message);
    if (isExec) endTransaction(this.#session, this.#server);
    else if (transaction !== undefined) transaction.refused = true;
    this.#writer.error(message);
    return false;
  }

  /** Whether a command may write, or run others that do. */
  mayWrite(command: Command): boolean {
    return command.writes ||
      (command.name === "exec" && this.#state.transaction?.writes === true);
  }

  /** Whether a command may change data, and not only how they are kept, as VACUUM does. */
  mayChange(command: Command): boolean {
    return command.name !== "vacuum" && this.mayWrite(command);
  }

  /** Makes room for what a command may add. @returns False if it is refused or parked. */
  hasRoom(command: Command): boolean {
    const { store } = this.#server;
    const { transaction } = this.#state;
    const needsRoom = command.needsRoom || (transaction !== undefined &&
      (command.name === "exec"
        ? [...transaction.queued.kinds].some((queued) => queued.needsRoom)
        : !NOT_QUEUED.has(command.name)));
    let room: string;
    try {
      room = store.eviction.makeRoom();
      // What went for the command went before it.
      store.engine.effects.endUnit();
    } catch (error) {
      // Refused itself if it writes.
      if (error instanceof WritesRefused) return true;
      if (!(error instanceof WriteLocked)) throw error;
      if (!needsRoom) return true;
      this.#server.turns.park(this.#session);
      return false;
    }
    if (room === "ok" || !needsRoom) return true;
    this.refuse(
      command,
      `OOM command not allowed when used ${room} > '${room === "disk" ? "maxdisk" : "maxmemory"}'.`,
    );
    return false;
  }

  /** Whether CLIENT PAUSE, which is on, holds a command back. */
  mustPause(command: Command): boolean {
    if (this.#server.paused?.writesOnly !== true || isHeldWithWrites(command)) return true;
    return command.name === "exec" &&
      [...this.#state.transaction?.queued.kinds ?? []].some(isHeldWithWrites);
  }

  /** Puts a command into MULTI's queue. @returns False if it has to be queued again later. */
  queue(command: Command, transaction: Transaction): boolean {
    if (command.flags.includes("no_multi")) {
      this.refuse(command, "ERR Command not allowed inside a transaction");
      return true;
    }
    try {
      // What EXEC runs cannot wait.
      if (command.needsLua) this.#server.scripting.prepare();
    } catch (error) {
      if (error instanceof NotLoaded) {
        this.#server.turns.park(this.#session);
        return false;
      }
      if (!(error instanceof CommandError)) throw error;
      this.refuse(command, error.message);
      return true;
    }
    transaction.queued.push(command, this.#args);
    if (command.writes) transaction.writes = true;
    this.#writer.status("QUEUED");
    const limit = this.#server.config.clientQueryBufferLimit;
    const { memory } = transaction.queued;
    if (memory <= limit) return true;
    const why = `its MULTI queue takes ${memory} bytes, client-query-buffer-limit is ${limit}`;
    this.#server.cutOff(this.#session, "query buffer limit", why);
    this.#session.close();
    return true;
  }
}
