/**
 * JSON, an object a line: libraries of functions first, then the keys of each database.
 *
 * A string is one of JSON if it is UTF-8, else `{"base64": …}`; that holds for keys, members and values
 * alike.
 *
 * @module
 */

import type { ArrayIndex } from "../../store/arrays/index.ts";
import { TYPE } from "../../store/file/schema.ts";
import { readDump } from "../../store/rdb/reader.ts";
import type { DumpVisitor, EntryParts, StreamFacts } from "../../store/rdb/visitor.ts";
import { idText } from "../../store/streams/ids.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { ExportedKey, Moment } from "./moment.ts";

/** Characters after which a piece is ready. */
const PIECE = 256 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The pieces of the file. */
export function* jsonPieces(moment: Moment): Generator<Uint8Array> {
  let lines = moment.libraries().map((code) => `{"library":${bytes(code)}}\n`).join("");
  for (const db of moment.databases()) {
    for (const key of moment.keys(db, { all: true })) {
      lines += `${lineOf(moment, key)}\n`;
      if (lines.length < PIECE) continue;
      yield encoder.encode(lines);
      lines = "";
    }
  }
  if (lines !== "") yield encoder.encode(lines);
}

function lineOf(moment: Moment, exported: ExportedKey): string {
  const { db, key, typeName, expiresAtMs } = exported;
  const head = `{"db":${db},"key":${string(key)},"type":${JSON.stringify(typeName)}`;
  const expiry = expiresAtMs === 0 ? "" : `,"expires_at_ms":${expiresAtMs}`;
  return `${head}${expiry},${valueOf(moment, exported)}}`;
}

function valueOf({ store }: Moment, { type, payload }: ExportedKey): string {
  if (type === TYPE.JSON) {
    const { collection } = store.keyspace.row;
    if (collection !== undefined) {
      return `"value":${decoder.decode(store.documents.text(collection).view())}`;
    }
  }
  const value = new JsonValue();
  readDump(payload, value);
  return value.text === ""
    ? `"dump":${JSON.stringify(payload.copy().toBase64())}`
    : `"value":${value.text}`;
}

const string = (slice: Slice): string => bytes(slice.view());

function bytes(value: Uint8Array): string {
  try {
    return JSON.stringify(decoder.decode(value));
  } catch {
    return `{"base64":"${value.toBase64()}"}`;
  }
}

function double(value: number): string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? String(value) : `"${value > 0 ? "inf" : "-inf"}"`;
}

/** A number as JSON has it, also one that is not exact as a double: those who read it decide. */
const integer = (value: number | bigint): string => String(value);

/** A consumer, with what is pending for it. */
interface ConsumerText {
  readonly head: string;
  readonly pending: string[];
}

/** The text of a value that is told. */
class JsonValue implements DumpVisitor {
  #string: string | undefined;
  #kind = "";
  readonly #items: string[] = [];
  #facts = "";
  readonly #groups: { readonly head: string; readonly consumers: ConsumerText[] }[] = [];

  /** The text; empty for a type of which there is only a DUMP. */
  get text(): string {
    if (this.#string !== undefined) return this.#string;
    if (this.#kind === "") return "";
    const items = `[${this.#items.join(",")}]`;
    if (this.#kind !== "stream") return items;
    const groups = this.#groups.map(({ head, consumers }) => {
      const texts = consumers.map((each) => `{${each.head},"pending":[${each.pending.join(",")}]}`);
      return `{${head},"consumers":[${texts.join(",")}]}`;
    });
    return `{"entries":${items},${this.#facts},"groups":[${groups.join(",")}]}`;
  }

  begin(kind: string): void {
    this.#kind = kind;
  }
  module(): void {}
  string(value: Slice): void {
    this.#string = string(value);
  }
  element(value: Slice): void {
    this.#items.push(string(value));
  }
  member(member: Slice): void {
    this.#items.push(string(member));
  }
  scored(member: Slice, score: number): void {
    this.#items.push(`[${string(member)},${double(score)}]`);
  }
  field(field: Slice, value: Slice, expiresAtMs: number): void {
    const expiry = expiresAtMs === 0 ? "" : `,${expiresAtMs}`;
    this.#items.push(`[${string(field)},${string(value)}${expiry}]`);
  }
  insertedLast(): void {}
  indexed(index: ArrayIndex, value: Slice): void {
    this.#items.push(`[${integer(index)},${string(value)}]`);
  }
  indexedDouble(index: ArrayIndex, value: number): void {
    this.#items.push(`[${integer(index)},${double(value)}]`);
  }
  streamEntry(id: Uint8Array, parts: EntryParts, count: number): void {
    const all = Array.from({ length: 2 * count }, (_, i) => string(parts.at(i)));
    this.#items.push(`["${idText(id)}",[${all.join(",")}]]`);
  }
  streamFacts({ lastId, maxDeletedId, added }: StreamFacts): void {
    const ids = `"last_id":"${idText(lastId)}","max_deleted_id":"${idText(maxDeletedId)}"`;
    this.#facts = `${ids},"entries_added":${added ?? this.#items.length}`;
  }
  streamGroup(name: Slice, lastId: Uint8Array, entriesRead: number | bigint | undefined): void {
    const head = `"name":${string(name)},"last_id":"${idText(lastId)}"`;
    this.#groups.push({ head: `${head},"entries_read":${entriesRead ?? -1}`, consumers: [] });
  }
  streamConsumer(name: Slice, seenAtMs: number, activeAtMs: number): void {
    const times = `"seen_at_ms":${seenAtMs},"active_at_ms":${activeAtMs}`;
    this.#groups.at(-1)?.consumers.push({ head: `"name":${string(name)},${times}`, pending: [] });
  }
  streamPending(id: Uint8Array, deliveredAtMs: number, deliveries: number | bigint): void {
    const text = `["${idText(id)}",${deliveredAtMs},${integer(deliveries)}]`;
    this.#groups.at(-1)?.consumers.at(-1)?.pending.push(text);
  }
}
