/**
 * One connection: reads its bytes and has its commands run in turns. What a command meets on its way
 * is in execution.ts, what becomes of the replies in output.ts, what commands know of the client in
 * client_state.ts.
 *
 * @module
 */

import type { TransportState } from "../../commands/table/client.ts";
import { Arguments } from "../../resp/arguments.ts";
import { Parser, type ParserLimits, ProtocolError } from "../../resp/parser.ts";
import type { RespWriter } from "../../resp/writer.ts";
import { formatAddress } from "../listening/address.ts";
import type { OutputBufferLimit } from "../../clients/configuration/configuration.ts";
import { Execution } from "../execution/execution.ts";
import type { ClientConnection } from "./client_connection.ts";
import { ClientLimits } from "./client_limits.ts";
import { ClientState } from "./client_state.ts";
import { InputBuffer } from "./input_buffer.ts";
import { HangUp } from "./hang_up.ts";
import { Listening } from "./listening.ts";
import type { CutOffCause } from "../log/log.ts";
import { Output } from "./output.ts";
import type { ExecutedSession, SessionHost } from "./hosts.ts";
import { backlogOf, UnreadReplies } from "./unread.ts";

/** Commands that are read while the client waits in one of them: 1 MB. */
const WAITING_INPUT = 1024 * 1024;
/**
 * Bytes of further commands that are read while a client leaves its replies unread, for it may well
 * write a whole pipeline before it reads: 32 MB. What comes then waits in the sockets.
 */
const STALLED_INPUT = 32 * 1024 * 1024;

/** Bytes of commands from which on they run in slices: what a client sends that fills its socket. */
const MANY_BYTES = 16 * 1024;

/** What replicas have not taken waits elsewhere, where their limits are looked at. */
const NO_LIMIT: OutputBufferLimit = { hard: 0, soft: 0, seconds: 0 };

/** Bytes of heap of arguments that are kept for the next command. */
const FEW_ARGUMENTS = 64 * 1024;

/** One client's connection. */
export class Session extends ClientState implements ExecutedSession {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly unixSocket: boolean;
  readonly connectedAtMs: number;
  lastCommandAtMs: number;
  /**
   * Waits for the write lock, or for the end of a pause: its next command is parsed and has not run. Or
   * it is in the middle of a script that is suspended.
   */
  parked = false;
  /** What {@linkcode ClientMemory} has counted of its memory. */
  countedMemory = 0;
  /** When a session that waits for the write lock gives up, Unix time in milliseconds. */
  parkedUntilMs = 0;

  protected readonly execution: Execution;
  protected readonly writer: RespWriter;
  protected readonly limits: ParserLimits;
  readonly #server: SessionHost;
  readonly #connection: ClientConnection;
  readonly #args = new Arguments();
  readonly #output: Output;
  readonly #parser: Parser;
  readonly #input = new InputBuffer();
  #closing = false;
  #closed = false;
  /** Closes the connection. */
  readonly hangUp: HangUp;
  #wake: (() => void) | undefined;
  /** Reads without a promise for each read; undefined if there is no such way. */
  readonly #listening: Listening | undefined;
  /** Whether that ended because something is to be waited for. */
  #leftToWait = false;
  #reading = false;
  /** Whether the client sends so much that others might not be heard. */
  #busy = false;
  /** Whether commands are left because the slice was over. */
  #sliced = false;
  /** Whether commands that were left may go on, noted between two slices. */
  #resumed = false;
  /** Whether commands are left because the client does not read its replies. */
  #stalled = false;
  /** Bytes of replies from which on further commands wait. */
  #backlog = 0;
  readonly #unread = new UnreadReplies();
  #commandsSeen = 0;
  #netInput = 0;
  #netOutput = 0;

  constructor(server: SessionHost, connection: ClientConnection, id: number) {
    super(server.access.defaultUser);
    this.#server = server;
    this.#connection = connection;
    this.hangUp = new HangUp(connection, () => server.finished);
    this.id = id;
    const { source } = connection;
    this.#listening = source === undefined ? undefined : new Listening(source);
    this.#output = new Output(connection, server.buffers, {
      sent: (size) => this.#sent(size),
      drained: () => {
        if (this.#closing) this.close();
      },
      close: () => this.close(),
    });
    this.writer = this.#output.writer;
    this.unixSocket = connection.localAddr.transport === "unix";
    const local = formatAddress(connection.localAddr);
    this.localAddress = this.unixSocket ? `${local}:0` : local;
    this.address = this.unixSocket ? this.localAddress : formatAddress(connection.remoteAddr);
    this.connectedAtMs = this.lastCommandAtMs = server.store.engine.clock.now();
    this.limits = new ClientLimits(server.config, server.access.isOpen);
    this.#parser = new Parser(this.#args, this.limits);
    this.execution = new Execution(server, this, this.writer, this.#args);
  }

  /** Serves the connection until it ends. Never throws. */
  async run(): Promise<void> {
    const connection = this.#connection;
    const listening = this.#listening;
    try {
      while (!this.#closing) {
        if (listening === undefined) {
          this.#reading = true;
          const size = await connection.read(this.#input.room());
          this.#reading = false;
          if (size === null) break;
          this.#received(size);
        } else {
          this.#reading = true;
          const more = await listening.run(this.#input, this.#heard);
          this.#reading = false;
          if (!more) break;
          // What it was to wait for has come before anybody waited.
          if (this.#leftToWait && !this.#mustWait() && !this.#closed) this.#process();
        }
        while (!this.#closed && (this.#busy || this.#mustWait())) {
          if (this.#mustWait()) {
            await new Promise<void>((resolve) => this.#wake = resolve);
          } else {
            await this.#server.fairness.next();
            if (!this.#sliced && !this.#resumed) break;
          }
          if (!this.parked) this.#process();
        }
      }
    } catch (error) {
      // A connection that is gone needs no word; memory that ran out, or a fault of ours, does.
      if (error instanceof TypeError || error instanceof RangeError) {
        this.#server.cutOff(this, "our fault", `connection ${this.id} is closed: ${error.message}`);
      }
      this.close();
    }
    // Replies of the last commands still go out if the peer only stopped sending.
    if (this.#output.size === 0 || this.waiting !== undefined) this.close();
    else this.#closing = true;
  }

  /** Runs the commands of bytes that have come into the input buffer. */
  #received(size: number): void {
    this.#input.end += size;
    this.#netInput += size;
    this.#server.stats.netInput += size;
    this.#server.stats.reads++;
    // It may have been parked while it was reading on, in a command that had waited.
    if (!this.parked) this.#process();
    this.#server.heapGuard.received(size);
  }

  /** Runs the commands of what has come. @returns Whether nothing is to be waited for before the next. */
  readonly #heard = (size: number): boolean => {
    this.#reading = false;
    this.#received(size);
    this.#leftToWait = this.#mustWait();
    return this.#reading = !this.#closing && !this.#busy && !this.#leftToWait;
  };

  #mustWait(): boolean {
    // Of who waits in a command we go on to read, to learn of the connection's end; but not all.
    return this.parked || (this.waiting !== undefined && this.#unparsed > WAITING_INPUT) ||
      (this.#stalled && (this.#stranger || this.#unparsed > STALLED_INPUT));
  }

  /** Whether it still has to authenticate. */
  get #stranger(): boolean {
    return !this.authenticated && !this.#server.access.isOpen;
  }

  get #unparsed(): number {
    return this.#input.end - this.#parser.commandStart;
  }

  /**
   * Runs the complete commands that have arrived: all, or those of a slice of time if they are many.
   * While the client leaves too many replies unread its commands wait.
   */
  #process(): void {
    const parser = this.#parser;
    const execution = this.execution;
    const { waiting } = execution;
    this.enterServerTurn();
    this.#busy = this.#unparsed >= MANY_BYTES;
    const sliceEnd = this.#busy ? performance.now() + this.#server.fairness.sliceMs : Infinity;
    let commands = 0;
    this.#sliced = this.#stalled = this.#resumed = false;
    this.#backlog = backlogOf(this.#stranger, this.#outputLimit);
    try {
      while (!this.#closing && waiting.call === undefined && !waiting.served) {
        if (this.#output.size > this.#backlog) {
          this.#stalled = true;
          break;
        }
        if (!parser.next(this.#input.bytes, this.#input.end)) break;
        if (!execution.run()) return;
        if (this.#busy && ++commands % 16 === 0 && performance.now() > sliceEnd) {
          this.#sliced = true;
          break;
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#server.cutOff(this, "protocol error", `protocol error: ${error.message}`);
      this.writer.error(`ERR Protocol error: ${error.message}`);
      this.closeAfterReply();
    }
    // An argument takes a slice of heap beside its bytes.
    const held = this.#unparsed + this.#args.memory;
    const limit = this.#server.config.clientQueryBufferLimit;
    if (held > limit) {
      this.#cutOff(
        "query buffer limit",
        `it sent ${held} bytes, client-query-buffer-limit is ${limit}`,
      );
      return;
    }
    if (this.#args.memory > FEW_ARGUMENTS && this.#parser.idle && !this.parked) {
      this.#args.release();
    }
    // The operating system may be writing into the buffer: then it must stay where it is.
    if (!this.#reading) this.#input.makeRoom(parser, this.#stranger);
  }

  /** Goes on with the commands that came while the client waited in one. */
  resume(): void {
    if (this.#closed || this.parked) return;
    if (!this.#reading) {
      // Between two slices nobody waits to be woken: the next one must not be left out.
      this.#resumed = true;
      this.#wakeUp();
      return;
    }
    this.#process();
    if (this.#sliced) void this.#resumeSoon();
  }

  async #resumeSoon(): Promise<void> {
    await this.#server.fairness.next();
    if (this.#sliced) this.resume();
  }

  /** Takes part in the turn that runs. */
  enterTurn(): void {
    if (!this.#output.enterTurn()) return;
    this.turnPushes = 0;
    this.#server.turns.sessions.push(this);
  }

  /** Takes part in the turn that runs, or in a new one. */
  enterServerTurn(): void {
    this.#server.turns.enter();
    this.enterTurn();
  }

  /** Counts a reply of the running turn: if it fails, an error takes its place. */
  countReply(): void {
    this.#output.turnReplies++;
  }

  /** Tries the command of a parked session again, then goes on with the rest. */
  retry(): void {
    this.enterServerTurn();
    this.parked = false;
    if (this.execution.run()) this.#proceed();
  }

  /** Goes on with the commands after the one that it was parked with. */
  goOn(): void {
    this.parked = false;
    this.#proceed();
  }

  #proceed(): void {
    // Parked in a command that came behind one it had waited in, it reads on, and nobody waits to be woken.
    if (this.#reading) queueMicrotask(() => this.resume());
    else this.#wakeUp();
  }

  /** Answers the command of a parked session with an error, and goes on with the rest. */
  giveUp(message: string): void {
    this.enterServerTurn();
    this.parked = false;
    this.writer.error(message);
    this.countReply();
    this.#proceed();
  }

  /** The turn is committed. @param turn What must be on the disk before the replies leave, 0 for nothing. */
  turnEnded(turn: number): void {
    if (this.#closed) return;
    if (this.lastWrite.pending) this.lastWrite.committed(this.#server);
    if (this.overflows) return this.#exceeded();
    if (this.#output.turnEnded(turn)) this.#server.turns.held.add(this);
    const { clientMemory } = this.#server;
    if (clientMemory.limit > 0) clientMemory.update(this);
  }

  /** The turn failed: every reply of it becomes an error. */
  turnFailed(message: string): void {
    this.#unread.turnFailed();
    this.lastWrite.pending = false;
    this.#output.turnFailed(message);
  }

  /** All turns up to `turn` are on the disk. @returns Whether replies are still held. */
  synced(turn: number): boolean {
    return this.#output.synced(turn);
  }

  #sent(size: number): void {
    this.#netOutput += size;
    this.#server.stats.netOutput += size;
    this.#server.stats.writes++;
    // Not now: the turn that the replies are of may still be ending.
    if (this.#stalled && this.#output.size <= this.#backlog) queueMicrotask(() => this.resume());
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

  get #outputLimit(): OutputBufferLimit {
    const { config } = this.#server;
    if (this.isReplica) return NO_LIMIT;
    return this.subscriptions?.isSubscribed
      ? config.pubsubOutputBufferLimit
      : config.outputBufferLimit;
  }

  /** Whether its replies are past what it may leave unread: it is closed when the turn is over. */
  get overflows(): boolean {
    return this.#unread.overflow(this.#output.size, this.#outputLimit);
  }

  /**
   * Closes a client that leaves too many replies unread for too long.
   *
   * @returns Whether it was closed.
   */
  checkOutputLimit(nowMs: number): boolean {
    const { size } = this.#output;
    if (this.#stranger && this.#unread.areIgnored(size, this.#netOutput)) {
      this.#cutOff("unread refusals", "it has not authenticated, and does not read its replies");
    } else if (this.#unread.areOld(size, this.#outputLimit, nowMs)) {
      this.#exceeded();
    }
    return this.#closed;
  }

  /** Bytes of memory it takes. */
  get memory(): number {
    return this.stateMemory + this.#input.bytes.length + this.#output.memory + this.#args.memory +
      (this.#connection.held ?? 0);
  }

  /** Closes it to free memory for others, after its reply if its command runs. */
  evict(): void {
    this.#server.stats.clientsEvicted++;
    const why = `it holds ${this.memory} bytes, and all clients more than maxmemory-clients`;
    this.#server.cutOff(this, "client memory", why);
    if (this.#server.executing === this) this.closeAfterReply();
    else this.close();
  }

  #exceeded(): void {
    const { hard, soft, seconds } = this.#outputLimit;
    this.#cutOff(
      "output limit",
      `it leaves more unread than client-output-buffer-limit allows: ${hard} bytes, ` +
        `or ${soft} for ${seconds} s`,
    );
  }

  /** Closes the connection because nothing has come for too long. */
  closeIdle(idleMs: number): void {
    this.#cutOff("idle timeout", `idle for ${Math.floor(idleMs / 1000)} s, which is the timeout`);
  }

  #cutOff(cause: CutOffCause, why: string): void {
    if (this.#closed) return;
    this.#server.cutOff(this, cause, why);
    this.close();
  }

  closeAfterReply(): void {
    this.#closing = true;
  }

  /** Closes the connection now. Closing twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = this.#closing = true;
    this.parked = false;
    this.execution.close();
    this.#output.close();
    this.#listening?.end();
    this.hangUp.run();
    this.#server.ended(this);
    this.#wakeUp();
  }

  transport(): TransportState {
    const unparsed = this.#unparsed;
    return {
      fd: this.#connection.fd ?? -1,
      queryBuffer: unparsed,
      queryBufferFree: this.#input.bytes.length - unparsed,
      outputBuffer: this.#output.size,
      totalMemory: this.memory,
      netInput: this.#netInput,
      netOutput: this.#netOutput,
    };
  }
}
