/** Runs command lines on a store in memory whose time stands still until a test moves it on. */

import { commandTable } from "../../src/commands/table/commands.ts";
import { Core } from "../../src/embedded/running/core.ts";
import { toText } from "../../src/embedded/data.ts";
import { RedliteError } from "../../src/embedded/errors.ts";
import { ManualClock } from "../../src/engine/clock.ts";
import { DRIVERS, memoryStore } from "../store/open.ts";

/** One store and its clock. */
export class OnClock implements Disposable {
  readonly clock = new ManualClock();
  readonly core = new Core(memoryStore(DRIVERS[0]!, this.clock), commandTable());
  #events: string[] = [];

  constructor() {
    this.core.store.engine.changes.subscribe((changes) => {
      for (const { event } of changes) this.#events.push(event);
    });
  }

  /** The store's time, Unix time in milliseconds. */
  get now(): number {
    return this.clock.now();
  }

  /**
   * The reply to a line, an error as its text.
   *
   * @param line Words separated by spaces; `''` is an empty word.
   */
  ask(line: string): unknown {
    this.#events = [];
    try {
      return this.core.run(line.split(" ").map((word) => word === "''" ? "" : word), toText);
    } catch (error) {
      if (error instanceof RedliteError) return `${error.code} ${error.message}`;
      throw error;
    }
  }

  /** The events that a line brings about. */
  told(line: string): string[] {
    this.ask(line);
    return this.#events;
  }

  /** Moves the time on. */
  advance(ms: number): void {
    this.core.store.endTurn();
    this.clock.advance(ms);
  }

  [Symbol.dispose](): void {
    this.core.closeNow();
  }
}
