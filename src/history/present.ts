/** What the parts of a history know of the whole. */

import type { Slice } from "../store/values/slice.ts";
import type { HistorySettings, Rule } from "./settings.ts";
import type { Spaces } from "./spaces.ts";

/** A history as its parts see it. */
export interface Present {
  /** What the file says of history. */
  readonly settings: HistorySettings;
  /** Which spaces databases had. */
  readonly spaces: Spaces;
  /** Nothing from before this moment is told, Unix time in milliseconds. */
  readonly prunedBeforeMs: number;
  /** The time that a change made now would have, Unix time in milliseconds. */
  readonly nowMs: number;
  /** What holds for a key now, or for a database. */
  rule(db: number, key?: Slice): Rule;
  /** From when on the past of a key in a space is known, if not from the beginning. */
  floorOf(db: number, space: number, key: Slice): number;
  /** Takes over settings that this turn has changed. */
  changedSettings(): void;
}
