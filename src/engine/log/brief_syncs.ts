/**
 * Milliseconds that a sync may take on the average to be waited for by the thread of the turns: another
 * one's is told of later than it ends, by a pass of the event loop, and meanwhile a turn of half as many
 * commands waits for the next. In so long nobody else is heard.
 */
const BRIEF_MS = 2;
/** How much of the average the last one is; one that is tried is more of it. */
const LAST_SHARE = 0.1, TRIED_SHARE = 0.5;
/**
 * Syncs by another thread after which one is tried here, for what that thread's took is not known, only
 * that it was less than so many milliseconds.
 */
const ASIDE_PER_TRY = 8, TRIED_MS = 3 * BRIEF_MS;

/** Whether syncs of the log are so brief that they are best done at once. */
export class BriefSyncs {
  #averageMs = BRIEF_MS;
  #aside = 0;

  /** Whether the next one is to be done at once. */
  get expected(): boolean {
    return this.#averageMs < BRIEF_MS || this.#aside >= ASIDE_PER_TRY;
  }

  /** One was done at once. @param ms How long it took. */
  took(ms: number): void {
    const share = this.#aside >= ASIDE_PER_TRY ? TRIED_SHARE : LAST_SHARE;
    this.#aside = 0;
    this.#averageMs += (ms - this.#averageMs) * share;
  }

  /** One was done by another thread. @param ms How long it took until this one knew. */
  tookAside(ms: number): void {
    if (ms < BRIEF_MS) this.#averageMs += (ms - this.#averageMs) * LAST_SHARE;
    this.#aside = ms < TRIED_MS ? this.#aside + 1 : 0;
  }
}
