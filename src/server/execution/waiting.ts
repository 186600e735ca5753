/**
 * The blocking command in which a client waits: it is run again when a key it waits for is there,
 * and ends with its reply, or with the one for when nothing came. One object a session.
 *
 * @module
 */

import type { Command, Context } from "../../commands/table/command.ts";
import type { Wait } from "../../commands/table/client.ts";
import { runHandler } from "../../commands/table/run.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { RespWriter } from "../../resp/writer.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { ExecutedSession, ExecutionHost } from "../sessions/hosts.ts";
import type { Admission } from "./admission.ts";
import { noteCall } from "./calls.ts";
import type { ReplyEnd } from "./reply_end.ts";
import { type CallOwner, WaitingCall } from "./waiting_call.ts";

/** Waits for one session. */
export class WaitingClient implements CallOwner {
  /** The command it waits in. */
  call: WaitingCall | undefined;
  /**
   * Whether it waits no more, and the turn that serves it still runs: commands behind it are not run
   * before that, for if the turn fails the client waits on.
   */
  served = false;
  readonly #server: ExecutionHost;
  readonly #session: ExecutedSession;
  readonly #writer: RespWriter;
  readonly #context: Context;
  readonly #args: Arguments;
  readonly #admission: Admission;
  readonly #replyEnd: ReplyEnd;
  /** The waiting call that is tried again. */
  #retried: WaitingCall | undefined;

  /** @param parts.context What handlers of the session's commands get. */
  constructor(
    server: ExecutionHost,
    session: ExecutedSession,
    writer: RespWriter,
    parts: {
      readonly context: Context;
      readonly admission: Admission;
      readonly replyEnd: ReplyEnd;
    },
  ) {
    this.#server = server;
    this.#session = session;
    this.#writer = writer;
    this.#context = parts.context;
    this.#args = parts.context.args;
    this.#admission = parts.admission;
    this.#replyEnd = parts.replyEnd;
  }

  /** See `Client.wait`. */
  wait(wait: Wait, command: Command | undefined): void {
    if (this.#session.performing) return (wait.denied ?? wait.giveUp)(this.#writer);
    if (this.#retried !== undefined) {
      this.#retried.waitsOn = true;
      this.#retried.againAtMs = wait.againAtMs ?? 0;
      return;
    }
    const { nowMs } = this.#server.store.engine;
    const { timeoutMs } = wait;
    this.call = new WaitingCall(this, this.#args.copy(), wait, this.#session.db, {
      command,
      deadlineMs: timeoutMs === 0 ? 0 : nowMs + timeoutMs,
    });
    this.#server.blocked.add(this.call);
  }

  /** Runs the command of a waiting call again. @returns Whether it is done. */
  retry(call: WaitingCall): boolean {
    const server = this.#server;
    const session = this.#session;
    const writer = this.#writer;
    const context = this.#context;
    if (call.command === undefined) return true;
    session.enterServerTurn();
    const start = writer.end;
    const previous = server.executing;
    server.setExecuting(session);
    this.#replyEnd.running = true;
    this.#retried = call;
    call.waitsOn = false;
    context.args = call.args;
    server.store.keyspace.noTouch = session.noTouch;
    const { changes } = server.store.engine, { made } = changes;
    const startedAt = performance.now();
    // What the user may do can have changed since.
    const denied = !session.account.unrestricted &&
      this.#admission.isDenied(call.command, call.args);
    try {
      if (!denied) runHandler(call.command, context);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      writer.end = start;
      writer.error(error.message);
      server.stats.failed(call.command, error.message);
    } finally {
      call.microseconds += (performance.now() - startedAt) * 1000;
      context.args = this.#args;
      this.#retried = undefined;
      this.#replyEnd.running = false;
      server.setExecuting(previous);
    }
    if (changes.made !== made) session.lastWrite.pending = true;
    if (call.waitsOn) return false;
    if (!denied) this.#waited(call, writer.end - start);
    if (call.command.readsOnly && session.tracking !== undefined) {
      server.tracking.remember(session, call.command, call.args);
    }
    this.#leave(start);
    this.served = true;
    return true;
  }

  /** Ends the waiting with a reply, in a turn of its own or in the one that runs. */
  end(call: WaitingCall, write: (reply: Reply) => void): void {
    if (this.call !== call) return;
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

  /** Notes a call that waited, and is over. */
  #waited(call: WaitingCall, replySize: number): void {
    const { command, args, microseconds } = call;
    if (command === undefined) return;
    const server = this.#server;
    server.stats.of(command).calls++;
    noteCall(server, this.#session, command, args, microseconds, 1, replySize);
  }

  /**
   * The client waits no more. Its reply is not counted with the turn's, for if the turn fails there
   * was none: the client waits on.
   */
  #leave(start: number): void {
    this.call = undefined;
    this.#replyEnd.finish(start, false);
  }

  /** The turn in which the waiting ended is committed: the commands that came meanwhile follow. */
  resume(): void {
    this.served = false;
    if (this.call === undefined) this.#server.turns.after(() => this.#session.resume());
  }

  restored(call: WaitingCall): void {
    this.served = false;
    this.call = call;
  }

  /** The connection is closed. */
  close(): void {
    if (this.call !== undefined) this.#server.blocked.remove(this.call);
    this.call = undefined;
  }
}
