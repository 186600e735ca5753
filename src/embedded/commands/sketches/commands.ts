/** The typed methods on filters and sketches: five families. */

import type { Data } from "../../data.ts";
import { CommandGroup } from "../group.ts";
import { BloomFilters } from "./bloom.ts";
import { CountMinSketches } from "./count_min.ts";
import { CuckooFilters } from "./cuckoo.ts";
import { TDigests } from "./t_digest.ts";
import { TopKLists } from "./top_k.ts";

/**
 * The methods on filters and sketches.
 *
 * @example
 * ```ts
 * import { type SketchCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const isNew = ({ bf }: SketchCommands<string>, name: string) => bf.add("seen", name);
 * console.log(isNew(db, "ada"), isNew(db, "ada")); // true false
 * ```
 */
export abstract class SketchCommands<V extends Data> extends CommandGroup<V> {
  /** BF.*: Bloom filters. */
  get bf(): BloomFilters {
    return new BloomFilters(this.core);
  }

  /** CF.*: cuckoo filters. */
  get cf(): CuckooFilters {
    return new CuckooFilters(this.core);
  }

  /** CMS.*: count-min sketches. */
  get cms(): CountMinSketches {
    return new CountMinSketches(this.core);
  }

  /** TOPK.*: the items that were added most often. */
  get topk(): TopKLists {
    return new TopKLists(this.core);
  }

  /** TDIGEST.*: quantiles of many observations. */
  get tdigest(): TDigests {
    return new TDigests(this.core);
  }
}
