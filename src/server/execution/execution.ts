/**
 * From a command's arguments to its reply: every check that comes before a handler, in Redis's
 * order, queueing in a transaction, waiting in a blocking command, and what is measured. One object
 * a session.
 *
 * @module
 */

import type {
  Command,
  Context,
  QueuedCommand,
  Transaction,
  Wait,
} from "../../commands/table/command.ts";
import { latin1Of } from "../../commands/table/latin1.ts";
import { checkArity } from "../../commands/table/table.ts";
import {
  busyWith,
  NotLoaded,
  type RunningScript,
} from "../../commands/scripting/scripting_host.ts";
import { endTransaction } from "../../commands/sessions/transactions.ts";
import { TurnFailed, WriteLocked, WritesRefused } from "../../engine/engine.ts";
import { SqliteError } from "../../sqlite/sqlite.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { RespWriter } from "../../resp/writer.ts";
import { CommandError, readOnly, writesRefused, wrongArity } from "../../store/values/errors.ts";
import { refusalOf, SAMPLE } from "./calls.ts";
import { FOR_SUBSCRIBERS, isHeldWithWrites, NOT_QUEUED } from "./command_rules.ts";
import type { ExecutedSession, ExecutionHost } from "../sessions/hosts.ts";
import { type CallOwner, WaitingCall } from "./waiting_call.ts";

/** Runs one session's commands. */
export class Execution implements CallOwner {
  /** The last command that ran. */
  lastCommand: Command | undefined;
  /** Commands run. */
  commands = 0;
  /** MULTI's queue. */
  transaction: Transaction | undefined;
  /** The command it waits in. */
  waiting: WaitingCall | undefined;
  readonly #server: ExecutionHost;
  readonly #session: ExecutedSession;
  readonly #writer: RespWriter;
  readonly #args: Arguments;
  readonly #context: Context;
  /** Messages for the client itself that wait for the reply of its command. */
  #pushes: ((reply: Reply) => void)[] = [];
  #running = false;
  /** The waiting call that is tried again. */
  #retried: WaitingCall | undefined;
  /** Whether the command that runs is a part of EXEC. */
  performing = false;

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
  }

  /** Runs the command in the arguments. @returns False if it has to be run again later. */
  run(): boolean {
    const args = this.#args;
    const server = this.#server;
    const session = this.#session;
    const writer = this.#writer;
    const start = writer.end;
    const command = server.commands.lookup(args);
    server.stats.commandsProcessed++;
    if (command === undefined) {
      if (this.#refuseUnknown()) return true;
    } else if (!checkArity(command, args) || command.handler === undefined) {
      this.#refuse(command, wrongArity(command.fullName).message);
    } else if (!session.authenticated && !command.noAuth && !server.access.isOpen) {
      this.#refuse(command, "NOAUTH Authentication required.");
    } else if (!session.account.unrestricted && this.#isDenied(command, args)) {
      // Refused with the reason.
    } else if (server.scripting.running !== undefined && !command.flags.includes("allow_busy")) {
      this.#refuse(command, busyWith(server.scripting.running).message);
    } else if (server.store.engine.refusal !== undefined && this.#mayWrite(command)) {
      this.#refuse(command, writesRefused(latin1Of(server.store.engine.refusal)).message);
    } else if (server.store.eviction.active && !this.#hasRoom(command)) {
      // Refused or parked.
      if (session.parked) return false;
    } else if (server.store.engine.readonly && this.#mayWrite(command)) {
      this.#refuse(command, readOnly().message);
    } else if (
      session.subscriptions?.isSubscribed && writer.protocol === 2 &&
      !FOR_SUBSCRIBERS.has(command.name)
    ) {
      this.#refuse(
        command,
        `ERR Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING ` +
          "/ QUIT / RESET are allowed in this context",
      );
    } else if (session.monitoring && (command.readsOnly || isHeldWithWrites(command))) {
      this.#refuse(command, "ERR Replica can't interact with the keyspace");
    } else if (server.paused !== undefined && this.#mustPause(command)) {
      this.lastCommand = command;
      server.postpone(session);
      return false;
    } else if (this.transaction !== undefined && !NOT_QUEUED.has(command.name)) {
      if (!this.#queue(command, this.transaction)) return false;
    } else {
      const outcome = this.#call(command);
      if (outcome !== "done") return outcome === "failed";
    }
    if (session.tracking !== undefined) server.tracking.endCommand(session, command);
    this.#finish(start);
    return true;
  }

  /** Puts what was written since `start` to the turn's replies, or takes it back as CLIENT REPLY asks. */
  #finish(start: number): void {
    const session = this.#session;
    const writer = this.#writer;
    if (session.replyMode !== "on") this.#suppress(start);
    if (writer.end !== start) session.countReply();
    if (this.#pushes.length > 0) this.#sendPushes();
  }

  #suppress(start: number): void {
    const session = this.#session;
    if (session.replyMode === "skip-next") {
      session.replyMode = "skip";
      return;
    }
    this.#writer.end = start;
    if (session.replyMode === "skip") session.replyMode = "on";
  }

  /** @returns Whether the connection is closed instead. */
  #refuseUnknown(): boolean {
    const args = this.#args;
    // What a browser sends when a page is made to talk to us: it must not get a second line in.
    if (args.is(0, "POST") || args.is(0, "HOST:")) {
      this.#server.cutOff(this.#session, "another protocol", "it speaks HTTP");
      this.#session.close();
      return true;
    }
    this.#refuse(undefined, this.#server.commands.unknown(args).message);
    return false;
  }

  #refuse(command: Command | undefined, message: string): void {
    this.#server.stats.rejected(command, message);
    if (command?.name === "exec") {
      endTransaction(this.#session, this.#server);
      message = `EXECABORT Transaction discarded because of: ${message.replace(/^ERR /, "")}`;
    } else if (this.transaction !== undefined) {
      this.transaction.refused = true;
    }
    this.#writer.error(message);
  }

  #isDenied(command: Command, args: Arguments): boolean {
    const { access } = this.#server;
    const session = this.#session;
    // Who has not authenticated may run a few commands whatever the default user may do.
    if (command.noAuth) return false;
    const denial = access.check(session.account, command, args);
    if (denial === undefined) return false;
    this.lastCommand = command;
    const context = this.transaction === undefined ? "toplevel" : "multi";
    access.logDenied(session, denial, context);
    this.#refuse(command, denial.message);
    return true;
  }

  /** Makes room for what a command may add. @returns False if it is refused or parked. */
  #hasRoom(command: Command): boolean {
    const { store } = this.#server;
    const { transaction } = this;
    const needsRoom = command.needsRoom || (transaction !== undefined &&
      (command.name === "exec"
        ? [...transaction.queued.kinds].some((queued) => queued.needsRoom)
        : !NOT_QUEUED.has(command.name)));
    let room: string;
    try {
      room = store.eviction.makeRoom();
    } catch (error) {
      // Refused itself if it writes.
      if (error instanceof WritesRefused) return true;
      if (!(error instanceof WriteLocked)) throw error;
      if (!needsRoom) return true;
      this.#server.turns.park(this.#session);
      return false;
    }
    if (room === "ok" || !needsRoom) return true;
    this.#refuse(
      command,
      `OOM command not allowed when used ${room} > '${room === "disk" ? "maxdisk" : "maxmemory"}'.`,
    );
    return false;
  }

  #mayWrite(command: Command): boolean {
    return command.writes || (command.name === "exec" && this.transaction?.writes === true);
  }

  /** @returns False if it has to be queued again later. */
  #queue(command: Command, transaction: Transaction): boolean {
    if (command.flags.includes("no_multi")) {
      this.#refuse(command, "ERR Command not allowed inside a transaction");
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
      this.#refuse(command, error.message);
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

  #mustPause(command: Command): boolean {
    if (this.#server.paused?.writesOnly !== true || isHeldWithWrites(command)) return true;
    return command.name === "exec" &&
      [...this.transaction?.queued.kinds ?? []].some(isHeldWithWrites);
  }

  /** Runs a command that nothing speaks against. `parked`: it has to be run again later. */
  #call(command: Command): "done" | "parked" | "failed" {
    const server = this.#server;
    const writer = this.#writer;
    const start = writer.end;
    const previous = server.executing;
    server.setExecuting(this.#session);
    this.#running = true;
    let suspended = false;
    try {
      // Before anything is noted: a command that finds the lock taken has not begun.
      if (command.writes || (this.transaction?.writes && command.name === "exec")) {
        server.store.engine.write();
      }
      this.commands++;
      this.lastCommand = command;
      this.#handle(command);
      const { running } = server.scripting;
      if (running === undefined) {
        if (server.blocked.anyReady) server.blocked.serve();
      } else if (running.client === this.#session) {
        suspended = true;
        this.#finishLater(running, command, start);
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
      this.#running = suspended;
      server.setExecuting(previous);
    }
    return "done";
  }

  /** A script is suspended: what is left to do for the command follows when it is over. */
  #finishLater(running: RunningScript, command: Command, start: number): void {
    const server = this.#server;
    const session = this.#session;
    const writer = this.#writer;
    const at = writer.sent + start;
    session.parked = true;
    running.whenOver((error) => {
      try {
        if (error !== undefined) throw error;
        if (server.blocked.anyReady) server.blocked.serve();
        this.#running = false;
        if (session.tracking !== undefined) server.tracking.endCommand(session, command);
        this.#finish(at - writer.sent);
      } catch (error) {
        this.#fail(error);
      } finally {
        this.#running = false;
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
        if (told) server.tellMonitors(session, command, args);
      }
      command.handler?.(context);
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
    if (this.waiting !== undefined) {
      // A call that waits is one call, which counts when it is over.
      server.stats.of(command).calls--;
      this.waiting.microseconds = timed ? (performance.now() - startedAt) * 1000 : 0;
    } else if (timed) {
      const microseconds = (performance.now() - startedAt) * 1000;
      const timesAll = server.timesAll || server.hotKeys.active;
      const weight = timesAll || !command.even || calls === 0 ? 1 : SAMPLE;
      this.#measured(command, args, microseconds, weight, writer.end - start);
    }
    // After the command, as in Redis: the line tells the database that SELECT has chosen.
    if (server.monitors.size > 0 && !told) server.tellMonitors(session, command, args);
    if (writer.errors !== errors) server.stats.failed(command, writer.lastError);
    // Of a read that is refused too: what it was refused for may change.
    if (command.readsOnly && session.tracking !== undefined) {
      server.tracking.remember(session, command, args);
    }
  }

  /** Notes how long a call took. @param weight For how many calls it stands. */
  #measured(
    command: Command,
    args: Arguments,
    microseconds: number,
    weight: number,
    replySize: number,
  ): void {
    const server = this.#server;
    server.stats.of(command).microseconds += microseconds * weight;
    server.measured(this.#session, command, args, microseconds, weight);
    if (server.hotKeys.active) {
      server.hotKeys.record(command, args, microseconds, args.encodedSize + replySize);
    }
  }

  /** Notes a call that waited, and is over. */
  #waited(call: WaitingCall, replySize: number): void {
    const { command, args, microseconds } = call;
    if (command === undefined) return;
    this.#server.stats.of(command).calls++;
    this.#measured(command, args, microseconds, 1, replySize);
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
    this.#pushes = [];
    this.#writer.error(server.turns.failureMessage(failure));
    this.#finish(start);
  }

  /** See `Client.push`. */
  push(write: (reply: Reply) => void): void {
    if (this.#running) {
      this.#pushes.push(write);
      return;
    }
    this.#session.enterServerTurn();
    write(this.#writer);
  }

  /** See `Client.pushBytes`. */
  pushBytes(bytes: Uint8Array): void {
    if (this.#running) {
      this.#pushes.push(() => this.#writer.raw(bytes));
      return;
    }
    this.#session.enterServerTurn();
    this.#writer.raw(bytes);
  }

  #sendPushes(): void {
    const pushes = this.#pushes;
    this.#pushes = [];
    for (const write of pushes) write(this.#writer);
  }

  /** See `Client.wait`. */
  wait(wait: Wait): void {
    if (this.performing) return (wait.denied ?? wait.giveUp)(this.#writer);
    if (this.#retried !== undefined) {
      this.#retried.waitsOn = true;
      this.#retried.againAtMs = wait.againAtMs ?? 0;
      return;
    }
    const { nowMs } = this.#server.store.engine;
    const { timeoutMs } = wait;
    this.waiting = new WaitingCall(this, this.#args.copy(), wait, this.#session.db, {
      command: this.lastCommand,
      deadlineMs: timeoutMs === 0 ? 0 : nowMs + timeoutMs,
    });
    this.#server.blocked.add(this.waiting);
  }

  /** Runs the command of a waiting call again. @returns Whether it is done. */
  retry(call: WaitingCall): boolean {
    const server = this.#server;
    const writer = this.#writer;
    const context = this.#context;
    if (call.command === undefined) return true;
    this.#session.enterServerTurn();
    const start = writer.end;
    const previous = server.executing;
    server.setExecuting(this.#session);
    this.#running = true;
    this.#retried = call;
    call.waitsOn = false;
    context.args = call.args;
    server.store.keyspace.noTouch = this.#session.noTouch;
    const startedAt = performance.now();
    // What the user may do can have changed since.
    const denied = !this.#session.account.unrestricted && this.#isDenied(call.command, call.args);
    try {
      if (!denied) call.command.handler?.(context);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      writer.end = start;
      writer.error(error.message);
      server.stats.failed(call.command, error.message);
    } finally {
      call.microseconds += (performance.now() - startedAt) * 1000;
      context.args = this.#args;
      this.#retried = undefined;
      this.#running = false;
      server.setExecuting(previous);
    }
    if (call.waitsOn) return false;
    if (!denied) this.#waited(call, writer.end - start);
    if (call.command.readsOnly && this.#session.tracking !== undefined) {
      server.tracking.remember(this.#session, call.command, call.args);
    }
    this.#leave(start);
    return true;
  }

  /** Ends the waiting with a reply, in a turn of its own or in the one that runs. */
  end(call: WaitingCall, write: (reply: Reply) => void): void {
    if (this.waiting !== call) return;
    this.#server.blocked.remove(call);
    this.#session.enterServerTurn();
    const writer = this.#writer;
    const start = writer.end;
    const { errors } = writer;
    write(writer);
    this.#waited(call, writer.end - start);
    if (call.command !== undefined && writer.errors !== errors) {
      this.#server.stats.failed(call.command, writer.lastError);
    }
    this.#leave(start);
    this.#session.countReply();
    this.resume();
  }

  /**
   * The client waits no more. Its reply is not counted with the turn's, for if the turn fails there
   * was none: the client waits on.
   */
  #leave(start: number): void {
    this.waiting = undefined;
    if (this.#session.replyMode !== "on") this.#suppress(start);
    if (this.#pushes.length > 0) this.#sendPushes();
  }

  /** The turn in which the waiting ended is committed: the commands that came meanwhile follow. */
  resume(): void {
    if (this.waiting === undefined) this.#server.turns.after(() => this.#session.resume());
  }

  /** The connection is closed. */
  close(): void {
    if (this.waiting !== undefined) this.#server.blocked.remove(this.waiting);
    this.waiting = undefined;
    this.transaction = undefined;
  }
}
