import type { Clock } from "./clock.ts";
import type { TurnEffects } from "./effects.ts";
import { LOG_FILE_BYTES } from "./log_before.ts";

/** How long a transaction stays open at most. */
const MOST_AGE_MS = 1000;
/** How long a commit may keep everybody waiting; from it follows how much a transaction may hold. */
const COMMIT_MS = 4;
/** Commands that a transaction may hold: at first, at least, at most. */
const FIRST_COMMANDS = 1000, LEAST_COMMANDS = 500, MOST_COMMANDS = 50_000;
/** Bytes of effects that it may hold, and no more than half a file. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * The turns of the log that are not in the database: how much they are, and whether that is much. They
 * are in the open transaction; while that is committed in slices those that follow are in the next one.
 */
export class OpenTurns {
  /** Their commands. */
  commands = 0;
  /** Bytes of a file of the log. */
  fileBytes = LOG_FILE_BYTES;
  /** Commands that are committed at once within {@linkcode COMMIT_MS}. */
  most = FIRST_COMMANDS;
  readonly #clock: Clock;
  #bytes = 0;
  #openedAtMs = 0;
  /** Those that are being committed in slices: how much they are, and when they and that began. */
  #slicedCommands = 0;
  #slicedBytes = 0;
  #slicedAtMs = 0;
  #slicedOpenedAtMs = 0;

  /** Takes the clock that their age is told by. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a turn. */
  add(effects: TurnEffects): void {
    if (this.commands === 0) this.#openedAtMs = this.#clock.now();
    this.commands += effects.count;
    this.#bytes += effects.bytes.length;
  }

  /** Whether they are as many commands as should be committed at once. */
  get many(): boolean {
    return this.commands >= this.most;
  }

  /** Whether they are as many bytes as should wait. */
  get large(): boolean {
    return this.#bytes >= Math.min(MOST_BYTES, this.fileBytes / 2);
  }

  /** Whether they have waited as long as they should. */
  isOld(nowMs: number): boolean {
    return this.ageMs(nowMs) >= MOST_AGE_MS;
  }

  /** For how long they have waited, those that are being committed in slices aside. */
  ageMs(nowMs: number): number {
    return nowMs - this.#openedAtMs;
  }

  /** Those that there are are to be committed in slices. */
  setApart(): void {
    this.#slicedCommands = this.commands;
    this.#slicedBytes = this.#bytes;
    this.#slicedAtMs = this.#clock.now();
    this.#slicedOpenedAtMs = this.#openedAtMs;
  }

  /** For how long the oldest of those have waited that are being committed in slices. */
  slicedAgeMs(nowMs: number): number {
    return nowMs - this.#slicedOpenedAtMs;
  }

  /** Whether what is committed in slices has taken too long, or too much has come meanwhile. */
  get late(): boolean {
    return this.#bytes >= this.fileBytes ||
      this.#clock.now() - this.#slicedOpenedAtMs >= MOST_AGE_MS;
  }

  /** Those that were set apart are in the database. */
  committedInSlices(): void {
    this.commands -= this.#slicedCommands;
    this.#bytes -= this.#slicedBytes;
    this.#openedAtMs = this.#slicedAtMs;
  }

  /** All of them are: lets there be as many as a commit of {@linkcode COMMIT_MS} can take. @param ms How long it took. */
  committed(ms: number): void {
    if (this.commands > 0) {
      const fits = this.commands * COMMIT_MS / Math.max(ms, 0.05);
      const next = ms > COMMIT_MS || this.many ? Math.min(fits, 2 * this.most) : this.most;
      this.most = Math.min(Math.max(Math.floor(next), LEAST_COMMANDS), MOST_COMMANDS);
    }
    this.clear();
  }

  /** They are in the database, or in no transaction. */
  clear(): void {
    this.commands = this.#bytes = 0;
  }
}
