/**
 * Builds JavaScript values out of the replies that command handlers write, in RESP3's shapes: a map
 * becomes a `Map`, a set reply a `Set`, an integer a number (a bigint beyond ±2^53), nil `null`.
 *
 * @module
 */

import { eachBulk } from "../../resp/bulk_strings.ts";
import type { ByteSource, Reply } from "../../resp/reply.ts";
import type { Decode } from "../data.ts";
import { CommandError } from "../../store/values/errors.ts";

/**
 * A reply as a JavaScript value; `Bulk` is what bulk strings become.
 *
 * @example
 * ```ts
 * import { Redlite, type Value } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("l", 1, 2);
 * const reply: Value<string> = db.call("LRANGE", "l", 0, -1);
 * console.log(reply); // ["1", "2"]
 * ```
 */
export type Value<Bulk = string | Uint8Array> =
  | Bulk
  | string
  | number
  | bigint
  | boolean
  | null
  | Value<Bulk>[]
  | Set<Value<Bulk>>
  | Map<Value<Bulk>, Value<Bulk>>;

type Any = Value<Uint8Array | string>;

interface Frame {
  readonly kind: "array" | "map" | "set";
  readonly items: Any[];
  readonly length: number;
}

/** Takes one reply and gives its value. */
export class ValueReply implements Reply {
  readonly protocol = 3;
  #decode: Decode;
  #frames: Frame[] = [];
  #result: Any | undefined;
  #scratch = new Uint8Array(1024);

  /** @param decode How bulk strings become values. */
  constructor(decode: Decode) {
    this.#decode = decode;
  }

  /** Gets ready for the next reply. */
  begin(decode: Decode): void {
    this.#decode = decode;
    this.#frames = [];
    this.#result = undefined;
  }

  /** The value of the reply written since {@linkcode begin}; null if none was. */
  take(): Any {
    return this.#result ?? null;
  }

  #add(value: Any): void {
    for (;;) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) {
        this.#result = value;
        return;
      }
      frame.items.push(value);
      if (frame.items.length !== frame.length) return;
      this.#frames.pop();
      value = close(frame);
    }
  }

  #open(kind: Frame["kind"], length: number): void {
    const frame = { kind, items: [], length };
    if (length === 0) this.#add(close(frame));
    else this.#frames.push(frame);
  }

  ok(): void {
    this.#add("OK");
  }
  status(text: string): void {
    this.#add(text);
  }
  error(message: string): void {
    throw new CommandError(message);
  }
  integer(value: number | bigint): void {
    this.#add(value);
  }
  bulk(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.#add(this.#decode(bytes, start, end));
  }
  bulks(bytes: Uint8Array, start: number, end: number): void {
    eachBulk(this, bytes, start, end);
  }
  value(source: ByteSource): void {
    const { length } = source;
    if (length > this.#scratch.length) this.#scratch = new Uint8Array(2 * length);
    source.copyInto(this.#scratch, 0);
    this.bulk(this.#scratch, 0, length);
    if (this.#scratch.length > 1 << 20) this.#scratch = new Uint8Array(1024);
  }
  text(value: string): void {
    this.#add(value);
  }
  null(): void {
    this.#add(null);
  }
  nullArray(): void {
    this.#add(null);
  }
  array(length: number): void {
    this.#open("array", length);
  }
  map(length: number): void {
    this.#open("map", 2 * length);
  }
  set(length: number): void {
    this.#open("set", length);
  }
  push(length: number): void {
    this.#open("array", length);
  }
  double(value: number): void {
    this.#add(value);
  }
  decimal(digits: string): void {
    this.#add(digits);
  }
  bigNumber(digits: string): void {
    this.#add(BigInt(digits));
  }
  boolean(value: boolean): void {
    this.#add(value);
  }
  verbatim(_format: string, text: string | Uint8Array): void {
    if (typeof text === "string") this.#add(text);
    else this.bulk(text);
  }
  attribute(_length: number): boolean {
    return false;
  }
  beginArray(): number {
    this.#frames.push({ kind: "array", items: [], length: -1 });
    return 0;
  }
  endArray(_mark: number, _length: number, asMap = false): void {
    const frame = this.#frames.pop();
    if (frame !== undefined) this.#add(close(asMap ? { ...frame, kind: "map" } : frame));
  }
}

function close({ kind, items }: Frame): Any {
  if (kind === "array") return items;
  if (kind === "set") return new Set(items);
  const map = new Map<Any, Any>();
  for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
  return map;
}
