/** Payloads put together by hand, and what is read out of payloads, as values that can be compared. */

import { strict as assert } from "node:assert";
import { Crc64 } from "../../../src/store/rdb/crc64.ts";
import { readDump } from "../../../src/store/rdb/reader.ts";
import type { ArrayIndex } from "../../../src/store/arrays/index.ts";
import type {
  DumpKind,
  DumpVisitor,
  EntryParts,
  StreamFacts,
} from "../../../src/store/rdb/visitor.ts";
import type { Idempotence } from "../../../src/store/streams/facts.ts";
import { idText } from "../../../src/store/streams/ids.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { concat, fromLatin1, latin1 } from "../../harness/resp_client.ts";

/** Bytes given as numbers, as text of one byte a character, or as they are. */
export type Bytes = number | string | Uint8Array | readonly Bytes[];

/** The bytes put end to end. */
export function bytesOf(...parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  return concat(parts.map((part) => {
    if (typeof part === "number") return Uint8Array.of(part);
    if (typeof part === "string") return fromLatin1(part);
    return part instanceof Uint8Array ? part : bytesOf(...part);
  }));
}

/** A slice of text, one byte a character. */
export function slice(text: string): Slice {
  return new Slice(fromLatin1(text));
}

/** An integer in so many bytes, little endian. */
export function littleEndian(value: number | bigint, width: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return bytes.subarray(0, width);
}

/** A length in nine bytes. */
export const length64 = (value: number | bigint): Bytes => [
  0x81,
  littleEndian(value, 8).toReversed(),
];

/** A double in binary. */
export function binaryDouble(value: number): Uint8Array {
  return new Uint8Array(new Float64Array([value]).buffer);
}

/** A payload of a type and a value, with a footer whose checksum is right. */
export function sealed(body: Bytes, version = 10): Uint8Array<ArrayBuffer> {
  const payload = bytesOf(body, littleEndian(version, 2), new Uint8Array(8));
  new Crc64().update(payload, 0, payload.length - 8).writeTo(payload, payload.length - 8);
  return payload;
}

/** A string with its length in one, two or five bytes. */
export function string(value: Bytes): Uint8Array {
  const bytes = bytesOf(value);
  const { length } = bytes;
  if (length < 64) return bytesOf(length, bytes);
  if (length < 16384) return bytesOf(0x40 | (length >> 8), length & 0xff, bytes);
  return bytesOf(0x80, littleEndian(length, 4).reverse(), bytes);
}

/** A ziplist of entries given from their encoding byte on. */
export function ziplist(entries: readonly Bytes[], count = entries.length): Uint8Array {
  const body: Uint8Array[] = [];
  let tail = 10, at = 10, before = 0;
  for (const entry of entries) {
    const whole = before < 254
      ? bytesOf(before, entry)
      : bytesOf(0xfe, littleEndian(before, 4), entry);
    body.push(whole);
    tail = at;
    at += whole.length;
    before = whole.length;
  }
  return bytesOf(littleEndian(at + 1, 4), littleEndian(tail, 4), littleEndian(count, 2), body, 255);
}

/** A string as an entry of a ziplist. */
export function ziplistString(text: string): Bytes {
  const { length } = text;
  if (length < 64) return [length, text];
  if (length < 16384) return [0x40 | (length >> 8), length & 0xff, text];
  return [0x80, littleEndian(length, 4).reverse(), text];
}

/** A zipmap; each value has `unused` bytes behind it. */
export function zipmap(
  fields: readonly (readonly [string, string])[],
  unused = 0,
  count = fields.length,
): Uint8Array {
  const length = (text: string): Bytes =>
    text.length < 254 ? text.length : [254, littleEndian(text.length, 4)];
  const body = fields.map(([field, value]): Bytes => [
    length(field),
    field,
    length(value),
    unused,
    value,
    new Uint8Array(unused),
  ]);
  return bytesOf(count, body, 255);
}

/** A listpack of entries given with their encoding bytes but without the sizes behind them. */
export function listpack(entries: readonly Bytes[], count = entries.length): Uint8Array {
  const body = entries.map((entry) => {
    const bytes = bytesOf(entry);
    if (bytes.length < 128) return bytesOf(bytes, bytes.length);
    return bytesOf(bytes, bytes.length >> 7, 0x80 | (bytes.length & 0x7f));
  });
  const size = 7 + concat(body).length;
  return bytesOf(littleEndian(size, 4), littleEndian(count, 2), body, 255);
}

/** A string as an entry of a listpack. */
export function listpackString(text: string): Bytes {
  return text.length < 64
    ? [0x80 | text.length, text]
    : [0xe0 | (text.length >> 8), text.length & 0xff, text];
}

/** An intset of integers in the order given. */
export function intset(width: number, integers: readonly (number | bigint)[]): Uint8Array {
  return bytesOf(
    littleEndian(width, 4),
    littleEndian(integers.length, 4),
    integers.map((integer) => littleEndian(integer, width)),
  );
}

/** What a payload says, in its own order. */
export interface Contents {
  kind: DumpKind;
  /** Number of elements told beforehand. */
  count: number;
  /** Of an array, if the payload tells it. */
  lastInserted?: ArrayIndex;
  /**
   * An element, a member, or a tuple of strings, one character a byte; scores, times and indexes as
   * text; "double" behind one of an array.
   */
  items: string[][];
  /** What is told of a stream behind its entries. */
  rest?: string[][];
}

/** Notes down all it is told. */
export class Recorder implements DumpVisitor {
  contents: Contents | undefined;

  begin(kind: DumpKind, count: number): void {
    this.contents = { kind, count, items: [] };
  }
  string(value: Slice): void {
    this.#note(value);
  }
  element(value: Slice): void {
    this.#note(value);
  }
  member(member: Slice): void {
    this.#note(member);
  }
  scored(member: Slice, score: number): void {
    this.#note(member, Object.is(score, -0) ? "-0" : String(score));
  }
  field(field: Slice, value: Slice, expiresAtMs: number): void {
    this.#note(field, value, String(expiresAtMs));
  }
  insertedLast(index: ArrayIndex): void {
    assert.ok(this.contents !== undefined && this.contents.items.length === 0);
    this.contents.lastInserted = index;
  }
  indexed(index: ArrayIndex, value: Slice): void {
    this.#note(String(index), value);
  }
  indexedDouble(index: ArrayIndex, value: number): void {
    this.#note(String(index), Object.is(value, -0) ? "-0" : String(value), "double");
  }

  streamEntry(id: Uint8Array, parts: EntryParts, count: number): void {
    this.#note(idText(id), ...Array.from({ length: 2 * count }, (_, i) => parts.at(i)));
  }
  streamFacts({ lastId, maxDeletedId, added }: StreamFacts): void {
    this.#rest("last", idText(lastId), idText(maxDeletedId), String(added));
  }
  streamGroup(name: Slice, lastId: Uint8Array, entriesRead: number | bigint | undefined): void {
    this.#rest("group", latin1(name.view()), idText(lastId), String(entriesRead));
  }
  streamConsumer(name: Slice, seenAtMs: number, activeAtMs: number): void {
    this.#rest("consumer", latin1(name.view()), String(seenAtMs), String(activeAtMs));
  }
  streamPending(id: Uint8Array, deliveredAtMs: number, deliveries: number | bigint): void {
    this.#rest("pending", idText(id), String(deliveredAtMs), String(deliveries));
  }
  streamGivenBack(id: Uint8Array, deliveries: number | bigint): void {
    this.#rest("given back", idText(id), String(deliveries));
  }
  streamIdempotentId(producer: Slice, token: Slice, id: Uint8Array): void {
    this.#rest("idempotent", latin1(producer.view()), latin1(token.view()), idText(id));
  }
  streamIdempotence({ seconds, most, added, duplicates }: Idempotence): void {
    this.#rest("idempotence", ...[seconds, most, added, duplicates].map(String));
  }

  #rest(...parts: string[]): void {
    assert.ok(this.contents !== undefined);
    (this.contents.rest ??= []).push(parts);
  }

  #note(...parts: (Slice | string)[]): void {
    this.contents?.items.push(
      parts.map((part) => typeof part === "string" ? part : latin1(part.view())),
    );
  }
}

/** Reads a payload, which stands in the middle of a larger array as a client's argument would. */
export function read(payload: Uint8Array): Contents {
  const recorder = new Recorder();
  const around = bytesOf("\xff\x00\x07", payload, "\xff\x00\x07");
  readDump(new Slice(around, 3, 3 + payload.length), recorder);
  if (recorder.contents === undefined) throw new Error("the visitor was told nothing");
  return recorder.contents;
}
