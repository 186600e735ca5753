/** What rows are pushed through. */

import type { Row } from "./expressions.ts";

/** A step of an aggregation at work. */
export interface Stage {
  /** Takes a row, which is free again when it returns. @returns Whether more are wanted. */
  push(row: Row): boolean;
  /** There are no more. */
  end(): void;
}
