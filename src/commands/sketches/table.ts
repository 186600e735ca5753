/** All commands on filters and sketches. */

import type { Command } from "../table/command.ts";
import { bloom } from "./bloom.ts";
import { countMin } from "./count_min.ts";
import { cuckoo } from "./cuckoo.ts";
import { tDigest } from "./t_digest.ts";
import { topK } from "./top_k.ts";

/** Bloom and cuckoo filters, count-min sketches, top-k lists and t-digests. */
export const sketches: readonly Command[] = [...bloom, ...cuckoo, ...countMin, ...topK, ...tDigest];
