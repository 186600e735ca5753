/**
 * The memory of SQLite's WebAssembly build.
 *
 * @module
 */

import type { Address, WasmFunctions, WasmModule } from "../runtime/sqlite_wasm.ts";
import type { SqliteError } from "./sqlite.ts";

/** Tells what went wrong in a connection. */
export interface WasmErrors {
  /** The current error of the connection as an exception. */
  error(code: number): SqliteError;
  /** SQLite's name of a result code. */
  errorName(code: number): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes of the place that arguments are copied to, at first. */
const SCRATCH = 4096;
/** Most bytes that it keeps. */
const MOST_SCRATCH = 1 << 20;

/** The module's memory. Its array is another one after it has grown, so none is kept by callers. */
export class WasmMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #functions: WasmFunctions;
  #bytes: Uint8Array;
  #view: DataView;
  #scratch: Address = 0;
  #scratchBytes = 0;
  #textBytes = 0;

  /** Takes a loaded module. */
  constructor({ memory, functions }: WasmModule) {
    this.#memory = memory;
    this.#functions = functions;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** All of it, as it is until the module is called next. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    return this.#bytes;
  }

  /** The unsigned number of 32 bits at an address. */
  word(at: Address): number {
    void this.bytes;
    return this.#view.getUint32(at, true);
  }

  /** Bytes of the text that was put last, without the zero byte behind it. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /** A place for so many bytes, until the next call. */
  scratch(bytes: number): Address {
    const tooLarge = this.#scratchBytes > MOST_SCRATCH && bytes <= MOST_SCRATCH;
    if (bytes <= this.#scratchBytes && !tooLarge) return this.#scratch;
    this.#functions.sqlite3_free(this.#scratch);
    this.#scratchBytes = 0;
    const room = Math.max(SCRATCH, bytes);
    this.#scratch = this.allocate(room);
    this.#scratchBytes = room;
    return this.#scratch;
  }

  /** Takes memory, which is freed by `sqlite3_free`. @throws {RangeError} If there is none left. */
  allocate(bytes: number): Address {
    const at = this.#functions.sqlite3_malloc64(BigInt(bytes));
    if (at === 0) throw new RangeError(`SQLite has no memory left for ${bytes} bytes`);
    return at;
  }

  /** Copies a text to the scratch place, where it stays until the next call. @returns Its address. */
  putText(text: string): Address {
    const most = text.length * 3;
    const at = this.scratch(most + 1);
    const { written } = encoder.encodeInto(text, this.bytes.subarray(at, at + most));
    this.bytes[at + written] = 0;
    this.#textBytes = written;
    return at;
  }

  /** The text at an address, up to its zero byte. */
  textAt(at: Address): string {
    const { bytes } = this;
    return at === 0 ? "" : decoder.decode(bytes.subarray(at, bytes.indexOf(0, at)));
  }
}
