/** A store and a copy of it that gets nothing but its effects. */

import geo from "../../../ext/geo.ts";
import vec from "../../../ext/vec.ts";
import { AppliedEffects } from "../../../src/commands/table/applied_effects.ts";
import { commandsOfExtensions, commandTable } from "../../../src/commands/table/commands.ts";
import type { Table } from "../../../src/commands/table/table.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { type Decode, toBytes, toText } from "../../../src/embedded/data.ts";
import { RedliteError } from "../../../src/embedded/errors.ts";
import { type Clock, ManualClock, type Timer } from "../../../src/engine/clock.ts";
import type { TurnEffects } from "../../../src/engine/effects.ts";
import { Store } from "../../../src/store/store.ts";
import { DRIVERS } from "../../store/open.ts";
import type { Asked, Word } from "./generators.ts";

const AHEAD_MS = 30_000;

const decoder = new TextDecoder("latin1");

/** The table of all commands, those of the built-in extensions included. */
export const table = (): Table => commandTable(commandsOfExtensions([geo(), vec()]));

/** A clock that is ahead of another. */
export class ClockAhead implements Clock {
  /** By how much, in milliseconds. */
  byMs: number;
  readonly #clock: Clock;

  constructor(clock: Clock, byMs: number) {
    this.#clock = clock;
    this.byMs = byMs;
  }

  now(): number {
    return this.#clock.now() + this.byMs;
  }

  after(ms: number, callback: () => void): Timer {
    return this.#clock.after(ms, callback);
  }
}

/** A store with every extension, in memory unless told, whose time stands still. */
export class TestStore implements Asked, Disposable {
  readonly clock: Clock;
  readonly store: Store;
  readonly core: Core;

  constructor(
    clock: Clock,
    store: Store = new Store(DRIVERS[0]!, ":memory:", { clock, extensions: [geo(), vec()] }),
    core: Core = new Core(store, table()),
  ) {
    this.clock = clock;
    this.store = store;
    this.core = core;
    this.store.start();
  }

  get nowMs(): number {
    return this.clock.now();
  }

  /** The reply to a command. @throws {RedliteError} */
  run(words: readonly Word[], decode: Decode = toText): unknown {
    return this.core.run(words, decode);
  }

  /** The reply to a command; null if it is refused. That of a DUMP, or a SCANDUMP, is of bytes. */
  ask(...words: Word[]): unknown {
    const bytes = words.slice(0, 2).some((word) => /(^|\.SCAN)DUMP$/.test(String(word)));
    try {
      return this.run(words, bytes ? toBytes : toText);
    } catch (error) {
      if (error instanceof RedliteError) return null;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.core.closeNow();
  }
}

/** A store, its effects, and a copy that they are applied to, whose clock is another. */
export class Followed implements Disposable {
  readonly clock = new ManualClock();
  readonly original = new TestStore(this.clock);
  /** Its own time is half a minute later, so that it shows if anything goes by it. */
  readonly ahead = new ClockAhead(this.clock, AHEAD_MS);
  readonly copy = new TestStore(this.ahead);
  readonly applied: AppliedEffects;
  /** The effects that were told since they were last taken, as texts. */
  told: string[] = [];
  #untold: TurnEffects[] = [];

  constructor() {
    const { core, store } = this.copy;
    this.applied = new AppliedEffects({ store, client: core.client, host: core.host });
    this.original.store.engine.effects.listen((effects) => {
      this.#untold.push({ ...effects, bytes: effects.bytes.slice() });
    });
  }

  /** Loads what runs scripts, in both. */
  async ready(): Promise<void> {
    await this.original.core.prepareScripts();
    await this.copy.core.prepareScripts();
  }

  /** Lets the copy follow. @returns Whether there was anything to apply. */
  follow(): boolean {
    this.original.store.endTurn();
    this.copy.store.endTurn();
    const effects = this.#untold;
    this.#untold = [];
    for (const turn of effects) {
      this.told.push(`[db ${turn.db}] ${shown(turn.bytes)}`);
      this.applied.apply(turn);
    }
    return effects.length > 0;
  }

  /** Looks at both by the clock of the original. */
  look(compare: (original: TestStore, copy: TestStore) => void): void {
    this.ahead.byMs = 0;
    compare(this.original, this.copy);
    this.original.store.endTurn();
    this.copy.store.endTurn();
    this.ahead.byMs = AHEAD_MS;
  }

  [Symbol.dispose](): void {
    this.original[Symbol.dispose]();
    this.copy[Symbol.dispose]();
  }
}

/** Commands in RESP as a line. */
export function shown(bytes: Uint8Array): string {
  return decoder.decode(bytes).replace(/\*\d+\r\n/g, " | ").replace(/\$\d+\r\n/g, "")
    .replace(/\r\n/g, " ");
}
