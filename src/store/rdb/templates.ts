/**
 * Hashes that share the names of their fields, as Redis 8.10 keeps them. Where a value stands by itself
 * the names come first: 0 and a listpack of them, or 1, how many they are, and each; then the values, as
 * strings or in a listpack behind the number of the template. In a file the names are told once, by a
 * record, and a value says which they are.
 *
 * @module
 */

import { parseInt64 } from "../values/integers.ts";
import { walkPlainHash } from "./collections.ts";
import type { Members } from "./elements.ts";
import { badDataFormat, RDB_TYPE } from "./format.ts";
import type { RdbInput } from "./input.ts";
import { Listpack } from "./listpack.ts";
import { Piece } from "./piece.ts";
import type { DumpVisitor } from "./visitor.ts";

/** How names are written. */
const NAMES = { PACKED: 0, PLAIN: 1 } as const;

/** Fields whose names are known, with values that follow each other. */
class NamedFields implements Members {
  position = -1;
  readonly #names: readonly Uint8Array[];
  readonly #value: (into: Piece) => void;

  /** @param value Reads the next value. */
  constructor(names: readonly Uint8Array[], value: (into: Piece) => void) {
    this.#names = names;
    this.#value = value;
  }

  next(into: Piece): boolean {
    if (this.position + 1 === this.#names.length) return false;
    this.read(++this.position, into);
    return true;
  }

  read(position: number, into: Piece): void {
    const name = this.#names[position];
    if (name === undefined) throw new RangeError("no such field");
    into.set(name, 0, name.length);
  }

  part(into: Piece): void {
    this.#value(into);
  }
}

/** Walks through a hash that has the names of its fields before it, and returns their number. */
export function walkTemplateHash(
  type: number,
  input: RdbInput,
  visitor: DumpVisitor | undefined,
): number {
  const names = namesOf(input);
  if (type === RDB_TYPE.HASH_TEMPLATE_ARRAY) {
    return walkPlainHash(new NamedFields(names, (into) => input.string(into)), visitor);
  }
  const blob = new Piece();
  input.string(blob);
  const values = new Listpack(blob);
  templateNumber(values);
  const count = walkPlainHash(new NamedFields(names, (into) => values.part(into)), visitor);
  if (values.next(new Piece())) throw badDataFormat();
  return count;
}

function namesOf(input: RdbInput): Uint8Array[] {
  const names: Uint8Array[] = [];
  const name = new Piece();
  const kind = input.length();
  if (kind === NAMES.PACKED) {
    const blob = new Piece();
    input.string(blob);
    const packed = new Listpack(blob);
    while (packed.next(name)) names.push(name.copy());
  } else if (kind === NAMES.PLAIN) {
    for (let left = input.count(); left > 0; left--) {
      input.string(name);
      names.push(name.copy());
    }
  } else {
    throw badDataFormat();
  }
  return names;
}

/** The number of the template that values in a listpack begin with. */
function templateNumber(values: Listpack): number {
  const piece = new Piece();
  values.part(piece);
  const number = parseInt64(piece.bytes, piece.start, piece.end);
  if (typeof number !== "number" || number < 0) throw badDataFormat();
  return number;
}

/** The templates of a file. */
export class Templates {
  readonly #known = new Map<number, { readonly count: number; readonly names: Uint8Array }>();

  /** Takes one: its number, how many names it has, and each. @param end Where the record ends. */
  add(input: RdbInput, end: number): void {
    const number = input.length();
    const start = input.at;
    const count = input.count();
    if (count === 0) throw badDataFormat();
    this.#known.set(number, { count, names: input.bytes.slice(start, end) });
  }

  /** How many names a template has. */
  count(number: number): number {
    return this.#find(number).count;
  }

  #find(number: number): { readonly count: number; readonly names: Uint8Array } {
    const found = this.#known.get(number);
    if (found === undefined) throw badDataFormat();
    return found;
  }

  /**
   * A value that says which its template is, as one that stands by itself.
   *
   * @param end Where it ends.
   * @returns Its type and its bytes.
   */
  whole(type: number, input: RdbInput, end: number): { type: number; bytes: Uint8Array } {
    const { at } = input;
    let start = at, number: number, whole: number;
    if (type === RDB_TYPE.HASH_TEMPLATE_ARRAY_REF) {
      number = input.length();
      start = input.at;
      whole = RDB_TYPE.HASH_TEMPLATE_ARRAY;
    } else {
      const blob = new Piece();
      input.string(blob);
      number = templateNumber(new Listpack(blob));
      whole = RDB_TYPE.HASH_TEMPLATE_LISTPACK;
    }
    const { names } = this.#find(number);
    const bytes = new Uint8Array(1 + names.length + end - start);
    bytes[0] = NAMES.PLAIN;
    bytes.set(names, 1);
    bytes.set(input.bytes.subarray(start, end), 1 + names.length);
    return { type: whole, bytes };
  }
}
