/**
 * All data of the server that is followed, as they come. They are written into the wings of the
 * databases (see store/keys/databases.ts), a slice a turn, while clients are served what was there;
 * the turn that ends it puts them in their place. What breaks off leaves the old data.
 *
 * @module
 */

import { Restorer } from "../../commands/keys/restorer.ts";
import { type KvMessage, readKvMessage } from "../../commands/kv/changes.ts";
import type { Context } from "../../commands/table/command.ts";
import { writeFunctions } from "../../store/rdb/functions.ts";
import { RdbFileReader, type RdbKey, type RdbRecord } from "../../store/rdb/file/reader.ts";
import { readValue } from "../../store/rdb/reader.ts";
import type { Store } from "../../store/store.ts";
import { CommandError } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import { DEFINITIONS, putDefinitions } from "./definitions.ts";
import { PAIRS } from "./snapshot.ts";

/** A snapshot that is being received. */
export class ReceivedSnapshot {
  /** Keys that were left out, for nobody here knows their types. */
  unknown = 0;
  /** The database that the stream has selected behind it. */
  streamDb = 0;
  readonly #store: Store;
  readonly #reader = new RdbFileReader();
  readonly #functions: Uint8Array[] = [];
  #definitions: Uint8Array | undefined;
  /** What is known of the pairs of KV Connect beside them, if they have come. */
  #pairs: { readonly databaseId: string; readonly version: number } | undefined;
  #records: Generator<RdbRecord, void, undefined> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether all of it has come. */
  get ended(): boolean {
    return this.#reader.ended;
  }

  /** What has come behind it, valid until more is pushed. */
  get rest(): Uint8Array {
    return this.#reader.rest;
  }

  /** Takes a chunk, which must stay as it is until {@linkcode slice} says that it is done with. */
  push(chunk: Uint8Array): void {
    this.#records = this.#reader.push(chunk);
  }

  /**
   * Writes some of what has come, in the turn that runs.
   *
   * @param until When to stop, as `performance.now` has it.
   * @returns Whether there is more.
   * @throws {RdbFileError} If it is damaged.
   */
  slice(until: number): boolean {
    const { engine } = this.#store;
    const records = this.#records;
    let more = false;
    if (records === undefined) return more;
    engine.changes.quietly(() => {
      for (;;) {
        const { done, value } = records.next();
        if (done === true) break;
        this.#take(value);
        if (performance.now() < until) continue;
        more = true;
        break;
      }
    });
    return more;
  }

  #take(record: RdbRecord): void {
    if (record.kind === "key") return this.#restore(record);
    if (record.kind === "function") this.#functions.push(record.code.slice());
    if (record.kind !== "aux") return;
    const name = new TextDecoder().decode(record.name);
    if (name === "repl-stream-db") {
      this.streamDb = Math.max(0, Number(new TextDecoder().decode(record.value)) || 0);
    } else if (name === DEFINITIONS) this.#definitions = record.value.slice();
    else if (name === PAIRS) this.#putPairs(readKvMessage(record.value));
  }

  #putPairs({ databaseId, version, pairs }: KvMessage): void {
    this.#pairs = { databaseId, version };
    for (const { key, value, expiresAtMs, version } of pairs) {
      if (value !== undefined) this.#store.kvWing.put({ key, ...value, expiresAtMs, version });
    }
  }

  /** Lets go of all that has come, and of what another left behind, in the turn that runs. */
  clear(): void {
    this.#store.keyspace.clearWings();
    this.#store.kvWing.clear();
  }

  #restore({ db, key, expiresAtMs, type, value }: RdbKey): void {
    const { databases } = this.#store;
    if (db >= databases.count) {
      throw new RangeError(`it has a database ${db}: start with --databases ${db + 1}`);
    }
    const restorer = new Restorer(
      this.#store,
      databases.count + db,
      new Slice(key.copy()),
      expiresAtMs,
    );
    try {
      readValue(type, value, restorer);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // Nothing has been written of it.
      this.unknown++;
      return;
    }
    restorer.finish();
  }

  /**
   * Puts all of it in the place of what there was, in the turn that runs.
   *
   * @param context Of whom functions are loaded.
   */
  finish(context: Context): void {
    const store = this.#store;
    const { engine, keyspace, databases } = store;
    // What is remembered of a key was learnt where nobody records its past.
    engine.forget();
    const { functions } = context.host.scripting;
    if (this.#functions.length === 0) functions.flush(context);
    else functions.restore(context, new Slice(writeFunctions(this.#functions)), "flush");
    for (let db = 0; db < databases.count; db++) keyspace.takeWings(db);
    if (this.#definitions !== undefined) putDefinitions(store, this.#definitions);
    if (this.#pairs !== undefined) store.kvWing.take(this.#pairs.databaseId, this.#pairs.version);
  }
}
