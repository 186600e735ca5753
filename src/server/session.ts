/**
 * One connection: reads its bytes, runs its commands in turns, sends their replies.
 *
 * The reply buffer, from its start: bytes that may be sent (`ready`), bytes of committed turns that
 * are not on the disk yet (`heldEnd` of them belong to turn `heldTurn` or before), and bytes of the
 * turn that runs (from `turnStart` on), which are taken back if it fails. Sending swaps the buffer
 * for another one, so replies can be written while the operating system has the last ones.
 *
 * @module
 */

import { TurnFailed, WriteLocked } from "../engine/engine.ts";
import type { Client, Command, Context, TransportState } from "../commands/command.ts";
import { checkArity } from "../commands/table.ts";
import { Arguments } from "../resp/arguments.ts";
import { Parser, type ParserLimits, ProtocolError } from "../resp/parser.ts";
import { RespWriter } from "../resp/writer.ts";
import { CommandError, wrongArity } from "../store/errors.ts";
import { formatAddress } from "./address.ts";
import { InputBuffer } from "./input_buffer.ts";
import type { Server } from "./server.ts";

/** Replies waiting to be sent from which on a client's further commands wait too: 1 MB. */
const BACKLOG = 1024 * 1024;

/** One client's connection. */
export class Session implements Client {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly unixSocket: boolean;
  readonly connectedAtMs: number;
  lastCommandAtMs: number;
  db = 0;
  name = "";
  libraryName = "";
  libraryVersion = "";
  user = "default";
  replyMode: Client["replyMode"] = "on";
  noEvict = false;
  noTouch = false;
  commands = 0;
  /** Waits for the write lock: its next command is parsed and has not run. */
  parked = false;
  /** When a parked session gives up, Unix time in milliseconds. */
  parkedUntilMs = 0;

  readonly #server: Server;
  readonly #connection: Deno.Conn;
  readonly #args = new Arguments();
  readonly #writer = new RespWriter();
  readonly #parser: Parser;
  readonly #limits: ParserLimits;
  readonly #context: Context;
  readonly #input = new InputBuffer();
  #lastCommand: Command | undefined;
  #inTurn = false;
  #turnStart = 0;
  #turnReplies = 0;
  #ready = 0;
  #heldTurn = 0;
  #heldEnd = 0;
  #lastTurn = 0;
  #sending = 0;
  #closing = false;
  #closed = false;
  #softLimitSinceMs = 0;
  #wake: (() => void) | undefined;
  #commandsSeen = 0;
  #netInput = 0;
  #netOutput = 0;

  constructor(server: Server, connection: Deno.Conn, id: number) {
    this.#server = server;
    this.#connection = connection;
    this.id = id;
    this.unixSocket = connection.localAddr.transport === "unix";
    const local = formatAddress(connection.localAddr);
    this.localAddress = this.unixSocket ? `${local}:0` : local;
    this.address = this.unixSocket ? this.localAddress : formatAddress(connection.remoteAddr);
    this.connectedAtMs = this.lastCommandAtMs = server.store.engine.clock.now();
    this.#limits = {
      get maxBulkLength(): number {
        return server.config.protoMaxBulkLen;
      },
      authenticated: !server.passwordRequired,
    };
    this.#parser = new Parser(this.#args, this.#limits);
    this.#context = {
      args: this.#args,
      reply: this.#writer,
      store: server.store,
      client: this,
      host: server,
    };
  }

  get protocol(): 2 | 3 {
    return this.#writer.protocol;
  }
  set protocol(protocol: 2 | 3) {
    this.#writer.protocol = protocol;
  }

  get authenticated(): boolean {
    return this.#limits.authenticated;
  }
  set authenticated(authenticated: boolean) {
    this.#limits.authenticated = authenticated;
  }

  get lastCommand(): string {
    return this.#lastCommand?.fullName ?? "";
  }

  /** Serves the connection until it ends. Never throws. */
  async run(): Promise<void> {
    const connection = this.#connection;
    try {
      while (!this.#closing) {
        const size = await connection.read(this.#input.room());
        if (size === null) break;
        this.#input.end += size;
        this.#netInput += size;
        this.#server.stats.netInput += size;
        this.#process();
        while (this.#mustWait() && !this.#closed) {
          await new Promise<void>((resolve) => this.#wake = resolve);
          if (!this.parked) this.#process();
        }
      }
    } catch (error) {
      // A connection that is gone needs no word; memory that ran out, or a fault of ours, does.
      if (error instanceof TypeError || error instanceof RangeError) {
        this.#server.report(`connection ${this.id} is closed: ${error.message}`);
      }
      this.close();
    }
    // Replies of the last commands still go out if the peer only stopped sending.
    if (this.#sending === 0 && this.#pending === 0) this.close();
    else this.#closing = true;
  }

  get #pending(): number {
    return this.#writer.end;
  }

  #mustWait(): boolean {
    return this.parked || (this.#pending + this.#sending > BACKLOG && !this.#closing);
  }

  /** Runs every complete command that has arrived. */
  #process(): void {
    const parser = this.#parser;
    this.#server.enterTurn();
    this.#enterTurn();
    try {
      while (
        !this.#closing && this.#writer.end <= BACKLOG &&
        parser.next(this.#input.bytes, this.#input.end)
      ) {
        this.#execute();
        if (this.parked) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#writer.error(`ERR Protocol error: ${error.message}`);
      this.closeAfterReply();
    }
    const unparsed = this.#input.end - parser.commandStart;
    if (unparsed > this.#server.config.clientQueryBufferLimit) this.close();
    else this.#input.makeRoom(parser);
  }

  #enterTurn(): void {
    if (this.#inTurn) return;
    this.#inTurn = true;
    if (this.#writer.bytes.length === 0) this.#writer.bytes = this.#server.buffers.take();
    this.#turnStart = this.#writer.end;
    this.#turnReplies = 0;
    this.#server.turnSessions.push(this);
  }

  /** Tries the command of a parked session again, then goes on with the rest. */
  retry(): void {
    this.#server.enterTurn();
    this.#enterTurn();
    this.parked = false;
    this.#execute();
    if (!this.parked) this.#wakeUp();
  }

  /** Answers the command of a parked session with an error, and goes on with the rest. */
  giveUp(message: string): void {
    this.#server.enterTurn();
    this.#enterTurn();
    this.parked = false;
    this.#writer.error(message);
    this.#turnReplies++;
    this.#wakeUp();
  }

  #execute(): void {
    const server = this.#server;
    const writer = this.#writer;
    const args = this.#args;
    const replyStart = writer.end;
    const errorsBefore = writer.errors;
    const command = server.commands.lookup(args);
    server.stats.commandsProcessed++;
    if (command === undefined) {
      this.#refuse(server.commands.unknown(args).message);
    } else if (!checkArity(command, args) || command.handler === undefined) {
      this.#refuse(wrongArity(command.fullName).message, command);
    } else if (!this.authenticated && !command.noAuth) {
      this.#refuse("NOAUTH Authentication required.", command);
    } else {
      try {
        if (command.writes) server.store.engine.write();
        this.commands++;
        this.#lastCommand = command;
        const statistics = server.stats.of(command);
        if ((statistics.calls++ & SAMPLE_MASK) === 0) {
          const start = performance.now();
          server.store.keyspace.noTouch = this.noTouch;
          command.handler(this.#context);
          statistics.microseconds += (performance.now() - start) * 1000 * (SAMPLE_MASK + 1);
        } else {
          server.store.keyspace.noTouch = this.noTouch;
          command.handler(this.#context);
        }
        if (writer.errors !== errorsBefore) server.stats.failed(command, writer.lastError);
      } catch (error) {
        writer.end = replyStart;
        if (error instanceof CommandError) {
          writer.error(error.message);
          server.stats.failed(command, error.message);
        } else if (error instanceof WriteLocked) {
          server.park(this);
          return;
        } else {
          this.#fail(error);
          return;
        }
      }
    }
    if (this.replyMode !== "on") this.#suppress(replyStart);
    if (writer.end !== replyStart) this.#turnReplies++;
  }

  #refuse(message: string, command?: Command): void {
    this.#server.stats.rejected(command, message);
    // What a browser sends when a page is made to talk to us: it must not get a second line in.
    if (command === undefined && (this.#args.is(0, "POST") || this.#args.is(0, "HOST:"))) {
      this.close();
    } else {
      this.#writer.error(message);
    }
  }

  /** SQLite failed in the command, or we did: what it has written so far is unknown. */
  #fail(error: unknown): void {
    const failure = error instanceof TurnFailed ? error : this.#server.store.engine.fail(error);
    this.#server.turnFailed(failure);
    // This command's own reply: the turn's other replies are replaced already.
    this.#enterTurn();
    const replyStart = this.#writer.end;
    this.#writer.error(this.#server.failureMessage(failure));
    if (this.replyMode !== "on") this.#suppress(replyStart);
    if (this.#writer.end !== replyStart) this.#turnReplies++;
  }

  /** CLIENT REPLY: takes the reply back. */
  #suppress(replyStart: number): void {
    if (this.replyMode === "skip-next") {
      this.replyMode = "skip";
      return;
    }
    this.#writer.end = replyStart;
    if (this.replyMode === "skip") this.replyMode = "on";
  }

  /** The turn is committed. @param turn What must be on the disk before the replies leave, 0 for nothing. */
  turnEnded(turn: number): void {
    this.#inTurn = false;
    this.#lastTurn = turn;
    if (turn !== 0) {
      if (this.#heldTurn === 0) {
        this.#heldTurn = turn;
        this.#heldEnd = this.#writer.end;
        this.#server.held.add(this);
      }
      return;
    }
    // Everything up to now is on the disk, or need not be.
    this.#heldTurn = 0;
    this.#ready = this.#writer.end;
    this.#send();
  }

  /** The turn failed: every reply of it becomes an error. */
  turnFailed(message: string): void {
    const replies = this.#turnReplies;
    this.#writer.end = this.#turnStart;
    for (let i = 0; i < replies; i++) this.#writer.error(message);
    this.#inTurn = false;
    if (this.#heldTurn === 0) {
      this.#ready = this.#writer.end;
      this.#send();
    }
  }

  /** All turns up to `turn` are on the disk. @returns Whether replies are still held. */
  synced(turn: number): boolean {
    if (this.#heldTurn === 0) return false;
    if (this.#heldTurn > turn) return true;
    const committedEnd = this.#inTurn ? this.#turnStart : this.#writer.end;
    if (this.#lastTurn <= turn) {
      this.#heldTurn = 0;
      this.#ready = committedEnd;
    } else {
      this.#ready = this.#heldEnd;
      this.#heldTurn = this.#lastTurn;
      this.#heldEnd = committedEnd;
    }
    this.#send();
    return this.#heldTurn !== 0;
  }

  #send(): void {
    const size = this.#ready;
    if (this.#sending > 0 || this.#closed) return;
    if (size === 0) {
      if (this.#writer.end === 0 && !this.#inTurn) this.#releaseBuffer();
      if (this.#closing && this.#writer.end === 0) this.close();
      return;
    }
    const writer = this.#writer;
    const bytes = writer.bytes;
    const rest = writer.end - size;
    if (rest > 0 || this.#inTurn) {
      writer.bytes = this.#server.buffers.take();
      writer.end = 0;
      writer.reserve(rest);
      writer.bytes.set(bytes.subarray(size, size + rest));
    } else {
      writer.bytes = NO_BYTES;
    }
    writer.end = rest;
    this.#ready = 0;
    this.#turnStart -= size;
    this.#heldEnd -= size;
    this.#sending = size;
    this.#write(bytes, 0, size);
  }

  #releaseBuffer(): void {
    if (this.#writer.bytes.length === 0) return;
    this.#server.buffers.give(this.#writer.bytes);
    this.#writer.bytes = NO_BYTES;
  }

  #write(bytes: Uint8Array, start: number, end: number): void {
    this.#connection.write(bytes.subarray(start, end)).then(
      (written) => {
        if (start + written < end && !this.#closed) {
          this.#write(bytes, start + written, end);
          return;
        }
        this.#netOutput += end;
        this.#server.stats.netOutput += end;
        this.#sending = 0;
        this.#server.buffers.give(bytes);
        this.#send();
        if (this.#wake !== undefined && !this.#mustWait()) this.#wakeUp();
      },
      () => this.close(),
    );
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Notes whether commands came since the last call. @returns Milliseconds without any. */
  updateIdle(nowMs: number): number {
    if (this.commands !== this.#commandsSeen) {
      this.#commandsSeen = this.commands;
      this.lastCommandAtMs = nowMs;
    }
    return nowMs - this.lastCommandAtMs;
  }

  /**
   * Closes a client whose replies pile up past `client-output-buffer-limit`.
   *
   * @returns Whether it was closed.
   */
  checkOutputLimit(nowMs: number): boolean {
    const { hard, soft, seconds } = this.#server.config.outputBufferLimit;
    const size = this.#pending + this.#sending;
    if (hard > 0 && size > hard) {
      this.close();
      return true;
    }
    if (soft === 0 || size <= soft) {
      this.#softLimitSinceMs = 0;
    } else if (this.#softLimitSinceMs === 0) {
      this.#softLimitSinceMs = nowMs;
    } else if (nowMs - this.#softLimitSinceMs > seconds * 1000) {
      this.close();
      return true;
    }
    return false;
  }

  closeAfterReply(): void {
    this.#closing = true;
  }

  /** Closes the connection now. Closing twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = this.#closing = true;
    this.parked = false;
    try {
      this.#connection.close();
    } catch {
      // It was closed from the other side.
    }
    this.#server.ended(this);
    this.#wakeUp();
  }

  transport(): TransportState {
    const unparsed = this.#input.end - this.#parser.commandStart;
    return {
      fd: -1,
      queryBuffer: unparsed,
      queryBufferFree: this.#input.bytes.length - unparsed,
      outputBuffer: this.#pending + this.#sending,
      totalMemory: this.#input.bytes.length + this.#writer.bytes.length + this.#sending,
      netInput: this.#netInput,
      netOutput: this.#netOutput,
    };
  }
}

/** One call of a command in so many is timed, for INFO commandstats; a clock reading costs 40 ns. */
const SAMPLE_MASK = 15;

const NO_BYTES = new Uint8Array(0);
