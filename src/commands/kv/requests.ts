/**
 * What clients of KV Connect ask for: their messages, held to the limits that Deno's services have.
 * https://github.com/denoland/denokv/blob/main/proto/kv-connect.md
 *
 * @module
 */

import { KV_ENCODING, type KvArithmetic, type KvValue } from "../../store/kv/arithmetic.ts";
import type { KvCheck, KvMutation, KvRange, KvWrite } from "../../store/kv/pairs.ts";
import { err } from "../../store/values/errors.ts";
import { MalformedMessage, MessageReader } from "./protobuf.ts";

/** Bytes of a key that is written, and of one that a range begins or ends with. */
const KEY_BYTES = 2048, RANGE_KEY_BYTES = KEY_BYTES + 1;
const VALUE_BYTES = 65536;
const RANGES = 10, PAIRS_READ = 1000;
const CHECKS = 100, MUTATIONS = 1000;
/** Bytes of all keys and values of a write. */
const WRITE_BYTES = 800 * 1024;
const WATCHED_KEYS = 10;

const keyTooLong = () => err("A key exceeds the key size limit.");

/** Reads a message. @throws {CommandError} */
function reading<T>(bytes: Uint8Array, read: (message: MessageReader) => T): T {
  try {
    return read(new MessageReader(bytes));
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw err(`Request protobuf is invalid: ${error.message}.`);
  }
}

/** The ranges of a `SnapshotRead`. @throws {CommandError} If it is none, or past a limit. */
export function rangesOf(bytes: Uint8Array): KvRange[] {
  const ranges = reading(bytes, (message) => {
    const ranges: KvRange[] = [];
    while (message.next()) if (message.field === 1) ranges.push(rangeOf(message.bytes));
    return ranges;
  });
  if (ranges.length > RANGES) throw err("Too many read ranges requested in one read request.");
  if (ranges.reduce((sum, { limit }) => sum + limit, 0) > PAIRS_READ) {
    throw err(
      "The total number of entries requested across read ranges in the read request is too large.",
    );
  }
  return ranges;
}

function rangeOf(bytes: Uint8Array): KvRange {
  const message = new MessageReader(bytes);
  let start = NOTHING, end = NOTHING, limit = 0, reverse = false;
  while (message.next()) {
    if (message.field === 1) start = message.bytes;
    else if (message.field === 2) end = message.bytes;
    else if (message.field === 3) limit = message.number;
    else if (message.field === 4) reverse = message.number !== 0;
  }
  if (limit < 1) throw err("The read range limit of the snapshot read request is invalid.");
  if (Math.max(start.length, end.length) > RANGE_KEY_BYTES) throw keyTooLong();
  return { start, end, limit, reverse };
}

/** The keys of a `Watch`. @throws {CommandError} If it is none, or past a limit. */
export function watchedKeysOf(bytes: Uint8Array): Uint8Array[] {
  const keys = reading(bytes, (message) => {
    const keys: Uint8Array[] = [];
    while (message.next()) {
      if (message.field !== 1) continue;
      let key = NOTHING;
      const watched = new MessageReader(message.bytes);
      while (watched.next()) if (watched.field === 1) key = watched.bytes;
      keys.push(key);
    }
    return keys;
  });
  if (keys.length > WATCHED_KEYS) throw err("Too many keys watched in one watch request.");
  if (keys.some(({ length }) => length > KEY_BYTES)) throw keyTooLong();
  return keys;
}

/** The write of an `AtomicWrite`. @throws {CommandError} If it is none, or past a limit. */
export function writeOf(bytes: Uint8Array): KvWrite {
  const size = { bytes: 0 };
  const checks: KvCheck[] = [];
  const mutations: KvMutation[] = [];
  reading(bytes, (message) => {
    while (message.next()) {
      if (message.field === 1) checks.push(checkOf(message.bytes, size));
      else if (message.field === 2) mutations.push(mutationOf(message.bytes, size));
      // Nobody could ever be given the message: the protocol has no way to take one from a queue.
      else if (message.field === 3) throw err("Enqueue operations are not supported.");
      if (checks.length > CHECKS) throw err("Too many checks included in atomic write.");
      if (mutations.length > MUTATIONS) {
        throw err("Too many mutations / enqueues included in atomic write.");
      }
    }
  });
  if (size.bytes > WRITE_BYTES) throw err("The total size of the atomic write is too large.");
  return { checks, mutations };
}

function checkOf(bytes: Uint8Array, size: { bytes: number }): KvCheck {
  const message = new MessageReader(bytes);
  let key = NOTHING, stamp = NOTHING;
  while (message.next()) {
    if (message.field === 1) key = message.bytes;
    else if (message.field === 2) stamp = message.bytes;
  }
  if (key.length > RANGE_KEY_BYTES) throw keyTooLong();
  size.bytes += key.length;
  return { key, version: versionOf(stamp) };
}

/** The version that a versionstamp is: eight bytes of it, and two that are zero. */
function versionOf(stamp: Uint8Array): number | undefined {
  if (stamp.length === 0) return 0;
  if (stamp.length !== 10) throw err("Invalid versionstamp.");
  const view = new DataView(stamp.buffer, stamp.byteOffset, stamp.length);
  const version = Number(view.getBigUint64(0));
  return view.getUint16(8) !== 0 || version === 0 ? undefined : version;
}

const KINDS: readonly (KvMutation["kind"] | KvArithmetic["operation"] | undefined)[] = [
  undefined,
  "set",
  "delete",
  "sum",
  "max",
  "min",
  undefined,
  undefined,
  undefined,
  "set-stamped",
];

function mutationOf(bytes: Uint8Array, size: { bytes: number }): KvMutation {
  const message = new MessageReader(bytes);
  let key = NOTHING, least = NOTHING, greatest = NOTHING;
  let value: KvValue | undefined;
  let type = 0, expiresAtMs = 0, clamps = false;
  while (message.next()) {
    if (message.field === 1) key = message.bytes;
    else if (message.field === 2) value = valueOf(message.bytes);
    else if (message.field === 3) type = message.number;
    else if (message.field === 4) expiresAtMs = message.number;
    else if (message.field === 5) least = message.bytes;
    else if (message.field === 6) greatest = message.bytes;
    else if (message.field === 7) clamps = message.number !== 0;
  }
  if (key.length > KEY_BYTES) throw keyTooLong();
  size.bytes += key.length + (value?.data.length ?? 0);
  const kind = KINDS[type];
  if (kind === "delete") return { kind, key };
  if (kind === undefined || kind === "compute" || value === undefined) {
    throw err("Invalid mutation kind or arguments.");
  }
  assertValue(value);
  if (kind === "set" || kind === "set-stamped") {
    if (expiresAtMs < -1 || expiresAtMs > Number.MAX_SAFE_INTEGER) {
      throw err("Invalid mutation expire at.");
    }
    return { kind, key, value, expiresAtMs: Math.max(0, expiresAtMs) };
  }
  return {
    kind: "compute",
    key,
    arithmetic: { operation: kind, operand: value, least, greatest, clamps },
  };
}

function valueOf(bytes: Uint8Array): KvValue {
  const message = new MessageReader(bytes);
  let data = NOTHING, encoding = 0;
  while (message.next()) {
    if (message.field === 1) data = message.bytes;
    else if (message.field === 2) encoding = message.number;
  }
  return { data, encoding };
}

function assertValue({ data, encoding }: KvValue): void {
  if (data.length > VALUE_BYTES) throw err("A value exceeds the value size limit.");
  const known = encoding === KV_ENCODING.V8 || encoding === KV_ENCODING.BYTES ||
    encoding === KV_ENCODING.U64 && data.length === 8;
  if (!known) throw err("Invalid value encoding.");
}

const NOTHING: Uint8Array = new Uint8Array(0);
