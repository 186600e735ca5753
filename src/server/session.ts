/** One connection: reads its bytes and runs its commands in turns; what becomes of the replies is in output.ts. */

import { TurnFailed, WriteLocked } from "../engine/engine.ts";
import type { Client, Command, Context, TransportState } from "../commands/command.ts";
import { checkArity } from "../commands/table.ts";
import { Arguments } from "../resp/arguments.ts";
import { Parser, type ParserLimits, ProtocolError } from "../resp/parser.ts";
import type { RespWriter } from "../resp/writer.ts";
import { CommandError, wrongArity } from "../store/errors.ts";
import { formatAddress } from "./address.ts";
import { InputBuffer } from "./input_buffer.ts";
import { Output } from "./output.ts";
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
  readonly #output: Output;
  readonly #writer: RespWriter;
  readonly #parser: Parser;
  readonly #limits: ParserLimits;
  readonly #context: Context;
  readonly #input = new InputBuffer();
  #lastCommand: Command | undefined;
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
    this.#output = new Output(connection, server.buffers, {
      sent: (size) => this.#sent(size),
      drained: () => {
        if (this.#closing) this.close();
      },
      close: () => this.close(),
    });
    this.#writer = this.#output.writer;
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
    if (this.#output.size === 0) this.close();
    else this.#closing = true;
  }

  #mustWait(): boolean {
    return this.parked || (this.#output.size > BACKLOG && !this.#closing);
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
    if (this.#output.enterTurn()) this.#server.turnSessions.push(this);
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
    this.#output.turnReplies++;
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
    if (writer.end !== replyStart) this.#output.turnReplies++;
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
    if (this.#writer.end !== replyStart) this.#output.turnReplies++;
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
    if (this.#output.turnEnded(turn)) this.#server.held.add(this);
  }

  /** The turn failed: every reply of it becomes an error. */
  turnFailed(message: string): void {
    this.#output.turnFailed(message);
  }

  /** All turns up to `turn` are on the disk. @returns Whether replies are still held. */
  synced(turn: number): boolean {
    return this.#output.synced(turn);
  }

  #sent(size: number): void {
    this.#netOutput += size;
    this.#server.stats.netOutput += size;
    if (this.#wake !== undefined && !this.#mustWait()) this.#wakeUp();
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
    const { size } = this.#output;
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
    this.#output.close();
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
      outputBuffer: this.#output.size,
      totalMemory: this.#input.bytes.length + this.#output.memory,
      netInput: this.#netInput,
      netOutput: this.#netOutput,
    };
  }
}

/** One call of a command in so many is timed, for INFO commandstats; a clock reading costs 40 ns. */
const SAMPLE_MASK = 15;
