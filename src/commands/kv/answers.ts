/** What clients of KV Connect are answered with. */

import type { KvOutcome, KvPair, KvPairs, KvRange } from "../../store/kv/pairs.ts";
import { MessageReader, MessageWriter } from "./protobuf.ts";

const SUCCESS = 1, CHECK_FAILURE = 2, WRITE_DISABLED = 5;

/** Reads ranges into a `SnapshotReadOutput`. */
export function snapshotOf(pairs: KvPairs, ranges: readonly KvRange[]): Uint8Array<ArrayBuffer> {
  const output = new MessageWriter(), values = new MessageWriter(), entry = new MessageWriter();
  for (const range of ranges) {
    values.clear();
    pairs.read(range, (pair) => void values.bytes(1, entryOf(entry.clear(), pair)));
    output.bytes(1, values.message);
  }
  return output.number(4, 1).number(8, SUCCESS).message;
}

function entryOf(entry: MessageWriter, { key, data, encoding, version }: KvPair): Uint8Array {
  return entry.bytes(1, key).bytes(2, data).number(3, encoding).bytes(4, stampOf(version)).message;
}

function stampOf(version: number): Uint8Array {
  const stamp = new Uint8Array(10);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(version));
  return stamp;
}

/** What became of a write, as an `AtomicWriteOutput`. */
export function outcomeMessage(outcome: KvOutcome): Uint8Array<ArrayBuffer> {
  const output = new MessageWriter();
  if ("version" in outcome) {
    return output.number(1, SUCCESS).bytes(2, stampOf(outcome.version)).message;
  }
  output.number(1, CHECK_FAILURE);
  return output.bytes(4, Uint8Array.from(outcome.failed)).message;
}

/** The `AtomicWriteOutput` of a database that takes no writes. */
export const writesDisabled = (): Uint8Array<ArrayBuffer> =>
  new MessageWriter().number(1, WRITE_DISABLED).message;

/** A `SnapshotRead` of single keys. */
export function readOfKeys(keys: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const request = new MessageWriter(), range = new MessageWriter();
  for (const key of keys) {
    const after = new Uint8Array(key.length + 1);
    after.set(key);
    request.bytes(1, range.clear().bytes(1, key).bytes(2, after).number(3, 1).message);
  }
  return request.message;
}

/** The entries that a {@linkcode readOfKeys} has found: messages, and nothing where there is no pair. */
export function entriesFound(snapshot: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  const output = new MessageReader(snapshot);
  while (output.next()) {
    if (output.field !== 1) continue;
    const range = new MessageReader(output.bytes);
    found.push(range.next() ? range.bytes : NOTHING);
  }
  return found;
}

/**
 * A `WatchOutput` of all keys. It might leave out those that are as they were, but Deno 2.9 takes these
 * for deleted.
 *
 * @param entries What the keys are now.
 */
export function watchMessage(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const output = new MessageWriter().number(1, SUCCESS), key = new MessageWriter();
  for (const entry of entries) {
    key.clear().number(1, 1);
    if (entry.length > 0) key.bytes(2, entry);
    output.bytes(2, key.message);
  }
  return output.message;
}

const NOTHING = new Uint8Array(0);
