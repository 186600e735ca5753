/**
 * All data of one moment in the form of Redis's RDB files, in pieces. It is read on a connection of its
 * own, whose read transaction sees that moment while others write; a database in memory has no
 * other connection, so there it is read at once.
 *
 * Types that Redis alone has no format for are left out: JSON, suggestions, arrays, filters, sketches, time
 * series, and those of extensions. A Redlite gets them, too, and what there is beside keys.
 *
 * @module
 */

import { dumpPayload } from "../../commands/keys/dump.ts";
import { messageOfPairs } from "../../commands/kv/changes.ts";
import { isOfRedis, TYPE } from "../../store/file/schema.ts";
import { NEWEST_VERSION } from "../../store/rdb/format.ts";
import { RdbOutput } from "../../store/rdb/output.ts";
import { MEMORY, Store } from "../../store/store.ts";
import { Slice } from "../../store/values/slice.ts";
import { DEFINITIONS, definitionsOf } from "./definitions.ts";

/** The name of a field with pairs of KV Connect. */
export const PAIRS = "redlite-kv";
/** Bytes after which a piece is ready, and rows that are looked at in one go. */
const PIECE = 64 * 1024, ROWS = 128;
/** Memory of the connection. */
const CACHE = 4 * 1024 * 1024;
/** The version that Redis 7.0 reads; what is younger in a payload it has to know anyway. */
const HEADER = "REDIS0010";
/** What a Redlite is told in its place. */
const OWN_HEADER = `REDIS${String(NEWEST_VERSION).padStart(4, "0")}`;
const OPCODE = { FUNCTION: 0xf5, AUX: 0xfa, EXPIRY: 0xfc, SELECT: 0xfe, END: 0xff };
/** The version and the checksum at a payload's end. */
const FOOTER = 10;

const encoder = new TextEncoder();

/** For whom a snapshot is. */
export interface SnapshotReader {
  /** Whether it is a Redlite. */
  readonly own: boolean;
  /** The database that the stream has selected behind it. */
  readonly streamDb: number;
}

/** A moment. */
export class Snapshot {
  readonly #store: Store;
  /** Whether the store is the snapshot's own. */
  readonly #alone: boolean;
  readonly #reader: SnapshotReader;

  /** Fixes the moment: what is committed now. Call between turns. */
  constructor(store: Store, reader: SnapshotReader) {
    this.#reader = reader;
    this.#alone = store.path !== MEMORY;
    this.#store = this.#alone
      ? new Store(store.driver, store.path, {
        readonly: true,
        cacheBytes: CACHE,
        databases: store.databases.count,
        clock: store.engine.clock,
        extensions: store.extensions.loaded.map(({ extension }) => extension),
      })
      : store;
    this.#store.engine.read();
  }

  /** Whether it must be read before anything else happens. */
  get atOnce(): boolean {
    return !this.#alone;
  }

  /** Gives up the moment. */
  close(): void {
    if (this.#alone) this.#store.closeNow();
  }

  /**
   * The pieces; each is valid until the next is asked for, and the same whenever they are.
   *
   * @param parts What is in them: `keys`, `functions`.
   */
  *pieces(parts: ReadonlySet<string>): Generator<Uint8Array> {
    const output = new RdbOutput(true);
    const store = this.#store;
    const { own, streamDb } = this.#reader;
    output.raw(encoder.encode(own ? OWN_HEADER : HEADER));
    aux(output, "redis-ver", encoder.encode("7.0.0"));
    aux(output, "redis-bits", encoder.encode("64"));
    aux(output, "repl-stream-db", encoder.encode(String(streamDb)));
    if (own && parts.has("keys")) aux(output, DEFINITIONS, definitionsOf(store));
    if (own && parts.has("keys")) yield* this.#pairs(output);
    for (const { code } of parts.has("functions") ? store.libraries.load() : []) {
      byte(output, OPCODE.FUNCTION);
      output.string(new Slice(code));
    }
    for (let db = 0; db < store.databases.count; db++) {
      if (store.databases.keys(db) === 0 || !parts.has("keys")) continue;
      byte(output, OPCODE.SELECT);
      output.length(db);
      let from: Uint8Array | undefined;
      do {
        const keys: Uint8Array[] = [];
        from = store.walk.walk(db, NO_PREFIX, from, ROWS, (key, type) => {
          if (own || isOfRedis(type)) keys.push(key.copy());
        });
        for (const key of keys) {
          this.#write(output, db, new Slice(key));
          if (output.at < PIECE) continue;
          yield output.bytes.subarray(0, output.at);
          output.reset(0);
        }
      } while (from !== undefined);
    }
    byte(output, OPCODE.END);
    // Zeros in place of a checksum say that there is none.
    output.raw(new Uint8Array(8));
    yield output.bytes.subarray(0, output.at);
  }

  /** The pairs of KV Connect, in fields of their own. */
  *#pairs(output: RdbOutput): Generator<Uint8Array> {
    const { kv } = this.#store;
    let from = NO_PREFIX;
    for (let rows = ROWS; rows === ROWS;) {
      const pairs = kv.whole(from, ROWS);
      rows = pairs.length;
      aux(output, PAIRS, messageOfPairs(kv.databaseId, kv.version, pairs));
      const last = pairs.at(-1);
      if (last !== undefined) {
        from = new Uint8Array(last.key.length + 1);
        from.set(last.key);
      }
      yield output.bytes.subarray(0, output.at);
      output.reset(0);
    }
  }

  #write(output: RdbOutput, db: number, key: Slice): void {
    const store = this.#store;
    if (store.keyspace.find(db, key) === TYPE.NONE) return;
    const { expiresAtMs } = store.keyspace.row;
    const payload = dumpPayload(store, 0, this.#reader.own);
    if (payload === undefined) return;
    if (expiresAtMs > 0) {
      byte(output, OPCODE.EXPIRY);
      output.int64(expiresAtMs);
    }
    const { bytes, start, end } = payload;
    byte(output, bytes[start] ?? 0);
    output.string(key);
    output.raw(bytes.subarray(start + 1, end - FOOTER));
  }
}

const NO_PREFIX: Uint8Array = new Uint8Array(0);

function aux(output: RdbOutput, name: string, value: Uint8Array): void {
  byte(output, OPCODE.AUX);
  output.string(new Slice(encoder.encode(name)));
  output.string(new Slice(value));
}

function byte(output: RdbOutput, value: number): void {
  output.reserve(1);
  output.bytes[output.at++] = value;
}
