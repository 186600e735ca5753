/** What takes long beside commands, for whoever watches latency. Nothing is measured while nobody does. */

/** What is timed. */
export type TimedEvent =
  | "commit"
  | "aof-fsync-always"
  | "checkpoint"
  | "expire-cycle"
  | "eviction-cycle"
  | "eviction-del";

/** Tells how long things took. */
export class Timings {
  /** Is told of each event and of the milliseconds it took; undefined while nobody watches. */
  observer: ((event: TimedEvent, ms: number) => void) | undefined;

  /** When something begins: what {@linkcode ended} takes. */
  begin(): number {
    return this.observer === undefined ? 0 : performance.now();
  }

  /** Something that began at `startedAt` has ended. */
  ended(event: TimedEvent, startedAt: number): void {
    if (startedAt !== 0) this.observer?.(event, performance.now() - startedAt);
  }

  /** Something has taken some milliseconds. */
  took(event: TimedEvent, ms: number): void {
    this.observer?.(event, ms);
  }
}
