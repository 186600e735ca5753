/**
 * What data can be imported from: a source gives keys one after the other, each as the commands that
 * make it. Whatever can be told in commands can be a source, a file or a server.
 *
 * @module
 */

import type { Argument } from "../../embedded/data.ts";
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

/** An opened source. */
export interface ImportSource extends Disposable {
  /** How many items there are, as far as that is known. */
  readonly total: number;
  /** The items, each once. */
  items(): Iterable<ImportItem> | AsyncIterable<ImportItem>;
  /** What is left behind that is no item, in lines. */
  readonly leftBehind: readonly string[];
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
  open(from: string, driver: Driver): ImportSource | undefined;
}
