/**
 * The replies of one connection, from the handler that writes them to the operating system.
 *
 * The buffer, from its start: bytes that may be sent (`ready`), bytes of committed turns that are not
 * on the disk yet (`heldEnd` of them belong to turn `heldTurn` or before), and bytes of the turn that
 * runs (from `turnStart` on), which are taken back if it fails. What the operating system does not take
 * at once is left to the runtime: the buffer is swapped for another one, so replies can be written
 * while it has the last ones.
 *
 * @module
 */

import { RespWriter } from "../../resp/writer.ts";
import type { BufferPool } from "./buffers.ts";
import type { ClientConnection } from "./client_connection.ts";

/** Whom an output tells of what becomes of its bytes. */
export interface OutputOwner {
  /** Bytes have been sent. */
  sent(size: number): void;
  /** Nothing is left to be sent. */
  drained(): void;
  /** The connection is broken. */
  close(): void;
}

/** Bytes up to which replies are sent at once: of more, who reads slowly leaves them to be counted. */
const SHORT = 64 * 1024;

/** The replies of one connection. */
export class Output {
  /** Where handlers write. */
  readonly writer: RespWriter;
  /** Replies of the running turn, so that each can be replaced if it fails. */
  turnReplies = 0;
  readonly #connection: Pick<ClientConnection, "write" | "sendNow">;
  readonly #buffers: BufferPool;
  readonly #owner: OutputOwner;
  #inTurn = false;
  #turnStart = 0;
  #ready = 0;
  #heldTurn = 0;
  #heldEnd = 0;
  #lastTurn = 0;
  #sending = 0;
  #closed = false;

  /** @param buffers Where buffers come from and go to. */
  constructor(
    connection: Pick<ClientConnection, "write" | "sendNow">,
    buffers: BufferPool,
    owner: OutputOwner,
  ) {
    this.#connection = connection;
    this.#buffers = buffers;
    this.writer = new RespWriter(0, buffers);
    this.#owner = owner;
  }

  /** Bytes written or on their way that the peer has not got yet. */
  get size(): number {
    return this.writer.end + this.#sending;
  }

  /** Bytes of memory. */
  get memory(): number {
    return this.writer.bytes.length + this.#sending;
  }

  /** Begins a turn. @returns False if it has begun. */
  enterTurn(): boolean {
    if (this.#inTurn) return false;
    this.#inTurn = true;
    if (this.writer.bytes.length === 0) this.writer.bytes = this.#buffers.take();
    this.#turnStart = this.writer.end;
    this.turnReplies = 0;
    return true;
  }

  /**
   * The turn is committed.
   *
   * @param turn What must be on the disk before the replies leave, 0 for nothing.
   * @returns Whether replies are held that were not before.
   */
  turnEnded(turn: number): boolean {
    this.#inTurn = false;
    this.#lastTurn = turn;
    if (turn !== 0) {
      if (this.#heldTurn !== 0) return false;
      this.#heldTurn = turn;
      this.#heldEnd = this.writer.end;
      return true;
    }
    // Everything up to now is on the disk, or need not be.
    this.#heldTurn = 0;
    this.#ready = this.writer.end;
    this.#send();
    return false;
  }

  /** The turn failed: every reply of it becomes an error. */
  turnFailed(message: string): void {
    const { writer } = this;
    writer.end = this.#turnStart;
    for (let i = 0; i < this.turnReplies; i++) writer.error(message);
    this.#inTurn = false;
    if (this.#heldTurn === 0) {
      this.#ready = writer.end;
      this.#send();
    }
  }

  /** All turns up to `turn` are on the disk. @returns Whether replies are still held. */
  synced(turn: number): boolean {
    if (this.#heldTurn === 0) return false;
    if (this.#heldTurn > turn) return true;
    const committedEnd = this.#inTurn ? this.#turnStart : this.writer.end;
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
    const { writer } = this;
    if (size === 0) {
      if (writer.end > 0) return;
      if (!this.#inTurn) this.#releaseBuffer();
      this.#owner.drained();
      return;
    }
    const taken = size > SHORT ? 0 : this.#connection.sendNow?.(writer.bytes, size) ?? 0;
    if (taken === size) return this.#sent(size);
    const bytes = writer.bytes;
    const rest = writer.end - size;
    if (rest > 0 || this.#inTurn) {
      writer.bytes = this.#buffers.take();
      writer.end = 0;
      writer.reserve(rest);
      writer.bytes.set(bytes.subarray(size, size + rest));
    } else {
      writer.bytes = NO_BYTES;
    }
    writer.end = rest;
    this.#passed(size);
    this.#sending = size;
    this.#write(bytes, Math.max(0, taken), size);
  }

  /** The first bytes of the buffer are in others' hands. */
  #passed(size: number): void {
    this.writer.sent += size;
    this.#ready = 0;
    this.#turnStart -= size;
    this.#heldEnd -= size;
  }

  /** The operating system has taken the first bytes of the buffer. */
  #sent(size: number): void {
    const { writer } = this;
    const rest = writer.end - size;
    if (rest > 0) writer.bytes.copyWithin(0, size, writer.end);
    writer.end = rest;
    this.#passed(size);
    if (rest === 0 && !this.#inTurn) this.#releaseBuffer();
    this.#owner.sent(size);
    if (writer.end === 0) this.#owner.drained();
  }

  #releaseBuffer(): void {
    if (this.writer.bytes.length === 0) return;
    this.#buffers.give(this.writer.bytes);
    this.writer.bytes = NO_BYTES;
  }

  #write(bytes: Uint8Array, start: number, end: number): void {
    this.#connection.write(bytes.subarray(start, end)).then(
      (written) => {
        if (start + written < end && !this.#closed) {
          this.#write(bytes, start + written, end);
          return;
        }
        this.#sending = 0;
        this.#buffers.give(bytes);
        this.#send();
        this.#owner.sent(end);
      },
      () => this.#owner.close(),
    );
  }

  /** Sends nothing more. */
  close(): void {
    this.#closed = true;
  }
}

const NO_BYTES = new Uint8Array(0);
