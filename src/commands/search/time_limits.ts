/**
 * What becomes of a query whose time is up: what it found by then, or an error.
 *
 * @module
 */

import type { AggregateLimits } from "../../search/aggregate/aggregate.ts";
import { QueryTimeout } from "../../search/index/deadline.ts";
import type { SearchSettings } from "../../search/settings.ts";
import { CommandError } from "../../store/values/errors.ts";

/** Makes sure that an error is a query's time, and what was found by then is wished. @throws {unknown} */
export function assertPartial({ onTimeout }: SearchSettings, error: unknown): void {
  if (!(error instanceof QueryTimeout)) throw error;
  if (onTimeout === "fail") throw new CommandError(error.message);
}

/** The same for aggregations. */
export function limitsOf({ onTimeout }: SearchSettings): AggregateLimits {
  return {
    isTimeout: (error) => error instanceof QueryTimeout,
    keepsPartial: onTimeout === "return",
  };
}
