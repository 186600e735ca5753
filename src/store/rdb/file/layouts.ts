/**
 * How the parts of an RDB file are laid out, as far as it takes to find where each ends: what they say
 * is read when all of it is there.
 *
 * A layout is a text of steps: `s` a string, `l` a length, `1` `4` `8` `i` so many bytes (`i`: the 16
 * of an id), `t` a score as text, `n` a count, `(…)` what follows as often as the count before it says,
 * `e` the number of a template, whose names are counted, `f` a length that is there or not, `m` parts of a module's value to their end, `v` an element of an
 * array behind its tag.
 *
 * @module
 */

import { skipModulePart } from "../../extensions/module_value.ts";
import {
  ARRAY_TAG,
  badDataFormat,
  FIRST_VALKEY_VERSION,
  RDB_TYPE,
  VALKEY_HASH,
} from "../format.ts";
import type { RdbInput } from "../input.ts";
import { Templates } from "../templates.ts";

/** What a byte that is no type stands for. */
export const OPCODE = {
  /** The names of fields that hashes share (Redis 8.10). */
  HASH_TEMPLATE: 0xf2,
  /** Valkey: a slot that was being imported. Redis: what modules keep beside the next key. */
  SLOT_IMPORT: 0xf3,
  SLOT_INFO: 0xf4,
  FUNCTION: 0xf5,
  EARLY_FUNCTION: 0xf6,
  MODULE_AUX: 0xf7,
  IDLE: 0xf8,
  FREQUENCY: 0xf9,
  AUX: 0xfa,
  RESIZE: 0xfb,
  EXPIRY_MS: 0xfc,
  EXPIRY: 0xfd,
  SELECT: 0xfe,
  END: 0xff,
} as const;

/** Layouts of what is no key. */
const OF_OPCODES: ReadonlyMap<number, string> = new Map<number, string>([
  [OPCODE.HASH_TEMPLATE, "ln(s)"],
  [OPCODE.SLOT_INFO, "lll"],
  [OPCODE.FUNCTION, "s"],
  [OPCODE.MODULE_AUX, "lm"],
  [OPCODE.IDLE, "l"],
  [OPCODE.FREQUENCY, "1"],
  [OPCODE.AUX, "ss"],
  [OPCODE.RESIZE, "ll"],
  [OPCODE.EXPIRY_MS, "8"],
  [OPCODE.EXPIRY, "4"],
  [OPCODE.SELECT, "l"],
]);

const PACKED = "s";
const PAIRS = "n(ss)";
/** A group's pending entries, its consumers, and the ids of those that each has. */
const PENDING = "n(i8l)", CONSUMERS = "n(s8n(i))", ACTIVE_CONSUMERS = "n(s88n(i))";
/** What a stream begins with, and its idempotent ids by producer. */
const ENTRIES = `${PAIRS}llllllll`, IDEMPOTENT_IDS = "lln(sn(sll))ll";
/** A group of Redis 7.2. */
const GROUP = `slll${PENDING}${ACTIVE_CONSUMERS}`;

/** Layouts of values by type. */
const OF_TYPES: ReadonlyMap<number, string> = new Map<number, string>([
  [RDB_TYPE.STRING, "s"],
  [RDB_TYPE.LIST, "n(s)"],
  [RDB_TYPE.SET, "n(s)"],
  [RDB_TYPE.ZSET, "n(st)"],
  [RDB_TYPE.HASH, PAIRS],
  [RDB_TYPE.ZSET_2, "n(s8)"],
  [RDB_TYPE.MODULE_2, "lm"],
  [RDB_TYPE.HASH_ZIPMAP, PACKED],
  [RDB_TYPE.LIST_ZIPLIST, PACKED],
  [RDB_TYPE.SET_INTSET, PACKED],
  [RDB_TYPE.ZSET_ZIPLIST, PACKED],
  [RDB_TYPE.HASH_ZIPLIST, PACKED],
  [RDB_TYPE.QUICKLIST, "n(s)"],
  [RDB_TYPE.STREAM, `${PAIRS}lll` + `n(sll${PENDING}${CONSUMERS})`],
  [RDB_TYPE.HASH_LISTPACK, PACKED],
  [RDB_TYPE.ZSET_LISTPACK, PACKED],
  [RDB_TYPE.QUICKLIST_2, "n(ls)"],
  [RDB_TYPE.STREAM_2, `${ENTRIES}n(slll${PENDING}${CONSUMERS})`],
  [RDB_TYPE.SET_LISTPACK, PACKED],
  [RDB_TYPE.STREAM_3, `${ENTRIES}n(${GROUP})`],
  [RDB_TYPE.STREAM_4, `${ENTRIES}n(${GROUP})${IDEMPOTENT_IDS}`],
  [RDB_TYPE.STREAM_5, `${ENTRIES}n(${GROUP}n(i))${IDEMPOTENT_IDS}`],
  [RDB_TYPE.HASH_EXPIRY_PRE_GA, "n(lss)"],
  [RDB_TYPE.HASH_LISTPACK_EXPIRY_PRE_GA, PACKED],
  [RDB_TYPE.HASH_EXPIRY, "8n(lss)"],
  [RDB_TYPE.HASH_LISTPACK_EXPIRY, `8${PACKED}`],
  [RDB_TYPE.ARRAY, "nf(lv)"],
  [VALKEY_HASH, "n(ss8)"],
  [RDB_TYPE.HASH_TEMPLATE_LISTPACK_REF, PACKED],
  [RDB_TYPE.HASH_TEMPLATE_ARRAY_REF, "e(s)"],
]);

/** The layout behind an opcode; undefined for one that is not known. */
export function layoutOfOpcode(opcode: number, version: number): string | undefined {
  if (opcode !== OPCODE.SLOT_IMPORT) return OF_OPCODES.get(opcode);
  return version >= FIRST_VALKEY_VERSION ? "sn(ll)" : "n(4m)";
}

/** The layout of a key behind its type: its name and its value. Undefined for a type that is not known. */
export function layoutOfType(type: number): string | undefined {
  return KEYS.get(type);
}

const KEYS: ReadonlyMap<number, string> = new Map(
  [...OF_TYPES].map(([type, layout]) => [type, `s${layout}`]),
);

/** A place in a layout, which goes on where bytes ran out. */
export class LayoutWalk {
  /** The templates of the file. */
  readonly templates = new Templates();
  #layout = "";
  #at = 0;
  /** The count that `(` takes. */
  #count = 0;
  /** Of each loop that it is in: where its body begins, and how often it is to run. */
  readonly #starts: number[] = [];
  readonly #left: number[] = [];

  /** Begins with a layout. */
  begin(layout: string): void {
    this.#layout = layout;
    this.#at = 0;
    this.#starts.length = this.#left.length = 0;
  }

  /** Makes a step, if there is one. If the input throws, the step is still to be made. @returns False at the end. */
  step(input: RdbInput): boolean {
    switch (this.#layout.charCodeAt(this.#at)) {
      case STEP.STRING:
        input.skipString();
        break;
      case STEP.LENGTH:
        input.length();
        break;
      case STEP.BYTE:
        input.skip(1);
        break;
      case STEP.FOUR:
        input.skip(4);
        break;
      case STEP.EIGHT:
        input.skip(8);
        break;
      case STEP.ID:
        input.skip(16);
        break;
      case STEP.SCORE: {
        const length = input.byte();
        if (length < 253) input.skip(length);
        break;
      }
      case STEP.COUNT:
        this.#count = input.length();
        break;
      case STEP.TEMPLATE:
        this.#count = this.templates.count(input.length());
        break;
      case STEP.OPEN:
        this.#open();
        return true;
      case STEP.CLOSE:
        this.#close();
        return true;
      case STEP.OPTIONAL:
        if (input.length() !== 0) input.length();
        break;
      case STEP.MODULE:
        if (skipModulePart(input)) return true;
        break;
      case STEP.ELEMENT:
        skipElement(input);
        break;
      default:
        return false;
    }
    this.#at++;
    return true;
  }

  #open(): void {
    if (this.#count > 0) {
      this.#starts.push(++this.#at);
      this.#left.push(this.#count);
      return;
    }
    let depth = 0;
    do {
      const step = this.#layout.charCodeAt(this.#at++);
      if (step === STEP.OPEN) depth++;
      else if (step === STEP.CLOSE) depth--;
    } while (depth > 0);
  }

  #close(): void {
    const loop = this.#left.length - 1;
    if (--this.#left[loop]! > 0) {
      this.#at = this.#starts[loop]!;
      return;
    }
    this.#left.pop();
    this.#starts.pop();
    this.#at++;
  }
}

const code = (letter: string): number => letter.charCodeAt(0);

const STEP = {
  STRING: code("s"),
  LENGTH: code("l"),
  BYTE: code("1"),
  FOUR: code("4"),
  EIGHT: code("8"),
  ID: code("i"),
  SCORE: code("t"),
  COUNT: code("n"),
  TEMPLATE: code("e"),
  OPEN: code("("),
  CLOSE: code(")"),
  OPTIONAL: code("f"),
  MODULE: code("m"),
  ELEMENT: code("v"),
} as const;

function skipElement(input: RdbInput): void {
  switch (input.length()) {
    case ARRAY_TAG.STRING:
    case ARRAY_TAG.SMALL_STRING:
      return input.skipString();
    case ARRAY_TAG.INTEGER:
    case ARRAY_TAG.DOUBLE:
      return input.skip(8);
    default:
      throw badDataFormat();
  }
}
