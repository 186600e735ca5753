/**
 * What data can be imported from: a source gives keys one after the other, each as the commands that
 * make it. Whatever can be told in commands can be a source, a file or a server.
 *
 * @module
 */

import type { Argument } from "../../embedded/data.ts";
import type { RdbKey } from "../../store/rdb/file/reader.ts";
import type { Driver } from "../../sqlite/sqlite.ts";

/** A command, its name first. */
export type Words = readonly Argument[];

/** A key, or something else that is made by commands of its own. */
export interface ImportItem {
  /** The database it is in. */
  readonly db: number;
  /** The key; undefined for what is none, as an index. */
  readonly key: Uint8Array | undefined;
  /** When it expires, Unix time in milliseconds; 0 for never. */
  readonly expiresAtMs: number;
  /** What it is, in a word or two for the count. */
  readonly kind: string;
  /**
   * The commands that make it, read as they are asked for.
   *
   * @throws {NotUnderstood} If it cannot be told what it is.
   */
  commands(): Iterable<Words>;
}

/** Something of a source that cannot be imported; the message says why. */
export class NotUnderstood extends Error {
  override readonly name = "NotUnderstood";
}

/** What takes in what a source has. */
export interface ImportTarget {
  /** A key, or something else, as commands. */
  item(item: ImportItem): void;
  /** A key with its value as RDB files have it. @param keep Also if its time is over. */
  key(key: RdbKey, keep?: boolean): void;
  /** A library of functions. */
  library(code: Uint8Array): void;
  /** A command of a log, which changes what the commands before it have left. */
  command(db: number, words: Words, atMs: number | undefined): void;
}

/** A part of a source: gives all it has to the target, in one transaction. */
export type ImportBatch = (target: ImportTarget) => void;

/** An opened source. */
export interface ImportSource extends Disposable {
  /** How much there is, as far as that is known: items, or bytes. 0 if it is not. */
  readonly total: number;
  /** What `total` counts, if it is not items, and how much of it is done. */
  readonly measure?: { readonly unit: string; readonly done: number };
  /** Whether what comes now is of a log, whose commands want what those before them have left. */
  readonly isLog?: boolean;
  /** The parts, one after the other. @throws {Error} If it cannot be read on; what came before stands. */
  batches(): Iterable<ImportBatch> | AsyncIterable<ImportBatch>;
  /** What is left behind that is no item, in lines. */
  readonly leftBehind: readonly string[];
}

/** Items of one transaction. */
const BATCH = 1000;

/** Items in parts of a thousand, each read in its transaction. */
export function* inBatches(items: Iterable<ImportItem>): Generator<ImportBatch> {
  const iterator = items[Symbol.iterator]();
  let next = iterator.next();
  while (!next.done) {
    yield (target) => {
      for (let i = 0; i < BATCH && !next.done; i++) {
        target.item(next.value);
        next = iterator.next();
      }
    };
  }
}

/** How a source is reached, beyond its name. */
export interface Opening {
  /** For SQLite files. */
  readonly driver: Driver;
  /** Takes a line about the source. */
  readonly report: (line: string) => void;
}

/** A kind of sources. */
export interface SourceKind {
  /** What it is called: `a database of …`. */
  readonly name: string;
  /**
   * Opens a source.
   *
   * @returns Undefined if it is of another kind.
   * @throws {Error} If it is of this kind and cannot be read.
   */
  open(
    from: string,
    opening: Opening,
  ): ImportSource | undefined | Promise<ImportSource | undefined>;
}
