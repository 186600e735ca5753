/**
 * What listpacks, ziplists, zipmaps and intsets have in common: entries in one string, each of which
 * tells its own size.
 */

import type { Members } from "./elements.ts";
import { badDataFormat } from "./format.ts";
import type { Slice } from "../values/slice.ts";
import type { Piece } from "./piece.ts";

/** A walk over the entries of a packed collection. */
export abstract class Packed implements Members {
  /** Where the entry given last begins. */
  position = 0;
  /** The array the collection is in. */
  protected readonly bytes: Uint8Array;
  /** Index of the first byte. */
  protected readonly start: number;
  /** Index past the last byte. */
  protected readonly end: number;
  /** Index of the next entry. */
  protected at: number;

  /**
   * A walk from the first byte on.
   *
   * @param blob The collection; its bytes must stay as they are during the walk.
   */
  constructor(blob: Slice) {
    this.bytes = blob.bytes;
    this.start = this.at = blob.start;
    this.end = blob.end;
  }

  /** Reads the next entry; see `Elements`. */
  abstract next(into: Piece): boolean;

  /** Reads an entry again; see `Members`. */
  abstract read(position: number, into: Piece): void;

  /** Reads the next entry, which must be there. */
  part(into: Piece): void {
    if (!this.next(into)) throw badDataFormat();
  }
}
