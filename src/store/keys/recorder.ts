/** What whoever keeps the history of keys has to know of in time. */

import type { Slice } from "../values/slice.ts";

/**
 * Is told of keys by their spaces. A value has rows of its own if it is a collection or a long string;
 * those have an id. Slices are valid until the call returns.
 */
export interface KeyRecorder {
  /** A key is about to be looked up in the table. */
  finding(space: number, key: Slice): void;
  /** A key's row was read, or made, whose value has rows of its own. */
  loaded(space: number, key: Slice, id: number, type: number): void;
  /**
   * A key's row was deleted, whose value has rows of its own.
   *
   * @returns Whether they are to be left alone.
   */
  keeps(space: number, key: Slice, id: number, type: number): boolean;
  /** A stream leaves rows behind, which are deleted later on. */
  leaving(space: number, key: Slice, id: number): void;
  /** Rows that a stream has left behind are about to be deleted. */
  sweeping(id: number): void;
  /** A key, whose value has rows of its own, is about to get another name. */
  moving(space: number, key: Slice, id: number, toSpace: number, toKey: Slice): void;
  /**
   * A database is about to get a new space in place of its own.
   *
   * @returns Whether its keys are to be left alone.
   */
  flushing(db: number): boolean;
}
