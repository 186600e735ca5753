/**
 * What is measured of commands and of the process, as far as SLOWLOG, LATENCY, HOTKEYS and INFO ask
 * for it.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Command } from "./command.ts";
import type { Client } from "./client.ts";

/** A command that took long. */
export interface SlowLogEntry {
  /** Counts up from 0 and is never used again. */
  readonly id: number;
  /** When it ended, Unix time in seconds. */
  readonly unixSeconds: number;
  /** How long its handler took. */
  readonly microseconds: number;
  /** Its arguments, shortened and without passwords. */
  readonly args: readonly Uint8Array[];
  /** How many arguments it had. */
  readonly argumentCount: number;
  /** The client's address. */
  readonly address: string;
  /** The client's name, empty if it had none. */
  readonly clientName: string;
}

/** The last commands that took long. */
export interface SlowLog {
  /** `slowlog-log-slower-than`: from how long on a command is noted; -1 for none. */
  thresholdMicroseconds: number;
  /** `slowlog-max-len`: how many entries are kept. */
  maxLength: number;
  /** Number of entries. */
  readonly length: number;
  /** Notes a command that took at least {@linkcode thresholdMicroseconds}, unless it is flagged `skip_slowlog`. */
  add(
    client: Pick<Client, "address" | "name">,
    command: Command,
    args: Arguments,
    microseconds: number,
    nowMs: number,
  ): void;
  /** The entries, the newest first. @param count How many at most. */
  newest(count: number): Iterable<SlowLogEntry>;
  /** Forgets all entries. */
  reset(): void;
}

/** What is watched for latency: one time series each. */
export type LatencyEvent =
  | "command"
  | "fast-command"
  | "commit"
  | "aof-fsync-always"
  | "checkpoint"
  | "expire-cycle"
  | "eviction-cycle"
  | "eviction-del";

/** The worst of what an event took within one second. */
export interface LatencySample {
  /** Unix time in seconds. */
  readonly unixSeconds: number;
  /** How long it took. */
  readonly ms: number;
}

/** The samples of one event. */
export interface LatencySeries {
  /** The event's name. */
  readonly event: LatencyEvent;
  /** The longest it took since the start or the last reset. */
  readonly worstMs: number;
  /** The last samples, the oldest first; at least one. */
  readonly samples: readonly LatencySample[];
}

/** Events that took long. */
export interface LatencyMonitor {
  /** `latency-monitor-threshold`: from how long on an event is noted; 0 for none. */
  thresholdMs: number;
  /** Notes an event, if it took long enough. */
  sample(event: LatencyEvent, ms: number): void;
  /** The events that have samples. */
  series(): Iterable<LatencySeries>;
  /** The samples of an event; undefined if there are none. */
  of(event: string): LatencySeries | undefined;
  /** Forgets the samples of an event. @returns Whether there were any. */
  forget(event: string): boolean;
}

/** How the calls of one command are distributed over their durations. */
export interface CommandHistogram {
  /** The command. */
  readonly command: Command;
  /** Number of calls. */
  readonly calls: number;
  /** The duration in microseconds that so many percent of the calls did not exceed. */
  percentile(percent: number): number;
  /** Durations in microseconds, each about twice the one before, and how many calls took no longer. */
  cumulative(): readonly (readonly [microseconds: number, calls: number])[];
}

/** The histograms of all commands. */
export interface CommandHistograms {
  /** `latency-tracking`: whether calls are counted. */
  enabled: boolean;
  /** Counts a call. @param weight For how many calls it stands. */
  record(command: Command, microseconds: number, weight: number): void;
  /** All histograms that have calls. */
  all(): Iterable<CommandHistogram>;
  /** The histogram of a command; undefined if it has no calls. */
  of(command: Command): CommandHistogram | undefined;
  /** Forgets all calls. */
  reset(): void;
}

/** How HOTKEYS START wants keys to be tracked. */
export interface HotKeysOptions {
  /** Whether by the time their commands take. */
  readonly cpu: boolean;
  /** Whether by the bytes their commands bring and send. */
  readonly net: boolean;
  /** How many keys are told. */
  readonly count: number;
  /** When it ends by itself; 0 for never. */
  readonly durationMs: number;
  /** One command in so many is looked at. */
  readonly sampleRatio: number;
}

/** A key and what its commands cost. */
export interface HotKey {
  /** The key. */
  readonly key: Uint8Array;
  /** Microseconds or bytes: no more than it really was. */
  readonly cost: number;
}

/** What HOTKEYS GET tells. */
export interface HotKeysReport {
  /** Whether it goes on. */
  readonly active: boolean;
  /** One command in so many was looked at. */
  readonly sampleRatio: number;
  /** Time of all commands with keys, looked at or not. */
  readonly microseconds: number;
  /** Bytes of all commands with keys, looked at or not. */
  readonly networkBytes: number;
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
  /** How long it went on. */
  readonly durationMs: number;
  /** By time, if that was wanted. */
  readonly cpu: {
    /** The process's time in its own code. */
    readonly userMs: number;
    /** The process's time in the kernel. */
    readonly systemMs: number;
    /** The keys that took most, in descending order. */
    readonly keys: readonly HotKey[];
  } | undefined;
  /** By bytes, if that was wanted. */
  readonly net: {
    /** Bytes of the commands that were looked at. */
    readonly totalBytes: number;
    /** The keys that moved most, in descending order. */
    readonly keys: readonly HotKey[];
  } | undefined;
}

/** The keys that are used most. */
export interface HotKeys {
  /** Whether commands are to be recorded. */
  readonly active: boolean;
  /** Starts over. */
  start(options: HotKeysOptions): void;
  /** Ends the tracking and keeps the result. @returns Whether it was active. */
  stop(): boolean;
  /** Forgets the result. */
  reset(): void;
  /** The result so far; undefined if there is none. */
  report(): HotKeysReport | undefined;
  /** Counts a command. @param networkBytes Bytes of the command and of its reply. */
  record(command: Command, args: Arguments, microseconds: number, networkBytes: number): void;
}
