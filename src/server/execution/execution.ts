/**
 * From a command's arguments to its reply: every check that comes before a handler, in Redis's
 * order, the handler itself, and what is measured. One object a session.
 *
 * @module
 */

import type { Command, Context } from "../../commands/table/command.ts";
import type { QueuedCommand, Transaction, Wait } from "../../commands/table/client.ts";
import { latin1Of } from "../../commands/table/latin1.ts";
import { runHandler } from "../../commands/table/run.ts";
import { checkArity } from "../../commands/table/table.ts";
import {
  busyWith,
  NotLoaded,
  type RunningScript,
} from "../../commands/scripting/scripting_host.ts";
import { TurnFailed, WriteLocked } from "../../engine/turn_errors.ts";
import { SqliteError } from "../../sqlite/sqlite.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { RespWriter } from "../../resp/writer.ts";
import { readOnly, writesRefused, wrongArity } from "../../store/values/errors.ts";
import { Admission, type ExecutionState } from "./admission.ts";
import { noteCall, refusalOf, SAMPLE } from "./calls.ts";
import { MASTER_DOWN, READ_ONLY_REPLICA } from "../../commands/replication/following.ts";
import { NO_REPLICAS } from "../../commands/replication/replicas.ts";
import { FOR_SUBSCRIBERS, isHeldWithWrites, NOT_QUEUED } from "./command_rules.ts";
import type { ExecutedSession, ExecutionHost } from "../sessions/hosts.ts";
import { ReplyEnd } from "./reply_end.ts";
import { WaitingClient } from "./waiting.ts";

/** Runs one session's commands. */
export class Execution implements ExecutionState {
  /** The last command that ran. */
  lastCommand: Command | undefined;
  /** Commands run. */
  commands = 0;
  /** MULTI's queue. */
  transaction: Transaction | undefined;
  /** The blocking command that the client waits in. */
  readonly waiting: WaitingClient;
  /** What follows when a command has written its reply. */
  readonly replyEnd: ReplyEnd;
  readonly #server: ExecutionHost;
  readonly #session: ExecutedSession;
  readonly #writer: RespWriter;
  readonly #args: Arguments;
  readonly #context: Context;
  readonly #admission: Admission;
  /** Whether the command that runs is a part of EXEC. */
  performing = false;
  /** Whether its turn had written something when the command began that may run for long. */
  foundWritten = false;
  /** Whether making room for the last command failed its turn. */
  #failed = false;

  constructor(
    server: ExecutionHost,
    session: ExecutedSession,
    writer: RespWriter,
    args: Arguments,
  ) {
    this.#server = server;
    this.#session = session;
    this.#writer = writer;
    this.#args = args;
    this.#context = {
      args,
      reply: writer,
      store: server.store,
      client: session,
      host: server,
    };
    const admission = new Admission(server, session, writer, { args, state: this });
    const replyEnd = new ReplyEnd(session, writer);
    this.#admission = admission;
    this.replyEnd = replyEnd;
    this.waiting = new WaitingClient(server, session, writer, {
      context: this.#context,
      admission,
      replyEnd,
    });
  }

  /** Runs the command in the arguments. @returns False if it has to be run again later. */
  run(): boolean {
    const args = this.#args;
    const server = this.#server;
    const session = this.#session;
    const writer = this.#writer;
    const admission = this.#admission;
    const start = writer.end;
    const command = server.commands.lookup(args);
    server.stats.commandsProcessed++;
    if (command === undefined) {
      if (admission.refuseUnknown()) return true;
    } else if (!checkArity(command, args) || command.handler === undefined) {
      admission.refuse(command, wrongArity(command.fullName).message);
    } else if (!session.authenticated && !command.noAuth && !server.access.isOpen) {
      admission.refuse(command, "NOAUTH Authentication required.");
    } else if (!session.account.unrestricted && admission.isDenied(command, args)) {
      // Refused with the reason.
    } else if (server.cluster !== undefined && !admission.isInOneSlot(command)) {
      // Refused with the reason.
    } else if (server.scripting.running !== undefined && !command.flags.includes("allow_busy")) {
      admission.refuse(command, busyWith(server.scripting.running).message);
    } else if (server.store.engine.refusal !== undefined && admission.mayWrite(command)) {
      admission.refuse(command, writesRefused(latin1Of(server.store.engine.refusal)).message);
    } else if (server.store.eviction.active && !this.#hasRoom(command)) {
      // Refused, failed or parked.
      if (session.parked) return false;
      if (this.#failed) return true;
    } else if (server.replication.lacking && admission.mayWrite(command)) {
      admission.refuse(command, NO_REPLICAS);
    } else if (server.following.refusesWrites && admission.mayChange(command)) {
      admission.refuse(command, READ_ONLY_REPLICA);
    } else if (server.store.engine.readonly && admission.mayWrite(command)) {
      admission.refuse(command, readOnly().message);
    } else if (
      session.subscriptions?.isSubscribed && writer.protocol === 2 &&
      !FOR_SUBSCRIBERS.has(command.name)
    ) {
      admission.refuse(
        command,
        `ERR Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING ` +
          "/ QUIT / RESET are allowed in this context",
      );
    } else if (server.following.isStale && !command.flags.includes("stale")) {
      admission.refuse(command, MASTER_DOWN);
    } else if (session.monitoring && (command.readsOnly || isHeldWithWrites(command))) {
      admission.refuse(command, "ERR Replica can't interact with the keyspace");
    } else if (server.paused !== undefined && admission.mustPause(command)) {
      this.lastCommand = command;
      server.postpone(session);
      return false;
    } else if (this.transaction !== undefined && !NOT_QUEUED.has(command.name)) {
      if (!admission.queue(command, this.transaction)) return false;
    } else {
      const outcome = this.#call(command);
      if (outcome !== "done") return outcome === "failed";
    }
    if (session.tracking !== undefined) server.tracking.endCommand(session, command);
    this.replyEnd.finish(start);
    return true;
  }

  /** Makes room for what a command may add. @returns False if it is refused, parked or has failed. */
  #hasRoom(command: Command): boolean {
    this.#failed = false;
    try {
      return this.#admission.hasRoom(command);
    } catch (error) {
      this.#failed = true;
      this.#fail(error);
      return false;
    }
  }

  /** Runs a command that nothing speaks against. `parked`: it has to be run again later. */
  #call(command: Command): "done" | "parked" | "failed" {
    const server = this.#server;
    const writer = this.#writer;
    const start = writer.end;
    const previous = server.executing;
    server.setExecuting(this.#session);
    this.replyEnd.running = true;
    let suspended = false;
    const { engine } = server.store, { made } = engine.changes;
    if (command.needsLua || this.transaction !== undefined) this.foundWritten = engine.writing;
    try {
      // Before anything is noted: a command that finds the lock taken has not begun.
      if (command.writes || (this.transaction?.writes && command.name === "exec")) {
        engine.writeTold();
      }
      this.commands++;
      this.lastCommand = command;
      this.#handle(command);
      const { running } = server.scripting;
      if (running === undefined) {
        this.#endUnit(made);
      } else if (running.client === this.#session) {
        suspended = true;
        this.#finishLater(running, command, start, made);
        return "parked";
      }
    } catch (error) {
      if (error instanceof WriteLocked || error instanceof NotLoaded) {
        writer.end = start;
        server.turns.park(this.#session);
        return "parked";
      }
      this.#fail(error);
      return "failed";
    } finally {
      this.replyEnd.running = suspended;
      server.setExecuting(previous);
    }
    return "done";
  }

  /**
   * A command is over, with all that it ran: those follow who waited for what it wrote.
   *
   * @param made How many changes there were before.
   */
  #endUnit(made: number): void {
    const { store: { engine }, blocked } = this.#server;
    const told = engine.effects.active && engine.effects.endUnit();
    if (told || engine.changes.made !== made) this.#session.lastWrite.pending = true;
    if (engine.settling.inSlices) engine.settling.commandEnded();
    if (blocked.anyReady) blocked.serve();
  }

  /** A script is suspended: what is left to do for the command follows when it is over. */
  #finishLater(running: RunningScript, command: Command, start: number, made: number): void {
    const server = this.#server;
    const session = this.#session;
    const writer = this.#writer;
    const at = writer.sent + start;
    session.parked = true;
    running.whenOver((error) => {
      try {
        if (error !== undefined) throw error;
        this.#endUnit(made);
        this.replyEnd.running = false;
        if (session.tracking !== undefined) server.tracking.endCommand(session, command);
        this.replyEnd.finish(at - writer.sent);
      } catch (error) {
        this.#fail(error);
      } finally {
        this.replyEnd.running = false;
        server.setExecuting(undefined);
      }
      session.goOn();
    });
  }

  /** Runs a command's handler: notes, measures, and writes the error it refuses with. */
  #handle(command: Command): void {
    const server = this.#server;
    const session = this.#session;
    const writer = this.#writer;
    const context = this.#context;
    const { args } = context;
    const start = writer.end;
    const errors = writer.errors;
    const statistics = server.stats.of(command);
    const calls = statistics.calls++;
    const timesAll = server.timesAll || server.hotKeys.active;
    const timed = timesAll || !command.even || calls % SAMPLE === 0;
    const startedAt = timed ? performance.now() : 0;
    let told = false;
    server.store.keyspace.noTouch = session.noTouch;
    try {
      if (command.needsLua) {
        server.scripting.prepare();
        // The commands that a script calls follow its own.
        told = server.monitors.size > 0;
        if (told) server.monitors.tell(session, command, args);
      }
      runHandler(command, context);
    } catch (error) {
      writer.end = start;
      if (error instanceof NotLoaded || error instanceof WriteLocked) {
        // It has not begun.
        statistics.calls--;
        this.commands--;
        throw error;
      }
      this.#writeRefusal(command, error);
    }
    const { running } = server.scripting;
    if (running !== undefined && running.client === session) {
      const at = writer.sent + start;
      return running.whenOver((error) => {
        const start = at - writer.sent;
        if (error !== undefined) {
          writer.end = start;
          this.#writeRefusal(command, error);
        }
        this.#handled(command, args, start, errors, calls, timed ? startedAt : -1, told);
      });
    }
    this.#handled(command, args, start, errors, calls, timed ? startedAt : -1, told);
  }

  /** @throws What fails the turn. */
  #writeRefusal(command: Command, error: unknown): void {
    const server = this.#server;
    const refusal = refusalOf(command, error, server.store.engine.writing);
    if (error instanceof SqliteError) server.damaged(error.message);
    this.#writer.error(refusal.message);
  }

  /**
   * Notes that a command has run.
   *
   * @param start Where its reply begins.
   * @param errors How many errors had been written before.
   * @param calls How many calls of it there were before.
   * @param startedAt When it began; negative if it is not timed.
   * @param told Whether clients in MONITOR know of it.
   */
  #handled(
    command: Command,
    args: Arguments,
    start: number,
    errors: number,
    calls: number,
    startedAt: number,
    told: boolean,
  ): void {
    const server = this.#server;
    const session = this.#session;
    const writer = this.#writer;
    const timed = startedAt >= 0;
    if (this.waiting.call !== undefined) {
      // A call that waits is one call, which counts when it is over.
      server.stats.of(command).calls--;
      this.waiting.call.microseconds = timed ? (performance.now() - startedAt) * 1000 : 0;
    } else if (timed) {
      const microseconds = (performance.now() - startedAt) * 1000;
      const timesAll = server.timesAll || server.hotKeys.active;
      const weight = timesAll || !command.even || calls === 0 ? 1 : SAMPLE;
      noteCall(server, session, command, args, microseconds, weight, writer.end - start);
    }
    // After the command, as in Redis: the line tells the database that SELECT has chosen.
    if (server.monitors.size > 0 && !told) server.monitors.tell(session, command, args);
    if (writer.errors !== errors) server.stats.failed(command, writer.lastError);
    // Of a read that is refused too: what it was refused for may change.
    if (command.readsOnly && session.tracking !== undefined) {
      server.tracking.remember(session, command, args);
    }
  }

  /** Runs a queued command as a part of EXEC's reply. */
  perform({ command, args }: QueuedCommand): void {
    const context = this.#context;
    const outer = context.args;
    const start = this.#writer.end;
    context.args = args;
    this.performing = true;
    try {
      const { account } = this.#session;
      const { access } = this.#server;
      const denial = account.unrestricted ? undefined : access.check(account, command, args);
      if (denial === undefined) {
        this.#handle(command);
      } else {
        access.logDenied(this.#session, denial, "multi");
        this.#writer.error(
          "NOPERM ACLs rules changed between the moment the transaction was accumulated and the " +
            `EXEC call. This command is no longer allowed for the following reason: ${denial.reason}`,
        );
      }
      // The transaction runs to its end; what nobody will be sent is not kept.
      if (this.#session.overflows) this.#writer.end = start;
    } finally {
      this.performing = false;
      context.args = outer;
    }
  }

  /** SQLite failed in the command, or we did: what it has written so far is unknown. */
  #fail(error: unknown): void {
    const server = this.#server;
    const failure = error instanceof TurnFailed ? error : server.store.engine.fail(error);
    server.turns.failed(failure);
    this.transaction = undefined;
    // This command's own reply: the turn's other replies are replaced already.
    this.#session.enterServerTurn();
    const start = this.#writer.end;
    this.replyEnd.forget();
    this.#writer.error(server.turns.failureMessage(failure));
    this.replyEnd.finish(start);
  }

  /** See `Client.wait`. */
  wait(wait: Wait): void {
    this.waiting.wait(wait, this.lastCommand);
  }

  /** The connection is closed. */
  close(): void {
    this.waiting.close();
    this.transaction = undefined;
  }
}
