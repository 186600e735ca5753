/**
 * The server that is followed, as the client whose commands its stream is: it may do everything, gets
 * no replies, and what it binds together by MULTI is done when all of it has come. Nothing that it
 * does not say itself is expired for it.
 *
 * Its bytes are passed on to replicas of this server's own as they came, when they are committed; the
 * place in the stream is written with the data of each turn.
 *
 * @module
 */

import { CommandQueue } from "../../commands/sessions/command_queue.ts";
import { NotLoaded } from "../../commands/scripting/scripting_host.ts";
import type { Command, Context } from "../../commands/table/command.ts";
import type { Host } from "../../commands/table/host.ts";
import type { Client, Transaction, TransportState, Wait } from "../../commands/table/client.ts";
import { checkArity, Table } from "../../commands/table/table.ts";
import { TurnFailed, WriteLocked } from "../../engine/turn_errors.ts";
import { Arguments } from "../../resp/arguments.ts";
import { Parser } from "../../resp/parser.ts";
import { RespWriter } from "../../resp/writer.ts";
import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";
import { parseInt64 } from "../../store/values/integers.ts";
import type { BlockedClients } from "../../clients/blocked_clients.ts";
import { OWNER } from "../../clients/acl/owner.ts";
import { InputBuffer } from "../sessions/input_buffer.ts";
import type { Turns, TurnSession } from "../turns.ts";
import { WRAPPED } from "./stream.ts";

/** What the client needs of its server. */
export interface MasterClientHost extends Host {
  readonly store: Store;
  readonly turns: Turns;
  readonly blocked: BlockedClients;
  /** Says whose command runs. */
  setExecuting(client: Client | undefined): void;
}

/** Who the client tells. */
export interface StreamOwner {
  /** Bytes were applied and committed. @param db The database selected after them. */
  applied(bytes: Uint8Array, db: number): void;
  /** About to be committed: the stream's place after the turn, in bytes from where the client began. */
  applying(applied: number, db: number): void;
  /** The master asks how far this server has come. */
  asked(): void;
  /** The connection is of no use any more. */
  broken(why: string): void;
  /** A command was refused here that was not refused there. */
  refused(name: string, why: string): void;
}

/** Reads and runs the commands of a stream. */
export class MasterClient implements Client, TurnSession {
  readonly unixSocket = false;
  readonly connectedAtMs: number;
  lastCommandAtMs: number;
  lastCommand = "";
  db: number;
  protocol: 2 | 3 = 2;
  name = "";
  libraryName = "";
  libraryVersion = "";
  account = OWNER;
  authenticated = true;
  replyMode: Client["replyMode"] = "off";
  noEvict = false;
  noTouch = false;
  commands = 0;
  subscriptions: undefined;
  tracking: undefined;
  transaction: Transaction | undefined;
  watch: undefined;
  monitoring = false;
  performing = false;
  readonly turnPushes = 0;
  readonly waiting = undefined;
  parked = false;
  parkedUntilMs = 0;
  readonly isMaster = true;
  readonly #host: MasterClientHost;
  readonly #owner: StreamOwner;
  readonly #table: Table;
  readonly #args = new Arguments();
  /** Those of a command that comes within another. */
  readonly #inner = new Arguments();
  readonly #reply = new RespWriter();
  readonly #context: Context;
  readonly #input = new InputBuffer();
  readonly #parser: Parser;
  /** Bytes received, applied (as far as what they bind together has come), and told of as committed. */
  #received = 0;
  #done = 0;
  #committed = 0;
  #doneDb: number;
  /** Copies of what was parsed and is not told of yet, from byte `#committed` on. */
  #parsed: Uint8Array[] = [];
  /** Bytes before `bytes[0]` of the input. */
  #dropped = 0;
  /** Where, in the input, what is not among `#parsed` begins. */
  #copied = 0;
  #inTurn = false;
  #closed = false;
  #wake: (() => void) | undefined;

  /** @param parts.db The database that the stream has selected where it goes on. */
  constructor(
    host: MasterClientHost,
    owner: StreamOwner,
    readonly id: number,
    readonly address: string,
    readonly localAddress: string,
    db: number,
  ) {
    this.#host = host;
    this.#owner = owner;
    this.db = this.#doneDb = db;
    this.connectedAtMs = this.lastCommandAtMs = host.store.engine.clock.now();
    // By their own names, whatever clients call them here.
    this.#table = new Table(host.commands.originals());
    this.#context = { args: this.#args, reply: this.#reply, store: host.store, client: this, host };
    this.#parser = new Parser(this.#args, { maxBulkLength: Infinity, authenticated: true });
  }

  /** Bytes that have come. */
  get received(): number {
    return this.#received;
  }

  /** Where the next bytes are to be read into. */
  room(): Uint8Array {
    return this.#input.room();
  }

  /** So many bytes were read into the room. */
  receive(size: number): void {
    this.#input.end += size;
    this.#received += size;
    this.lastCommandAtMs = this.#host.store.engine.clock.now();
  }

  /**
   * Runs what has come, for a slice of time.
   *
   * @returns Whether there is more to do.
   */
  process(sliceMs: number): boolean {
    if (this.#closed || this.parked) return false;
    const sliceEnd = performance.now() + sliceMs;
    const { engine } = this.#host.store;
    this.#enter();
    let commands = 0, more = false;
    const parser = this.#parser, input = this.#input;
    engine.expiryMs = 0;
    try {
      while (!this.#closed && parser.next(input.bytes, input.end)) {
        if (!this.#runParsed()) return false;
        if (++commands % 16 === 0 && performance.now() > sliceEnd) {
          more = true;
          break;
        }
      }
    } catch (error) {
      this.#fail(error);
      return false;
    } finally {
      engine.expiryMs = engine.nowMs;
      this.#endPass();
    }
    return more;
  }

  /** Waits while the commands wait for the write lock of another process. */
  async unparked(): Promise<void> {
    while (this.parked && !this.#closed) await new Promise<void>((wake) => this.#wake = wake);
  }

  #enter(): void {
    this.#host.turns.enter();
    if (this.#inTurn) return;
    this.#inTurn = true;
    this.#host.turns.sessions.push(this);
  }

  /** Runs the command in the arguments. @returns False if it has to be run again later. */
  #runParsed(): boolean {
    const host = this.#host;
    host.setExecuting(this);
    try {
      this.#dispatch();
    } catch (error) {
      if (!(error instanceof WriteLocked || error instanceof NotLoaded)) throw error;
      host.turns.park(this);
      return false;
    } finally {
      host.setExecuting(undefined);
    }
    if (this.transaction === undefined) {
      this.#done = this.#dropped + this.#parser.position;
      this.#doneDb = this.db;
    }
    return true;
  }

  #dispatch(): void {
    const args = this.#args;
    if (args.is(0, "SELECT")) {
      const { bytes, start, end } = args.at(1);
      this.db = Number(parseInt64(bytes, start, end));
    } else if (args.is(0, "PING")) {
      if (args.count === 2 && startsWith(args.at(1), WRAPPED)) this.#unwrap(args.at(1));
    } else if (args.is(0, "REPLCONF")) {
      if (args.count > 1 && args.is(1, "GETACK")) {
        this.#asksAt = this.#dropped + this.#parser.position;
      }
    } else if (args.is(0, "MULTI")) {
      this.transaction = { queued: new CommandQueue(), refused: false, writes: true };
    } else if (args.is(0, "EXEC")) {
      this.#execute();
    } else {
      this.#run(args);
    }
  }

  #run(args: Arguments): void {
    const command = this.#table.lookup(args);
    if (command?.handler === undefined || !checkArity(command, args)) {
      this.#owner.refused(args.at(0).latin1(), "there is no such command here");
    } else if (this.transaction !== undefined) {
      if (command.needsLua) this.#host.scripting.prepare();
      this.transaction.queued.push(command, args);
    } else {
      this.#call(command, args);
      this.#endUnit();
    }
  }

  /** Runs what Redis has no commands for. */
  #unwrap({ bytes, start, end }: Slice): void {
    const args = this.#inner;
    const parser = new Parser(args, { maxBulkLength: Infinity, authenticated: true });
    parser.position = start + WRAPPED.length;
    if (parser.next(bytes, end)) this.#run(args);
  }

  /** Byte behind the last question how far we are. */
  #asksAt = -1;

  #execute(): void {
    const { transaction } = this;
    if (transaction === undefined) return;
    this.#host.store.engine.write();
    this.transaction = undefined;
    this.performing = true;
    try {
      for (const { command, args } of transaction.queued) this.#call(command, args);
    } finally {
      this.performing = false;
    }
    this.#endUnit();
  }

  #call(command: Command, args: Arguments): void {
    const host = this.#host;
    // Nothing else is told; PFCOUNT, too, where it has stored its estimate.
    if (command.group !== "pubsub") host.store.engine.write();
    if (command.needsLua) host.scripting.prepare();
    const reply = this.#reply;
    const { errors } = reply;
    reply.end = 0;
    this.commands++;
    host.stats.commandsProcessed++;
    this.lastCommand = command.fullName;
    this.#context.args = args;
    host.runForScript(this, command, this.#context);
    // An error among several replies is one that the master has given, too.
    if (reply.errors !== errors && reply.bytes[0] === MINUS) {
      this.#owner.refused(command.fullName, reply.lastError);
    }
  }

  #endUnit(): void {
    const { store: { engine }, blocked } = this.#host;
    if (engine.effects.active) engine.effects.endUnit();
    if (!blocked.anyReady) return;
    engine.expiryMs = engine.nowMs;
    blocked.serve();
    engine.expiryMs = 0;
  }

  /** Puts by what was parsed, and makes room for more. */
  #endPass(): void {
    if (this.#closed) return;
    const input = this.#input, parser = this.#parser;
    // A command that waits is parsed and has not run.
    const end = this.parked
      ? parser.commandStart
      : parser.idle
      ? parser.position
      : parser.commandStart;
    if (end > this.#copied) {
      this.#parsed.push(input.bytes.slice(this.#copied, end));
      this.#copied = end;
    }
    if (this.#done > this.#committed && this.#host.store.engine.writing) {
      this.#owner.applying(this.#done, this.#doneDb);
    }
    if (this.parked) return;
    const before = parser.position;
    input.makeRoom(parser);
    const moved = before - parser.position;
    this.#dropped += moved;
    this.#copied -= moved;
  }

  turnEnded(): void {
    this.#inTurn = false;
    this.settle();
  }

  /** Tells of what has been applied, which is committed or about to be. */
  settle(): void {
    while (this.#committed < this.#done) {
      const first = this.#parsed[0];
      if (first === undefined) break;
      const size = Math.min(first.length, this.#done - this.#committed);
      if (size === first.length) this.#parsed.shift();
      else this.#parsed[0] = first.subarray(size);
      this.#committed += size;
      this.#owner.applied(first.subarray(0, size), this.#doneDb);
    }
    if (this.#asksAt < 0 || this.#asksAt > this.#committed) return;
    this.#asksAt = -1;
    this.#owner.asked();
  }

  turnFailed(message: string): void {
    this.#inTurn = false;
    // What it had applied is taken back: the stream is asked for again from what is committed.
    this.#owner.broken(`what it told could not be written: ${message}`);
  }

  #fail(error: unknown): void {
    const { store, turns } = this.#host;
    if (!(error instanceof TurnFailed) && !store.engine.inTurn) {
      this.#owner.broken(error instanceof Error ? error.message : String(error));
      return;
    }
    turns.failed(error instanceof TurnFailed ? error : store.engine.fail(error));
  }

  synced(): boolean {
    return false;
  }

  retry(): void {
    this.parked = false;
    this.#enter();
    const { engine } = this.#host.store;
    engine.expiryMs = 0;
    try {
      if (!this.#runParsed()) return;
    } catch (error) {
      this.#fail(error);
    } finally {
      engine.expiryMs = engine.nowMs;
      this.#endPass();
    }
    this.#wake?.();
  }

  giveUp(message: string): void {
    this.parked = false;
    this.#owner.broken(`what it told could not be written: ${message}`);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.parked = false;
    this.#wake?.();
  }

  closeAfterReply(): void {
    this.#owner.broken("it was closed by a client");
  }

  wait(wait: Wait): void {
    (wait.denied ?? wait.giveUp)(this.#reply);
  }
  perform(): void {}
  push(): void {}
  pushBytes(): void {}

  transport(): TransportState {
    const unparsed = this.#input.end - this.#parser.commandStart;
    return {
      fd: -1,
      queryBuffer: unparsed,
      queryBufferFree: this.#input.bytes.length - unparsed,
      outputBuffer: 0,
      totalMemory: this.#input.bytes.length,
      netInput: this.#received,
      netOutput: 0,
    };
  }
}

/** What an error reply begins with. */
const MINUS = 0x2d;

function startsWith({ bytes, start, end }: Slice, text: string): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
