/** What a file of commands contributes: random steps, and how the replies of its commands are compared. */

import type fc from "../harness/properties.ts";
import type { Reply } from "../harness/resp_client.ts";
import type { Step } from "./pieces.ts";

/**
 * How replies that are not the same to the byte can still count as the same. Commands are named in lower case, with
 * their subcommand where one is meant.
 */
export interface Rules {
  differences?: KnownDifference[];
  /** Commands whose reply lists its items in any order. */
  unordered?: string[];
  /** Commands whose reply lists pairs of a name and a value in any order, flat or as a map. */
  unorderedPairs?: string[];
  /** Commands of which one call may return any part of what a whole iteration, a step of its own, returns. */
  partial?: string[];
  /**
   * Commands whose reply holds double-precision numbers, which Redis 7.0 prints with 17 digits and Redis 8 as short
   * as they can be: against 7.0 bulk strings and doubles are the same if they are the same number.
   */
  doubles?: string[];
  /** Integers that may differ by so much because the servers got the command, or its expiry, at different moments. */
  tolerances?: Record<string, bigint>;
}

/** A group of commands. A new one is a file that exports its group, and a line in `groups.ts`. */
export interface CommandGroup extends Rules {
  steps: fc.Arbitrary<Step>;
  /** Redis before version 8 does not have these commands, or not all of what they do here. */
  since8?: true;
}

/**
 * A difference that is meant to be: Redlite follows Redis 8 where that changed what Redis 7.0 replies, and has no part
 * in what belongs to one server only.
 */
export interface KnownDifference {
  reason: string;
  /** The versions of Redis against which there is this difference; without it, all. */
  only?: "before 8" | "from 8 on";
  /**
   * Whether the two replies differ in this way and no other.
   *
   * @param words The command and its arguments in lower case, one character a byte
   */
  explains(words: string[], redis: Reply, ours: Reply): boolean;
}
