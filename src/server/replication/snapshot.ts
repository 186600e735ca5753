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

import { messageOfPairs } from "../../commands/kv/changes.ts";
import { NEWEST_VERSION } from "../../store/rdb/format.ts";
import { RdbOutput } from "../../store/rdb/output.ts";
import type { Store } from "../../store/store.ts";
import { Moment } from "../export/moment.ts";
import { writeEnd, writeField, writeKeys, writeLibraries } from "../export/rdb.ts";
import { DEFINITIONS, definitionsOf } from "./definitions.ts";

/** The name of a field with pairs of KV Connect. */
export const PAIRS = "redlite-kv";
/** Bytes after which a piece is ready, and pairs of KV Connect in a field. */
const PIECE = 64 * 1024, FIELD_PAIRS = 128;
/** The version that Redis 7.0 reads; what is younger in a payload it has to know anyway. */
const HEADER = "REDIS0010";
/** What a Redlite is told in its place. */
const OWN_HEADER = `REDIS${String(NEWEST_VERSION).padStart(4, "0")}`;

const encoder = new TextEncoder();

/** For whom a snapshot is. */
export interface SnapshotReader {
  /** Whether it is a Redlite. */
  readonly own: boolean;
  /** The database that the stream has selected behind it. */
  readonly streamDb: number;
  /** Is told what is left out, and why. */
  readonly report: (message: string) => void;
}

/** A moment. */
export class Snapshot {
  readonly #moment: Moment;
  /** Gives up the moment; undefined where it is that of the store itself. */
  readonly #close: (() => void) | undefined;
  readonly #reader: SnapshotReader;
  #reported = false;

  /** Fixes the moment: what is committed now. Call between turns. */
  constructor(store: Store, reader: SnapshotReader) {
    this.#reader = reader;
    const beside = Moment.beside(store);
    this.#moment = beside?.moment ?? new Moment(store);
    this.#close = beside?.close;
  }

  /** Whether it must be read before anything else happens. */
  get atOnce(): boolean {
    return this.#close === undefined;
  }

  /** Gives up the moment. */
  close(): void {
    this.#close?.();
  }

  /**
   * The pieces; each is valid until the next is asked for, and the same whenever they are.
   *
   * @param parts What is in them: `keys`, `functions`.
   */
  *pieces(parts: ReadonlySet<string>): Generator<Uint8Array> {
    const output = new RdbOutput(true);
    const piece = (): Uint8Array => {
      const bytes = output.bytes.subarray(0, output.at);
      output.reset(0);
      return bytes;
    };
    const moment = this.#moment;
    const { own, streamDb } = this.#reader;
    output.raw(encoder.encode(own ? OWN_HEADER : HEADER));
    writeField(output, "redis-ver", "7.0.0");
    writeField(output, "redis-bits", "64");
    writeField(output, "repl-stream-db", String(streamDb));
    if (own && parts.has("keys")) {
      writeField(output, DEFINITIONS, definitionsOf(moment.store));
      for (const _ of this.#writePairs(output)) yield piece();
    }
    if (parts.has("functions")) writeLibraries(output, moment);
    if (parts.has("keys")) {
      for (const _ of writeKeys(output, moment, { all: own, own }, PIECE)) yield piece();
    }
    writeEnd(output);
    // Zeros in place of a checksum say that there is none.
    output.raw(new Uint8Array(8));
    this.#reportLeftOut();
    yield piece();
  }

  /** Says once what was left out, however often the pieces are made. */
  #reportLeftOut(): void {
    if (this.#reported) return;
    this.#reported = true;
    for (const [why, count] of this.#moment.leftOut) {
      this.#reader.report(`left out of what a replica is given: ${count} keys, ${why}`);
    }
  }

  /** Writes the pairs of KV Connect, in fields of their own. @returns Yields behind each of them. */
  *#writePairs(output: RdbOutput): Generator<void> {
    const { kv } = this.#moment.store;
    let from = new Uint8Array(0);
    for (let count = FIELD_PAIRS; count === FIELD_PAIRS;) {
      const pairs = kv.whole(from, FIELD_PAIRS);
      count = pairs.length;
      writeField(output, PAIRS, messageOfPairs(kv.databaseId, kv.version, pairs));
      const last = pairs.at(-1);
      if (last !== undefined) {
        from = new Uint8Array(last.key.length + 1);
        from.set(last.key);
      }
      yield;
    }
  }
}
