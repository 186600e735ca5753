/** Timers. */

import { DENO } from "./runtime.ts";

/** What `setTimeout` returns: a number in Deno, an object elsewhere. */
type TimerId = ReturnType<typeof setTimeout>;

/** Lets the process end before a timer has fired. */
export const unrefTimer: (id: TimerId) => void = DENO?.unrefTimer ??
  ((id: TimerId) => (id as unknown as { unref(): void }).unref());
