/**
 * What an RDB file has, as parts of an import: a chunk of the file is one.
 *
 * Keys come in the order of a hash table. Those of a chunk are given in the order of their bytes, as
 * they stand in the database, so that several go to the same page: half of the time, and a fraction
 * of what goes to the disk.
 *
 * @module
 */

import { RdbFileError } from "../../store/rdb/file/error.ts";
import { RdbFileReader, type RdbKey, type RdbRecord } from "../../store/rdb/file/reader.ts";
import { copyBytes, Slice } from "../../store/values/slice.ts";
import type { ImportBatch, ImportTarget } from "./source.ts";

/** Bytes that are read for one transaction. */
export const CHUNK = 4 * 1024 * 1024;

/** Bytes of an array for names. */
const NAMES = 1024 * 1024;

/** Reads one file from chunks. */
export class RdbBatches {
  /** The file. */
  readonly reader = new RdbFileReader();
  /** Facts that the file tells of itself. */
  readonly facts = new Map<string, string>();
  readonly #modules = new Map<string, number>();
  readonly #only: number | undefined;
  readonly #decoder = new TextDecoder();
  #failure: unknown;
  /** The keys of the chunk. */
  #keys: RdbKey[] = [];
  #names: Uint8Array = new Uint8Array(0);
  #namesEnd = 0;

  /** @param only The database whose keys are wanted; all, if undefined. */
  constructor(only?: number) {
    this.#only = only;
  }

  /**
   * What is complete with a chunk, which must not change before that is read. What is wrong with the file is thrown by the next call, or by
   * `end`: what came before it is whole.
   */
  batch(chunk: Uint8Array): ImportBatch {
    if (this.#failure !== undefined) throw this.#failure;
    return (target) => {
      try {
        for (const record of this.reader.push(chunk)) this.#take(record, target);
      } catch (error) {
        this.#failure = error;
        if (!(error instanceof RdbFileError)) throw error;
      }
      this.#give(target);
    };
  }

  /** Whether a log follows, which tells when keys expire. */
  get isBase(): boolean {
    return this.facts.get("aof-base") === "1" || this.facts.get("aof-preamble") === "1";
  }

  /** Makes sure that all was well. @throws {RdbFileError} */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.reader.end();
  }

  /** What was passed over, in lines. */
  get leftBehind(): string[] {
    return [...this.#modules].map(([id, count]) =>
      `${count === 1 ? "what" : `${count} times what`} the module of ${id} keeps beside keys`
    );
  }

  #give(target: ImportTarget): void {
    const keys = this.#keys, keep = this.isBase;
    this.#keys = [];
    // A database's keys follow one another already.
    keys.sort((a, b) => a.db - b.db || compareSlices(a.key, b.key));
    for (const key of keys) target.key(key, keep);
  }

  #take(record: RdbRecord, target: ImportTarget): void {
    switch (record.kind) {
      case "key":
        if (this.#only === undefined || this.#only === record.db) {
          this.#keys.push(this.#copy(record));
        }
        break;
      case "function":
        target.library(record.code);
        break;
      case "aux":
        this.facts.set(this.#decoder.decode(record.name), this.#decoder.decode(record.value));
        break;
      case "module":
        this.#modules.set(record.id.id, (this.#modules.get(record.id.id) ?? 0) + 1);
        break;
    }
  }

  /** A key whose name is among others in an array, and whose value stays where it is. */
  #copy({ key, value, ...others }: RdbKey): RdbKey {
    if (this.#namesEnd + key.length > this.#names.length) {
      this.#names = new Uint8Array(Math.max(NAMES, key.length));
      this.#namesEnd = 0;
    }
    const start = this.#namesEnd, end = this.#namesEnd += key.length;
    copyBytes(key.bytes, key.start, key.end, this.#names, start);
    const name = new Slice(this.#names, start, end);
    return { ...others, key: name, value: new Slice(value.bytes, value.start, value.end) };
  }
}

function compareSlices(a: Slice, b: Slice): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a.bytes[a.start + i]! - b.bytes[b.start + i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
