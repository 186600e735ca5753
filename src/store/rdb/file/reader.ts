/**
 * Reads RDB files, and what a master sends for one, from chunks of any size. Held is no more than a
 * chunk and what of the value at hand has come; a value is found to its end, without reading it
 * again from the start with each chunk, before it is given.
 *
 * What is in a value is not looked at here: `readValue` does that.
 *
 * @module
 */

import { type ModuleId, readModuleId } from "../../extensions/module_value.ts";
import { CommandError } from "../../values/errors.ts";
import { Slice } from "../../values/slice.ts";
import { Crc64 } from "../crc64.ts";
import { isReadable, RDB_TYPE, typeOfByte } from "../format.ts";
import { Piece, readUint32 } from "../piece.ts";
import { RdbFileError } from "./error.ts";
import { FileInput, Incomplete } from "./input.ts";
import { layoutOfOpcode, layoutOfType, LayoutWalk, OPCODE } from "./layouts.ts";
import { Window } from "./window.ts";

/** A key of a file. It is the same object for all keys, valid until the next is asked for. */
export interface RdbKey {
  readonly kind: "key";
  /** The database it is in. */
  readonly db: number;
  /** Its name. */
  readonly key: Slice;
  /** When it expires, Unix time in milliseconds; 0 for never. */
  readonly expiresAtMs: number;
  /** What `readValue` takes for the type. */
  readonly type: number;
  /** The value, behind type and key, as it stands in the file. */
  readonly value: Slice;
  /** The file's version. */
  readonly version: number;
  /** Byte of the file at which it begins. */
  readonly at: number;
}

/** What is in a file beside keys. */
export type RdbRecord =
  | RdbKey
  /** The file begins. */
  | { readonly kind: "version"; readonly version: number }
  /** A fact about the file or whoever wrote it. */
  | { readonly kind: "aux"; readonly name: Uint8Array; readonly value: Uint8Array }
  /** Keys of another database follow. */
  | { readonly kind: "database"; readonly db: number }
  /** How many keys that database has, and how many of them expire. */
  | { readonly kind: "size"; readonly keys: number; readonly expires: number }
  /** A library of functions. */
  | { readonly kind: "function"; readonly code: Uint8Array }
  /** What a module keeps beside keys, passed over. */
  | { readonly kind: "module"; readonly id: ModuleId }
  /** Something of a cluster, or what modules keep of a key, passed over. */
  | { readonly kind: "passed over"; readonly opcode: number };

/** "REDIS" or "VALKEY", and digits. */
const HEADER_SIZE = 9;
/** The first version with a checksum at the end. */
const VERSION_WITH_CHECKSUM = 5;
const CHECKSUM_SIZE = 8;

type State = "header" | "between" | "within" | "checksum" | "ended";

/** A file that is being read. */
export class RdbFileReader {
  readonly #window = new Window();
  readonly #walk = new LayoutWalk();
  readonly #crc = new Crc64();
  readonly #name = new Piece();
  readonly #piece = new Piece();
  readonly #key: { -readonly [name in keyof RdbKey]: RdbKey[name] } = {
    kind: "key",
    db: 0,
    key: this.#name,
    expiresAtMs: 0,
    type: 0,
    value: new Slice(),
    version: 0,
    at: 0,
  };
  #state: State = "header";
  #version = 0;
  /** The first byte of the record at hand. */
  #opcode = 0;
  /** Bytes of the record at hand whose extent is known, and whether that is all of them. */
  #measured = 0;
  /** Bytes from the record's start without which there is no use in going on. */
  #needed = HEADER_SIZE;
  #expiresAtMs = 0;

  /** Whether the end has been read. */
  get ended(): boolean {
    return this.#state === "ended";
  }

  /** Bytes that have been read as part of the file. */
  get position(): number {
    return this.#window.position;
  }

  /** The bytes behind the end, valid until more are pushed. */
  get rest(): Uint8Array {
    return this.#window.bytes.subarray(this.#window.start, this.#window.end);
  }

  /**
   * Takes a chunk, which must stay as it is until all records have been asked for, and gives what is
   * complete by now. What is not asked for is given with the next chunk.
   *
   * @throws {RdbFileError} If the file is damaged, or has what is not known.
   */
  push(chunk: Uint8Array): Generator<RdbRecord, void, undefined> {
    this.#window.append(chunk);
    return this.#records();
  }

  *#records(): Generator<RdbRecord, void, undefined> {
    const window = this.#window;
    try {
      while (this.#state !== "ended" && window.size >= this.#needed) {
        const record = this.#next();
        if (record !== undefined) yield record;
      }
    } finally {
      window.keep();
    }
  }

  /** Tells that no more follows. @throws {RdbFileError} If the end is missing. */
  end(): void {
    if (this.#state === "ended") return;
    const at = this.#window.position + this.#window.size;
    if (this.#state === "header" && at === 0) throw new RdbFileError("the file is empty", 0);
    const where = this.#state === "within" ? ` within ${this.#named()}` : "";
    throw new RdbFileError(`the file ends too early${where}`, at);
  }

  /** What is at hand, in words. */
  #named(): string {
    if (layoutOfOpcode(this.#opcode, this.#version) !== undefined) {
      return `what the opcode ${this.#opcode} begins`;
    }
    return `the key that begins at byte ${this.#window.position}`;
  }

  #next(): RdbRecord | undefined {
    switch (this.#state) {
      case "header":
        return this.#header();
      case "between":
        return this.#begin();
      case "within":
        return this.#goOn();
      default:
        return this.#checksum();
    }
  }

  #header(): RdbRecord {
    const { bytes, start } = this.#window;
    const text = String.fromCharCode(...bytes.subarray(start, start + HEADER_SIZE));
    const [, name, digits] = /^(REDIS|VALKEY)(\d+)$/.exec(text) ?? [];
    if (name === undefined) throw new RdbFileError("there is no RDB file", 0);
    const version = this.#version = Number(digits);
    if (!isReadable(version) || version === 0) {
      throw new RdbFileError(`RDB files of version ${version} are not known`, name.length);
    }
    this.#key.version = version;
    this.#consume(HEADER_SIZE, "between");
    return { kind: "version", version };
  }

  /** Begins a record. */
  #begin(): RdbRecord | undefined {
    const { bytes, start } = this.#window;
    const opcode = this.#opcode = bytes[start]!;
    if (opcode === OPCODE.END) {
      if (this.#version < VERSION_WITH_CHECKSUM) {
        this.#consume(1, "ended");
      } else {
        this.#consume(1, "checksum");
        this.#needed = CHECKSUM_SIZE;
      }
      return undefined;
    }
    const layout = layoutOfOpcode(opcode, this.#version) ??
      layoutOfType(typeOfByte(opcode, this.#version));
    if (layout === undefined) throw this.#unknown(opcode);
    this.#walk.begin(layout);
    this.#measured = 1;
    this.#state = "within";
    return this.#goOn();
  }

  #unknown(opcode: number): RdbFileError {
    const at = this.#window.position;
    if (opcode === OPCODE.EARLY_FUNCTION) {
      return new RdbFileError("functions in the form of Redis 7.0's release candidates", at);
    }
    return new RdbFileError(`a type or opcode that is not known (${opcode})`, at);
  }

  /** Looks for the end of the record at hand, as far as there are bytes. */
  #goOn(): RdbRecord | undefined {
    const { bytes, start, end } = this.#window;
    const input = new FileInput(bytes, start + this.#measured, end);
    let at = input.at;
    try {
      while (this.#walk.step(input)) at = input.at;
    } catch (error) {
      this.#measured = at - start;
      if (!(error instanceof Incomplete)) {
        throw this.#placed(error, this.#window.position + this.#measured);
      }
      this.#needed = input.at - start + error.size;
      return undefined;
    }
    let record: RdbRecord | undefined;
    try {
      record = this.#read(new FileInput(bytes, start + 1, at), at);
    } catch (error) {
      throw this.#placed(error, this.#window.position);
    }
    this.#consume(at - start, "between");
    return record;
  }

  #placed(error: unknown, at: number): unknown {
    if (!(error instanceof CommandError)) return error;
    return new RdbFileError(`what no RDB file has, within ${this.#named()},`, at);
  }

  /** Reads a record, which is whole. */
  #read(input: FileInput, end: number): RdbRecord | undefined {
    switch (this.#opcode) {
      case OPCODE.AUX:
        return { kind: "aux", name: this.#bytes(input), value: this.#bytes(input) };
      case OPCODE.SELECT:
        return { kind: "database", db: this.#key.db = input.length() };
      case OPCODE.RESIZE:
        return { kind: "size", keys: input.length(), expires: input.length() };
      case OPCODE.EXPIRY_MS:
        this.#expiresAtMs = Math.max(0, input.time());
        return undefined;
      case OPCODE.EXPIRY:
        this.#expiresAtMs = readUint32(input.bytes, input.at) * 1000;
        return undefined;
      case OPCODE.HASH_TEMPLATE:
        this.#walk.templates.add(input, end);
        return undefined;
      case OPCODE.IDLE:
      case OPCODE.FREQUENCY:
        return undefined;
      case OPCODE.FUNCTION:
        return { kind: "function", code: this.#bytes(input) };
      case OPCODE.MODULE_AUX:
        return { kind: "module", id: readModuleId(input) };
    }
    if (layoutOfOpcode(this.#opcode, this.#version) !== undefined) {
      return { kind: "passed over", opcode: this.#opcode };
    }
    const key = this.#key;
    input.string(this.#name);
    key.expiresAtMs = this.#expiresAtMs;
    const type = key.type = typeOfByte(this.#opcode, this.#version);
    if (
      type === RDB_TYPE.HASH_TEMPLATE_LISTPACK_REF || type === RDB_TYPE.HASH_TEMPLATE_ARRAY_REF
    ) {
      const whole = this.#walk.templates.whole(type, input, end);
      key.type = whole.type;
      key.value.set(whole.bytes, 0, whole.bytes.length);
    } else {
      key.value.set(input.bytes, input.at, end);
    }
    key.at = this.#window.position;
    this.#expiresAtMs = 0;
    return key;
  }

  #bytes(input: FileInput): Uint8Array {
    input.string(this.#piece);
    return this.#piece.copy();
  }

  #checksum(): undefined {
    const { bytes, start } = this.#window;
    const none = bytes.subarray(start, start + CHECKSUM_SIZE).every((byte) => byte === 0);
    if (!none && !this.#crc.matches(bytes, start)) {
      throw new RdbFileError("the checksum is not that of the file", this.#window.position);
    }
    this.#consume(CHECKSUM_SIZE, "ended");
  }

  #consume(size: number, state: State): void {
    const { bytes, start } = this.#window;
    this.#crc.update(bytes, start, start + size);
    this.#window.consume(size);
    this.#state = state;
    this.#needed = 1;
  }
}
