/** What FT.INFO tells of documents that could not be indexed. */

import { latin1, type Slice } from "../../store/values/slice.ts";
import type { Contents } from "./contents.ts";

/** Failures of an index, or of one of its fields. */
export interface FailureCount {
  readonly count: number;
  /** Why the last one failed. */
  readonly message: string;
  /** The last one's key, a character for each byte. */
  readonly key: string;
}

const NONE: FailureCount = { count: 0, message: "N/A", key: "N/A" };

/** Counts failures, in the contents' row. */
export class Failures {
  readonly #contents: Contents;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  #all(): Record<string, FailureCount> {
    const { failures } = this.#contents.state;
    return failures === "" ? {} : JSON.parse(failures);
  }

  /** Those of the index as a whole. */
  get total(): FailureCount {
    return this.#all()["all"] ?? NONE;
  }

  /** Those of a field. */
  of(field: number): FailureCount {
    return this.#all()[field] ?? NONE;
  }

  /** Counts one. */
  add(message: string, key: Slice, field: number | undefined): void {
    const all = this.#all();
    const name = latin1(key.bytes, key.start, Math.min(key.end, key.start + 256));
    for (const scope of field === undefined ? ["all"] : ["all", String(field)]) {
      all[scope] = { count: (all[scope]?.count ?? 0) + 1, message, key: name };
    }
    this.#contents.setFailures(JSON.stringify(all));
  }
}
