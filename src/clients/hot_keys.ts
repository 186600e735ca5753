/**
 * The keys whose commands take the most time or move the most bytes, for HOTKEYS. What a command
 * costs is divided among its keys.
 *
 * @module
 */

import process from "node:process";
import type { Command } from "../commands/table/command.ts";
import { keysOf } from "../commands/table/keys.ts";
import type {
  HotKeys as HotKeysInterface,
  HotKeysOptions,
  HotKeysReport,
} from "../commands/table/measurement.ts";
import { type Clock, systemClock, type Timer } from "../engine/clock.ts";
import type { Arguments } from "../resp/arguments.ts";
import { SpaceSaving } from "./space_saving.ts";

/** Keys counted for each one that is told: so many that a hot key is not pushed out by cold ones. */
const COUNTED_FOR_EACH = 16;
/** Longer keys are left out: each key that is counted is held in memory. */
const MAX_KEY_BYTES = 16 * 1024;

/** One tracking: from HOTKEYS START to RESET, or to the next START. */
class Tracking {
  readonly options: HotKeysOptions;
  readonly startedAtMs: number;
  readonly cpu: SpaceSaving | undefined;
  readonly net: SpaceSaving | undefined;
  microseconds = 0;
  networkBytes = 0;
  sampledBytes = 0;
  readonly #cpuBefore = process.cpuUsage();
  /** What it took, once it has ended. */
  #ended: { readonly durationMs: number; readonly cpu: NodeJS.CpuUsage } | undefined;

  constructor(options: HotKeysOptions, nowMs: number) {
    this.options = options;
    this.startedAtMs = nowMs;
    const capacity = COUNTED_FOR_EACH * options.count;
    if (options.cpu) this.cpu = new SpaceSaving(capacity);
    if (options.net) this.net = new SpaceSaving(capacity);
  }

  get active(): boolean {
    return this.#ended === undefined;
  }

  end(nowMs: number): void {
    this.#ended = this.#taken(nowMs);
  }

  #taken(nowMs: number): { durationMs: number; cpu: NodeJS.CpuUsage } {
    return {
      durationMs: Math.max(0, nowMs - this.startedAtMs),
      cpu: process.cpuUsage(this.#cpuBefore),
    };
  }

  report(nowMs: number): HotKeysReport {
    const { durationMs, cpu } = this.#ended ?? this.#taken(nowMs);
    const { count, sampleRatio } = this.options;
    return {
      active: this.active,
      sampleRatio,
      microseconds: this.microseconds,
      networkBytes: this.networkBytes,
      startedAtMs: this.startedAtMs,
      durationMs,
      cpu: this.cpu && {
        userMs: cpu.user / 1000,
        systemMs: cpu.system / 1000,
        keys: this.cpu.heaviest(count),
      },
      net: this.net && { totalBytes: this.sampledBytes, keys: this.net.heaviest(count) },
    };
  }
}

/** What HOTKEYS tracks, at most one tracking at a time. */
export class HotKeys implements HotKeysInterface {
  readonly #clock: Clock;
  readonly #random: () => number;
  #tracking: Tracking | undefined;
  #timer: Timer | undefined;

  /**
   * Tracks nothing yet.
   *
   * @param random Gives numbers from 0 to below 1, to choose the commands of a sample.
   */
  constructor(clock: Clock = systemClock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  get active(): boolean {
    return this.#tracking?.active ?? false;
  }

  start(options: HotKeysOptions): void {
    this.reset();
    this.#tracking = new Tracking(options, this.#clock.now());
    if (options.durationMs > 0) {
      this.#timer = this.#clock.after(options.durationMs, () => this.stop());
    }
  }

  stop(): boolean {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#tracking?.active) return false;
    this.#tracking.end(this.#clock.now());
    return true;
  }

  reset(): void {
    this.stop();
    this.#tracking = undefined;
  }

  report(): HotKeysReport | undefined {
    return this.#tracking?.report(this.#clock.now());
  }

  record(command: Command, args: Arguments, microseconds: number, networkBytes: number): void {
    const tracking = this.#tracking;
    if (!tracking?.active) return;
    const keys = keysOf(command, args);
    if (keys.length === 0) return;
    tracking.microseconds += microseconds;
    tracking.networkBytes += networkBytes;
    const { sampleRatio } = tracking.options;
    if (sampleRatio > 1 && this.#random() * sampleRatio >= 1) return;
    tracking.sampledBytes += networkBytes;
    for (const { index } of keys) {
      const key = args.at(index);
      if (key.length > MAX_KEY_BYTES) continue;
      tracking.cpu?.add(key, microseconds / keys.length);
      tracking.net?.add(key, Math.floor(networkBytes / keys.length));
    }
  }
}
