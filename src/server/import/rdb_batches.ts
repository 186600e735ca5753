/** What an RDB file has, as parts of an import: a chunk of the file is one. */

import { RdbFileError } from "../../store/rdb/file/error.ts";
import { RdbFileReader, type RdbRecord } from "../../store/rdb/file/reader.ts";
import type { ImportBatch, ImportTarget } from "./source.ts";

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

  /** @param only The database whose keys are wanted; all, if undefined. */
  constructor(only?: number) {
    this.#only = only;
  }

  /**
   * What is complete with a chunk. What is wrong with the file is thrown by the next call, or by
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

  #take(record: RdbRecord, target: ImportTarget): void {
    switch (record.kind) {
      case "key":
        if (this.#only === undefined || this.#only === record.db) target.key(record, this.isBase);
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
}
