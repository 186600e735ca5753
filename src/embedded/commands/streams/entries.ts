/** Entries of streams as values, and reading that goes on. */

import { type Argument, type Data, type Key, toText } from "../../data.ts";
import type { Value } from "../../running/value_reply.ts";
import { checked, type Kinds } from "../option_words.ts";

/** The id after which to read: `$` is the last one now, `0` the beginning, `>` what is new to a group. */
export type StreamPosition = string;

/** An entry of a stream. */
export interface StreamEntry<V extends Data> {
  /** Its id, `milliseconds-sequence`. */
  id: string;
  /** Its fields; of a name that is there twice the last value. */
  fields: Map<V, V>;
}

/** An entry as a consumer gets it. */
export interface EntryWithId<V extends Data> extends StreamEntry<V> {
  /** How often it was delivered before. */
  deliveries: number;
  /** For how long it was left, in milliseconds; 0 if it is new. */
  idleMs: number;
}

/** An entry of one of several streams. */
export interface StreamMessage<V extends Data> extends EntryWithId<V> {
  /** The stream's key. */
  stream: V;
}

/** Options of `xread`. */
export interface StreamReadOptions {
  /** Most entries read at a time from each stream; 100 by default. */
  count?: number;
  /** Ends the iteration. */
  signal?: AbortSignal;
}

const READ: Kinds<StreamReadOptions> = { count: "number", signal: "signal" };

/** Entries read at a time. */
const USUAL_COUNT = 100;

/** Runs a command that may wait. */
export type RunWaiting<V extends Data> = (
  words: readonly Argument[],
  signal: AbortSignal | undefined,
) => Promise<Value<V>>;

/** An id, or other text, out of a reply. */
export function idOf(value: Data): string {
  return typeof value === "string" ? value : String(toText(value, 0, value.length));
}

/** Ids out of a reply. */
export function idsOf<V extends Data>(value: Value<V>): string[] {
  return Array.isArray(value) ? value.map((id) => idOf(id as Data)) : [];
}

/** Entries out of a reply. Those without fields are in their streams no more. */
export function entriesOf<V extends Data>(value: Value<V>): EntryWithId<V>[] {
  if (!Array.isArray(value)) return [];
  const entries: EntryWithId<V>[] = [];
  for (const entry of value) {
    if (!Array.isArray(entry)) continue;
    const [id, flat, idleMs, deliveries] = entry;
    const fields = new Map<V, V>();
    if (Array.isArray(flat)) {
      for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] as V, flat[i + 1] as V);
    }
    entries.push({
      id: idOf(id as Data),
      fields,
      deliveries: typeof deliveries === "number" ? deliveries : 0,
      idleMs: typeof idleMs === "number" ? idleMs : 0,
    });
  }
  return entries;
}

/** Entries of several streams out of a reply. */
export function messagesOf<V extends Data>(value: Value<V>): StreamMessage<V>[] {
  const streams = value instanceof Map ? [...value] : Array.isArray(value) ? value : [];
  return streams.flatMap((ofStream) => {
    if (!Array.isArray(ofStream)) return [];
    const [stream, entries = null] = ofStream;
    return entriesOf<V>(entries).map((entry) => ({ stream: stream as V, ...entry }));
  });
}

/** Maps whose names are text, out of what XINFO replies with. */
export function factsOf<T>(value: Value<Data>): T {
  if (Array.isArray(value)) return value.map((facts) => factsOf(facts)) as T;
  if (!(value instanceof Map)) return value as T;
  return new Map([...value].map(([name, fact]) => [idOf(name as Data), fact])) as T;
}

/**
 * Reads streams on and on. Where each begins is settled by the call, not by the first entry that is
 * asked for.
 */
export function readStream<V extends Data>(
  streams: readonly [Key, StreamPosition][],
  options: StreamReadOptions,
  run: (words: readonly Argument[]) => unknown,
  runWaiting: RunWaiting<V>,
): AsyncGenerator<StreamMessage<V>, void, void> {
  const { count = USUAL_COUNT, signal } = checked(options, READ);
  const after = streams.map(([key, position]) => position === "$" ? lastId(key, run) : position);
  return goOn(streams.map(([key]) => key), after, count, signal, runWaiting);
}

async function* goOn<V extends Data>(
  keys: readonly Key[],
  after: string[],
  count: number,
  signal: AbortSignal | undefined,
  runWaiting: RunWaiting<V>,
): AsyncGenerator<StreamMessage<V>, void, void> {
  const places = new Map(keys.map((key, i) => [nameOf(key), i]));
  while (signal?.aborted !== true) {
    const words = ["XREAD", "COUNT", count, "BLOCK", 0, "STREAMS", ...keys, ...after];
    const value = await orAborted(runWaiting(words, signal), signal);
    for (const message of messagesOf<V>(value)) {
      if (signal?.aborted) return;
      const place = places.get(nameOf(message.stream));
      if (place !== undefined) after[place] = message.id;
      yield message;
    }
  }
}

/** What a promise gives; nothing if it failed because the signal aborted. */
export async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return null;
    throw error;
  }
}

/** The last id that a stream gave, `0-0` if there is no stream. @throws {RedliteError} */
function lastId(key: Key, run: (words: readonly Argument[]) => unknown): string {
  if (run(["EXISTS", key]) === 0) return "0-0";
  const facts = factsOf<Map<string, Data>>(run(["XINFO", "STREAM", key]) as Value<Data>);
  return idOf(facts.get("last-generated-id") ?? "0-0");
}

/** A key as text, the same for the same bytes. */
function nameOf(key: Key): string {
  if (typeof key === "string") return key;
  const bytes = ArrayBuffer.isView(key)
    ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength)
    : new Uint8Array(key);
  return String(toText(bytes, 0, bytes.length));
}
