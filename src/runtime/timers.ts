/** Timers. */

import { DENO } from "./runtime.ts";

/** What `setTimeout` returns: a number in Deno, an object elsewhere. */
type TimerId = ReturnType<typeof setTimeout>;

/** Lets the process end before a timer has fired. */
export const unrefTimer: (id: TimerId) => void = DENO?.unrefTimer ??
  ((id: TimerId | { unref(): void }) => {
    // A browser's is a number, and its page does not end by itself.
    if (typeof id === "object") id.unref();
  });

/** Stops this thread for some time, which a page's own may spend in no other way than by looking at the clock. */
export function blockFor(ms: number): void {
  if (typeof SharedArrayBuffer === "function" && !("document" in globalThis)) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return;
  }
  const end = performance.now() + ms;
  while (performance.now() < end);
}
