/** All data of one moment, key by key: read in a transaction beside which others write. */

import { dumpPayload } from "../../commands/keys/dump.ts";
import { isOfRedis, TYPE, TYPE_NAMES } from "../../store/file/schema.ts";
import { RDB_TYPE } from "../../store/rdb/format.ts";
import { MEMORY, Store } from "../../store/store.ts";
import { CommandError } from "../../store/values/errors.ts";
import { copyBytes, Slice } from "../../store/values/slice.ts";

/** Keys that are looked for in one go. */
const ROWS = 128;
const NO_PREFIX = new Uint8Array(0);

/** A key, valid until the next is asked for. */
export interface ExportedKey {
  readonly db: number;
  readonly key: Slice;
  readonly type: number;
  /** The name that TYPE has for it. */
  readonly typeName: string;
  /** When it expires, Unix time in milliseconds; 0 for never. */
  readonly expiresAtMs: number;
  /** The value as DUMP has it. */
  readonly payload: Slice;
}

/** Which keys are asked for, and for whom. */
export interface KeysWanted {
  /** Whether also those whose types Redis 7.0 does not know. */
  readonly all: boolean;
  /** Whether nobody but Redlite reads them, so that payloads have all that there is of a value. */
  readonly own?: boolean;
}

/** Memory of a connection beside the store's own. */
const CACHE = 4 * 1024 * 1024;

/** A moment of a store. */
export class Moment {
  /** Keys that were given. */
  done = 0;
  /** How many keys were left out, by why. */
  readonly leftOut = new Map<string, number>();
  /** How many keys older servers do not read, by why. */
  readonly notes = new Map<string, number>();
  readonly #store: Store;

  /** Fixes the moment: what is committed now. Nothing else may use the store meanwhile. */
  constructor(store: Store) {
    this.#store = store;
    store.engine.read();
  }

  /**
   * The moment on a connection of its own, so that turns go on meanwhile. Call between turns.
   *
   * @returns Also what gives the moment up; undefined for a database in memory, which has but one.
   */
  static beside(store: Store): { readonly moment: Moment; close(): void } | undefined {
    if (store.path === MEMORY) return undefined;
    // What turns have written and not committed yet is of the moment, too.
    store.engine.settle();
    const own = new Store(store.driver, store.path, {
      readonly: true,
      cacheBytes: CACHE,
      databases: store.databases.count,
      clock: store.engine.clock,
      extensions: store.extensions.loaded.map(({ extension }) => extension),
    });
    return { moment: new Moment(own), close: () => own.closeNow() };
  }

  /** The store, for what a payload does not tell. */
  get store(): Store {
    return this.#store;
  }

  /** How many keys there are. */
  get total(): number {
    return this.databases().reduce((sum, db) => sum + this.#store.databases.keys(db), 0);
  }

  /** The databases that have keys. */
  databases(): number[] {
    const { databases } = this.#store;
    const all: number[] = [];
    for (let db = 0; db < databases.count; db++) if (databases.keys(db) > 0) all.push(db);
    return all;
  }

  /** How many keys a database has, and how many of them expire. */
  size(db: number): { readonly keys: number; readonly expires: number } {
    const { databases } = this.#store;
    return { keys: databases.keys(db), expires: databases.expires(db) };
  }

  /** The libraries of functions. */
  libraries(): Uint8Array[] {
    return this.#store.libraries.load().map(({ code }) => code);
  }

  /** The keys of a database. */
  *keys(db: number, wanted: KeysWanted): Generator<ExportedKey> {
    const store = this.#store;
    // The names of some keys, in memory whose address is known.
    let names = new Uint8Array(ROWS * 64);
    const ends = new Uint32Array(ROWS);
    const name = new Slice();
    let from: Uint8Array | undefined;
    do {
      let end = 0, count = 0;
      from = store.walk.walk(db, NO_PREFIX, from, ROWS, (key) => {
        const start = end;
        end += key.length;
        if (end > names.length) names = grown(names, end);
        copyBytes(key.bytes, key.start, key.end, names, start);
        ends[count++] = end;
      });
      for (let i = 0; i < count; i++) {
        name.set(names, i === 0 ? 0 : ends[i - 1]!, ends[i]!);
        const exported = this.#key(db, name, wanted);
        if (exported !== undefined) yield exported;
      }
    } while (from !== undefined);
  }

  #key(db: number, key: Slice, { all, own }: KeysWanted): ExportedKey | undefined {
    const store = this.#store;
    const type = store.keyspace.find(db, key);
    if (type === TYPE.NONE) return undefined;
    const { expiresAtMs } = store.keyspace.row;
    const typeName = TYPE_NAMES[type] ?? store.types.get(type)?.name ?? "unknown";
    this.done++;
    if (!all && !isOfRedis(type)) return this.#leaveOut(`of the type ${typeName}`);
    let payload: Slice | undefined;
    try {
      payload = dumpPayload(store, 0, own);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return this.#leaveOut(error.message.replace(/^ERR /, ""));
    }
    if (payload === undefined) return undefined;
    if (!all && payload.bytes[payload.start] === RDB_TYPE.HASH_EXPIRY) {
      count(this.notes, "hashes with fields that expire, which Redis reads since 7.4");
    }
    return { db, key, type, typeName, expiresAtMs, payload };
  }

  #leaveOut(why: string): undefined {
    count(this.leftOut, why);
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(2 * size);
  more.set(bytes);
  return more;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
