/**
 * Takes the reply of a command that a script calls, and pushes it as Lua values afterwards.
 *
 * Pushing may raise Lua's error when memory is used up, which must not pass through a command: so
 * what it replies is put by first, in bytes that are used again.
 *
 * @module
 */

import { charactersOf } from "../lua/characters.ts";
import type { Lua } from "../lua/state.ts";
import { eachBulk } from "../resp/bulk_strings.ts";
import type { ByteSource, Reply } from "../resp/reply.ts";
import { formatDouble } from "../resp/double.ts";

const NIL = 0, NUMBER = 1, STRING = 2, STATUS = 3, ERROR = 4, ARRAY = 5, MAP = 6, SET = 7;
const DOUBLE = 8, BOOLEAN = 9, BIG_NUMBER = 10, VERBATIM = 11, NULL = 12;

/** Bytes before those of a string, or all of a number: the kind, and eight. */
const HEADER = 9;

const encoder = new TextEncoder();

/** A reply on its way to Lua. */
export class LuaReply implements Reply {
  protocol: 2 | 3 = 2;
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  #errorAt = -1;

  /** Gets ready for the next reply. */
  begin(protocol: 2 | 3): void {
    this.protocol = protocol;
    this.#end = 0;
    if (this.#bytes.length > KEPT) {
      this.#bytes = new Uint8Array(4096);
      this.#view = new DataView(this.#bytes.buffer);
    }
    this.#errorAt = -1;
  }

  /** The error's text, one character for each byte, if the reply is one. */
  get errorMessage(): string | undefined {
    if (this.#errorAt !== 0) return undefined;
    const size = this.#view.getFloat64(1);
    return charactersOf(this.#bytes.subarray(HEADER, HEADER + size));
  }

  #room(size: number): number {
    const at = this.#end;
    this.#end += size;
    if (this.#end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#end, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  #header(kind: number, value: number): number {
    const at = this.#room(HEADER);
    this.#bytes[at] = kind;
    this.#view.setFloat64(at + 1, value);
    return at;
  }

  #string(kind: number, bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#header(kind, end - start);
    const at = this.#room(end - start);
    this.#bytes.set(bytes.subarray(start, end), at);
  }

  #latin1(kind: number, text: string): void {
    this.#header(kind, text.length);
    const at = this.#room(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[at + i] = text.charCodeAt(i);
  }

  ok(): void {
    this.#latin1(STATUS, "OK");
  }
  status(text: string): void {
    this.#latin1(STATUS, text);
  }
  error(message: string): void {
    if (this.#end === 0) this.#errorAt = 0;
    this.#latin1(ERROR, message);
  }
  integer(value: number | bigint): void {
    this.#header(NUMBER, Number(value));
  }
  bulk(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.#string(STRING, bytes, start, end);
  }
  bulks(bytes: Uint8Array, start: number, end: number): void {
    eachBulk(this, bytes, start, end);
  }
  value(source: ByteSource): void {
    const { length } = source;
    this.#header(STRING, length);
    const at = this.#room(length);
    source.copyInto(this.#bytes, at, length);
  }
  text(value: string): void {
    this.#string(STRING, encoder.encode(value));
  }
  null(): void {
    this.#header(this.protocol === 3 ? NULL : NIL, 0);
  }
  nullArray(): void {
    this.null();
  }
  array(length: number): void {
    this.#header(ARRAY, length);
  }
  map(length: number): void {
    if (this.protocol === 3) this.#header(MAP, length);
    else this.#header(ARRAY, 2 * length);
  }
  set(length: number): void {
    this.#header(this.protocol === 3 ? SET : ARRAY, length);
  }
  push(length: number): void {
    this.#header(ARRAY, length);
  }
  double(value: number): void {
    if (this.protocol === 3) this.#header(DOUBLE, value);
    else this.#latin1(STRING, formatDouble(value));
  }
  decimal(digits: string): void {
    if (this.protocol === 3) this.#header(DOUBLE, Number(digits));
    else this.#latin1(STRING, digits);
  }
  bigNumber(digits: string): void {
    this.#latin1(this.protocol === 3 ? BIG_NUMBER : STRING, digits);
  }
  boolean(value: boolean): void {
    this.#header(this.protocol === 3 ? BOOLEAN : NUMBER, value ? 1 : 0);
  }
  verbatim(format: string, text: string | Uint8Array): void {
    if (this.protocol === 3) {
      this.#header(VERBATIM, 0);
      this.#latin1(STRING, format);
    }
    if (typeof text === "string") this.text(text);
    else this.bulk(text);
  }
  attribute(_length: number): boolean {
    return false;
  }
  beginArray(): number {
    return this.#header(ARRAY, 0);
  }
  endArray(mark: number, length: number): void {
    this.#view.setFloat64(mark + 1, length);
  }

  /** Pushes the reply. @throws Lua's error if memory is used up. */
  pushTo(lua: Lua): void {
    this.#push(lua, 0);
  }

  /** Pushes the reply that begins at `at`. @returns Where it ends. */
  #push(lua: Lua, at: number): number {
    const kind = this.#bytes[at]!;
    const value = this.#view.getFloat64(at + 1);
    let end = at + HEADER;
    switch (kind) {
      case NIL:
        lua.pushBoolean(false);
        return end;
      case NULL:
        lua.pushNil();
        return end;
      case NUMBER:
        lua.pushNumber(value);
        return end;
      case BOOLEAN:
        lua.pushBoolean(value === 1);
        return end;
      case STRING:
        lua.pushBytes(this.#bytes, end, end + value);
        return end + value;
      case STATUS:
      case ERROR:
      case BIG_NUMBER:
        lua.pushTable(0, 1);
        lua.pushBytes(this.#bytes, end, end + value);
        lua.setField(-2, kind === STATUS ? "ok" : kind === ERROR ? "err" : "big_number");
        return end + value;
      case DOUBLE:
        lua.pushTable(0, 1);
        lua.pushNumber(value);
        lua.setField(-2, "double");
        return end;
      case VERBATIM:
        lua.pushTable(0, 1);
        lua.pushTable(0, 2);
        end = this.#push(lua, end);
        lua.setField(-2, "format");
        end = this.#push(lua, end);
        lua.setField(-2, "string");
        lua.setField(-2, "verbatim_string");
        return end;
      case ARRAY:
        lua.checkStack(2, "reached lua stack limit");
        lua.pushTable(value);
        for (let i = 1; i <= value; i++) {
          end = this.#push(lua, end);
          lua.setItem(-2, i);
        }
        return end;
      default:
        lua.checkStack(4, "reached lua stack limit");
        lua.pushTable(0, 1);
        lua.pushTable(0, value);
        for (let i = 0; i < value; i++) {
          end = this.#push(lua, end);
          if (kind === MAP) end = this.#push(lua, end);
          else lua.pushBoolean(true);
          lua.rawSet(-3);
        }
        lua.setField(-2, kind === MAP ? "map" : "set");
        return end;
    }
  }
}

/** Bytes that are kept from one reply to the next. */
const KEPT = 1024 * 1024;
