/**
 * AUTOVACUUM: gives free pages back to the file system in the background, so that a file gets
 * shorter after much was deleted.
 *
 * Free pages are used again by later writes, which costs less than giving them back and taking them
 * anew: so nothing happens until an eighth of the file is free, and a part stays free. Whether it is
 * on stands in the file, for all processes that have it open; the first to find pages to give back
 * does so, and the others find none.
 *
 * @module
 */

import type { Timer } from "../../engine/clock.ts";
import type { Engine } from "../../engine/engine.ts";
import { WriteLocked } from "../../engine/turn_errors.ts";
import { type FreePages, PAGES_PER_SLICE } from "./free_pages.ts";
import type { Settings } from "./settings.ts";

/** The share of free pages from which on some are given back. */
const FREE_SHARE = 1 / 8;
/** The share that stays free. */
const KEPT_SHARE = 1 / 32;
/** Free pages that are never worth the work: 256 KB. */
const FEW_PAGES = 128;
/** Milliseconds between two slices. */
const BETWEEN_SLICES_MS = 1;
/** The shortest interval, and how soon another process's change of the settings is seen, in milliseconds. */
export const LEAST_INTERVAL_MS = 1000;
/** Milliseconds between two looks unless told otherwise. */
const USUAL_INTERVAL_MS = 60_000;

const ENABLED = "autovacuum";
const INTERVAL = "autovacuum-interval";

/** What AutoVacuum works with. */
export interface AutoVacuumParts {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly freePages: FreePages;
  /** Whether other work is under way that is better waited for: it frees pages, or holds the lock. */
  readonly mustWait: () => boolean;
  /** Runs a slice as a turn of its own. */
  readonly runTurn: (slice: () => void) => void;
}

/** Gives free pages of one file back, from time to time. */
export class AutoVacuum {
  /** Pages given back so far by this process. */
  releasedPages = 0;
  /** When it last gave pages back, Unix time in milliseconds; 0 for never. */
  lastRunAtMs = 0;
  readonly #parts: AutoVacuumParts;
  #enabled = true;
  #intervalMs = USUAL_INTERVAL_MS;
  #loaded = false;
  #started = false;
  #working = false;
  #dueAtMs = 0;
  #timer: Timer | undefined;
  #timerAtMs = Infinity;

  /** Takes the parts of one store. */
  constructor(parts: AutoVacuumParts) {
    this.#parts = parts;
    parts.engine.addListener({ forget: () => this.#forget(), beforeCommit: () => {} });
  }

  /** Whether it is on. */
  get enabled(): boolean {
    this.#load();
    return this.#enabled;
  }

  /** Milliseconds between two looks. */
  get intervalMs(): number {
    this.#load();
    return this.#intervalMs;
  }

  /** Changes what is given and keeps it in the file, in the turn that runs. */
  configure(
    { enabled, intervalMs }: { enabled?: boolean | undefined; intervalMs?: number | undefined },
  ): void {
    const { settings, engine } = this.#parts;
    engine.write();
    this.#load();
    if (enabled !== undefined) settings.setOwn(ENABLED, enabled ? "on" : "off");
    if (intervalMs !== undefined) settings.setOwn(INTERVAL, String(intervalMs));
    this.#enabled = enabled ?? this.#enabled;
    this.#intervalMs = intervalMs ?? this.#intervalMs;
    this.#dueAtMs = engine.nowMs + this.#intervalMs;
    if (this.#started) this.#wakeIn(LEAST_INTERVAL_MS);
  }

  /** Starts the background work. */
  start(): void {
    this.#started = true;
    this.#dueAtMs = 0;
    this.#wakeIn(LEAST_INTERVAL_MS);
  }

  /** Ends it. */
  stop(): void {
    this.#started = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Another process may have changed the settings, or a rollback taken ours back. */
  #forget(): void {
    if (!this.#loaded) return;
    this.#loaded = false;
    if (this.#started) this.#wakeIn(LEAST_INTERVAL_MS);
  }

  #load(): void {
    if (this.#loaded) return;
    const { settings, engine } = this.#parts;
    const enabled = settings.own(ENABLED);
    const interval = Number(settings.own(INTERVAL));
    this.#enabled = enabled !== "off";
    this.#intervalMs = interval >= LEAST_INTERVAL_MS ? interval : USUAL_INTERVAL_MS;
    this.#dueAtMs = Math.min(this.#dueAtMs, engine.clock.now() + this.#intervalMs);
    this.#loaded = true;
  }

  /** Looks again after so many milliseconds, or sooner if that was planned. */
  #wakeIn(ms: number): void {
    const { clock } = this.#parts.engine;
    const at = clock.now() + ms;
    if (this.#timer !== undefined && this.#timerAtMs <= at) return;
    this.#timer?.cancel();
    this.#timerAtMs = at;
    this.#timer = clock.after(ms, () => {
      this.#timer = undefined;
      this.#look();
    });
  }

  #look(): void {
    const { engine, mustWait, runTurn } = this.#parts;
    if (mustWait()) return this.#wakeIn(LEAST_INTERVAL_MS);
    let more = false;
    try {
      runTurn(() => {
        engine.begin();
        if (this.enabled && engine.nowMs >= this.#dueAtMs) more = this.#slice();
      });
    } catch (error) {
      engine.rollback();
      // Another process, or a checkpoint. Whatever else it is, the next look tries again.
      if (error instanceof WriteLocked) return this.#wakeIn(LEAST_INTERVAL_MS);
    }
    if (more) return this.#wakeIn(BETWEEN_SLICES_MS);
    this.#working = false;
    const now = engine.clock.now();
    if (now >= this.#dueAtMs) this.#dueAtMs = now + this.#intervalMs;
    if (this.#enabled) this.#wakeIn(Math.max(1, this.#dueAtMs - now));
  }

  /** Gives a few pages back. @returns Whether there are more. */
  #slice(): boolean {
    const { engine, freePages } = this.#parts;
    const { total, free } = freePages.count();
    const share = this.#working ? KEPT_SHARE : FREE_SHARE;
    if (free < FEW_PAGES || free <= total * share || freePages.mode !== "incremental") return false;
    const released = freePages.release(Math.min(PAGES_PER_SLICE, free));
    this.#working = released > 0;
    this.releasedPages += released;
    this.lastRunAtMs = engine.nowMs;
    return this.#working;
  }
}
