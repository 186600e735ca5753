import type { Clock } from "../engine/clock.ts";

/** Milliseconds for which a cause is not reported again. */
const QUIET_MS = 60_000;

/**
 * Reports what may come again with each command, a full disk for one: once a minute for each cause,
 * with how often it came meanwhile.
 */
export class ReportLimit {
  readonly #clock: Clock;
  readonly #report: (message: string) => void;
  readonly #causes = new Map<string, { readonly reportedAtMs: number; unreported: number }>();

  /** @param report Takes one line. */
  constructor(clock: Clock, report: (message: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * Something happened that an operator should know.
   *
   * @param cause What tells it from others: of these there are few.
   */
  report(cause: string, message: string): void {
    const now = this.#clock.now();
    const last = this.#causes.get(cause);
    if (last !== undefined && now - last.reportedAtMs < QUIET_MS && now >= last.reportedAtMs) {
      last.unreported++;
      return;
    }
    this.#causes.set(cause, { reportedAtMs: now, unreported: 0 });
    const more = last?.unreported ?? 0;
    this.#report(more === 0 ? message : `${message} (and ${more} times more since the last line)`);
  }
}
