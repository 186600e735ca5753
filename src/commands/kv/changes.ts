/**
 * Writes and pairs as one Redlite tells them to another: messages of Redlite's own, beside those of KV
 * Connect.
 *
 * @module
 */

import type { KvChange, WholeKvPair } from "../../store/kv/pairs.ts";
import { MessageReader, MessageWriter } from "./protobuf.ts";

/** What a write has come to, or some pairs of a database. */
export interface KvMessage {
  /** The version of the write, or of the last one. */
  readonly version: number;
  /** By which clients know the database; empty where that is no matter. */
  readonly databaseId: string;
  readonly pairs: readonly (KvChange & { readonly version: number })[];
}

const VERSION = 1, PAIR = 2, DATABASE = 3;
const KEY = 1, DATA = 2, ENCODING = 3, EXPIRY = 4, PAIR_VERSION = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a write has come to, as a message. */
export function messageOfWrite(version: number, changes: readonly KvChange[]): Uint8Array {
  const message = new MessageWriter(), pair = new MessageWriter();
  message.number(VERSION, version);
  for (const { key, value, expiresAtMs } of changes) {
    pair.clear().bytes(KEY, key);
    if (value !== undefined) {
      pair.bytes(DATA, value.data).number(ENCODING, value.encoding).number(EXPIRY, expiresAtMs);
    }
    message.bytes(PAIR, pair.message);
  }
  return message.message;
}

/** Pairs of a database, as a message. */
export function messageOfPairs(
  databaseId: string,
  version: number,
  pairs: readonly WholeKvPair[],
): Uint8Array {
  const message = new MessageWriter(), pair = new MessageWriter();
  message.number(VERSION, version).bytes(DATABASE, encoder.encode(databaseId));
  for (const { key, data, encoding, expiresAtMs, version } of pairs) {
    pair.clear().bytes(KEY, key).bytes(DATA, data).number(ENCODING, encoding);
    message.bytes(PAIR, pair.number(EXPIRY, expiresAtMs).number(PAIR_VERSION, version).message);
  }
  return message.message;
}

/** Reads a message. @throws {MalformedMessage} */
export function readKvMessage(bytes: Uint8Array): KvMessage {
  const message = new MessageReader(bytes);
  let version = 0, databaseId = "";
  const pairs: (KvChange & { readonly version: number })[] = [];
  while (message.next()) {
    if (message.field === VERSION) version = message.number;
    else if (message.field === DATABASE) databaseId = decoder.decode(message.bytes);
    else if (message.field === PAIR) pairs.push(pairOf(new MessageReader(message.bytes)));
  }
  return { version, databaseId, pairs };
}

function pairOf(message: MessageReader): KvChange & { readonly version: number } {
  let key: Uint8Array = NOTHING, data: Uint8Array | undefined;
  let encoding = 0, expiresAtMs = 0, version = 0;
  while (message.next()) {
    if (message.field === KEY) key = message.bytes;
    else if (message.field === DATA) data = message.bytes;
    else if (message.field === ENCODING) encoding = message.number;
    else if (message.field === EXPIRY) expiresAtMs = message.number;
    else if (message.field === PAIR_VERSION) version = message.number;
  }
  return { key, value: data && { data, encoding }, expiresAtMs, version };
}

const NOTHING = new Uint8Array(0);
