/**
 * Reads append-only files: commands as clients send them, and notes of the time between them
 * (`#TS:…`). What stands between MULTI and EXEC is given when EXEC has been read, so that an end in
 * the middle leaves nothing half done.
 *
 * @module
 */

import { Arguments } from "../../resp/arguments.ts";
import { Parser, ProtocolError } from "../../resp/parser.ts";
import { parseInt64 } from "../../store/values/integers.ts";
import type { ImportBatch, ImportTarget } from "./source.ts";

const COMMAND = 0x2a, NOTE = 0x23, NEWLINE = 0x0a;

interface Queued {
  readonly db: number;
  readonly words: readonly Uint8Array[];
  readonly atMs: number | undefined;
}

/** A file that is being read. */
export class AofReader {
  readonly #args = new Arguments();
  readonly #parser = new Parser(this.#args, { maxBulkLength: Infinity, authenticated: true });
  #bytes = new Uint8Array(0);
  #end = 0;
  /** Where in the file the array begins. */
  #base: number;
  #db = 0;
  #atMs: number | undefined;
  #queue: Queued[] | undefined;
  /** Where in the file the open transaction begins. */
  #queueAt = 0;
  #failure: unknown;

  /** @param at Where in the file the first command is. */
  constructor(at: number) {
    this.#base = at;
  }

  /**
   * What is complete with a chunk. What is wrong with the file is thrown by the next call, or by
   * `end`: what came before it is whole.
   */
  batch(chunk: Uint8Array): ImportBatch {
    if (this.#failure !== undefined) throw this.#failure;
    this.#append(chunk);
    return (target) => {
      try {
        this.#read(target);
      } catch (error) {
        this.#failure = error;
        if (!(error instanceof AofError)) throw error;
      }
    };
  }

  /** The end. @returns How many bytes at the end are of something incomplete, if any. */
  end(): number | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const last = this.#base + this.#end;
    const from = this.#queue === undefined ? this.#base + this.#parser.commandStart : this.#queueAt;
    return from < last ? last - from : undefined;
  }

  #append(chunk: Uint8Array): void {
    const from = this.#parser.commandStart, left = this.#end - from;
    let bytes = this.#bytes;
    if (left + chunk.length > bytes.length) bytes = new Uint8Array(2 * (left + chunk.length));
    bytes.set(this.#bytes.subarray(from, this.#end));
    bytes.set(chunk, left);
    this.#bytes = bytes;
    this.#end = left + chunk.length;
    this.#base += from;
    this.#parser.moved(bytes, -from);
  }

  #read(target: ImportTarget): void {
    const parser = this.#parser;
    for (;;) {
      if (parser.idle && !this.#beforeCommand()) return;
      try {
        if (!parser.next(this.#bytes, this.#end)) return;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        throw new AofError(error.message, this.#base + parser.position);
      }
      this.#take(target);
    }
  }

  /** Passes over notes. @returns Whether a command follows. */
  #beforeCommand(): boolean {
    const parser = this.#parser, bytes = this.#bytes;
    while (parser.position < this.#end) {
      const first = bytes[parser.position];
      if (first === COMMAND) return true;
      if (first !== NOTE) {
        throw new AofError("there is no command", this.#base + parser.position);
      }
      const newline = bytes.indexOf(NEWLINE, parser.position);
      if (newline < 0 || newline >= this.#end) {
        parser.commandStart = parser.position;
        return false;
      }
      const note = String.fromCharCode(...bytes.subarray(parser.position, newline));
      const seconds = /^#TS:(\d+)/.exec(note)?.[1];
      if (seconds !== undefined) this.#atMs = Number(seconds) * 1000;
      parser.position = parser.commandStart = newline + 1;
    }
    parser.commandStart = parser.position;
    return false;
  }

  #take(target: ImportTarget): void {
    const args = this.#args;
    if (args.is(0, "SELECT") && args.count === 2) {
      const { bytes, start, end } = args.at(1);
      this.#db = Number(parseInt64(bytes, start, end) ?? 0);
    } else if (args.is(0, "MULTI")) {
      this.#queue = [];
      this.#queueAt = this.#base + this.#parser.commandStart;
    } else if (args.is(0, "EXEC")) {
      for (const { db, words, atMs } of this.#queue ?? []) target.command(db, words, atMs);
      this.#queue = undefined;
    } else {
      const words = Array.from({ length: args.count }, (_, i) => args.at(i).copy());
      const queued = { db: this.#db, words, atMs: this.#atMs };
      if (this.#queue === undefined) target.command(queued.db, words, queued.atMs);
      else this.#queue.push(queued);
    }
  }
}

/** Why a file cannot be read, and where. */
export class AofError extends Error {
  override readonly name = "AofError";

  /** @param at The byte of the file. */
  constructor(message: string, at: number) {
    super(`${message} at byte ${at} of the append-only file`);
  }
}
