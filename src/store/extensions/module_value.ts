/**
 * The values of types that are not Redis's own, in the form of its modules (RDB_MODULE_2): the id of
 * the type, numbers and strings with a byte before each that says what it is, and an end.
 *
 * @module
 */

import { narrow } from "../values/integers.ts";
import { Slice } from "../values/slice.ts";
import { Crc64 } from "../rdb/crc64.ts";
import { badDataFormat, FOOTER_SIZE, RDB_TYPE, VERSION_WRITTEN } from "../rdb/format.ts";
import type { RdbInput } from "../rdb/input.ts";
import { RdbOutput } from "../rdb/output.ts";
import { Piece } from "../rdb/piece.ts";

/** What comes before each part of a value. */
const OPCODE = { EOF: 0, SINT: 1, UINT: 2, FLOAT: 3, DOUBLE: 4, STRING: 5 } as const;

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NAME_LENGTH = 9;
const CHARACTER_BITS = 6n;
const VERSION_BITS = 10n;

/** Whether a text can be the id of a type. */
export function isModuleId(text: string): boolean {
  return text.length === NAME_LENGTH && [...text].every((each) => CHARACTERS.includes(each));
}

/** The id of a type and the version of its form in one number, as payloads have it. */
function packId(id: string, version: number): bigint {
  let packed = 0n;
  for (const each of id) packed = packed << CHARACTER_BITS | BigInt(CHARACTERS.indexOf(each));
  return packed << VERSION_BITS | BigInt(version);
}

function unpackId(packed: bigint): ModuleId {
  const version = Number(packed & (1n << VERSION_BITS) - 1n);
  let id = "";
  for (let i = 0, rest = packed >> VERSION_BITS; i < NAME_LENGTH; i++, rest >>= CHARACTER_BITS) {
    id = CHARACTERS.charAt(Number(rest & 63n)) + id;
  }
  return { id, version };
}

/** Which type's a value is, and in which version of its form. */
export interface ModuleId {
  /** Nine characters. */
  readonly id: string;
  /** Up to 1023. */
  readonly version: number;
}

/** Takes the parts of a value, for DUMP. */
export interface ModuleOutput {
  /** A number that is not negative, up to 64 bits. */
  unsigned(value: number | bigint): void;
  /** A whole number of 64 bits. */
  signed(value: number | bigint): void;
  /** A floating-point number of 32 bits. */
  float(value: number): void;
  /** One of 64. */
  double(value: number): void;
  /** Bytes. */
  string(value: Slice | Uint8Array): void;
}

/** Gives the parts of a value one after the other, for RESTORE. Each throws if the next is another. */
export interface ModuleInput {
  /** A number that is not negative. */
  unsigned(): number | bigint;
  /** A whole number. */
  signed(): number | bigint;
  /** A floating-point number of 32 bits. */
  float(): number;
  /** One of 64. */
  double(): number;
  /** Bytes, in an array of their own. */
  string(): Uint8Array;
  /** Makes sure that nothing is left. RESTORE calls it when a value is read. */
  end(): void;
}

/** Writes one value. */
export class ModuleWriter implements ModuleOutput {
  readonly #output = new RdbOutput(true);
  readonly #slice = new Slice();

  /** Begins the payload of a value. */
  constructor({ id, version }: ModuleId) {
    this.#output.raw(Uint8Array.of(RDB_TYPE.MODULE_2));
    this.#output.length(packId(id, version));
  }

  unsigned(value: number | bigint): void {
    this.#output.length(OPCODE.UINT);
    this.#output.length(narrow(BigInt(value)));
  }

  signed(value: number | bigint): void {
    this.unsigned(BigInt.asUintN(64, BigInt(value)));
  }

  float(value: number): void {
    this.#output.length(OPCODE.FLOAT);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#output.raw(bytes);
  }

  double(value: number): void {
    this.#output.length(OPCODE.DOUBLE);
    this.#output.double(value);
  }

  string(value: Slice | Uint8Array): void {
    this.#output.length(OPCODE.STRING);
    this.#output.string(
      value instanceof Slice ? value : this.#slice.set(value, 0, value.length),
    );
  }

  /** Ends the payload. */
  finish(): Slice {
    const output = this.#output;
    output.length(OPCODE.EOF);
    output.reserve(FOOTER_SIZE);
    const { bytes, at } = output;
    bytes[at] = VERSION_WRITTEN;
    bytes[at + 1] = 0;
    new Crc64().update(bytes, 0, at + 2).writeTo(bytes, at + 2);
    return new Slice(bytes, 0, at + FOOTER_SIZE);
  }
}

/** Reads the parts of one value, which has been found to be well formed. */
export class ModuleReader implements ModuleInput {
  readonly #input: RdbInput;
  readonly #piece = new Piece();

  /** @param input Where the first part begins. */
  constructor(input: RdbInput) {
    this.#input = input;
  }

  unsigned(): number | bigint {
    this.#expect(OPCODE.UINT);
    return this.#input.exactLength();
  }

  signed(): number | bigint {
    const opcode = this.#input.length();
    if (opcode !== OPCODE.UINT && opcode !== OPCODE.SINT) throw badDataFormat();
    return narrow(BigInt.asIntN(64, BigInt(this.#input.exactLength())));
  }

  float(): number {
    this.#expect(OPCODE.FLOAT);
    this.#input.raw(4, this.#piece);
    const { bytes, start } = this.#piece;
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(start, true);
  }

  double(): number {
    this.#expect(OPCODE.DOUBLE);
    return this.#input.double();
  }

  string(): Uint8Array {
    this.#expect(OPCODE.STRING);
    this.#input.string(this.#piece);
    return this.#piece.copy();
  }

  end(): void {
    this.#expect(OPCODE.EOF);
  }

  #expect(opcode: number): void {
    if (this.#input.length() !== opcode) throw badDataFormat();
  }
}

/** Reads which type's a value is. The parts follow. */
export function readModuleId(input: RdbInput): ModuleId {
  return unpackId(BigInt(input.exactLength()));
}

/** Passes over the parts of a value, to its end. @throws {CommandError} If it is not well formed. */
export function skipModule(input: RdbInput): void {
  while (skipModulePart(input));
}

/** Passes over the next part of a value. @returns False if that was its end. */
export function skipModulePart(input: RdbInput): boolean {
  switch (input.length()) {
    case OPCODE.EOF:
      return false;
    case OPCODE.SINT:
    case OPCODE.UINT:
      input.length();
      return true;
    case OPCODE.FLOAT:
      input.skip(4);
      return true;
    case OPCODE.DOUBLE:
      input.skip(8);
      return true;
    case OPCODE.STRING:
      input.skipString();
      return true;
    default:
      throw badDataFormat();
  }
}
