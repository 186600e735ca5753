/** Argument pieces that the commands of time series share, and what they say of those they cannot take. */

import type { Arguments } from "../../resp/arguments.ts";
import { parseDouble } from "../../resp/double.ts";
import { TYPE } from "../../store/file/schema.ts";
import { POLICIES, POLICY } from "../../store/time_series/facts.ts";
import type { Label } from "../../store/time_series/labels.ts";
import type { Series, SeriesSettings } from "../../store/time_series/series.ts";
import type { SeriesDefaults } from "../../store/time_series/defaults.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import { asciiAt, int64At } from "../table/options.ts";
import type { Context } from "../table/command.ts";

/** A refusal in the words of RedisTimeSeries. */
export const refused = (message: string): CommandError => err(`TSDB: ${message}`);

/** The greatest time. */
export const LAST_TIME: number = Number.MAX_SAFE_INTEGER;

/** Makes sure that there are so many arguments, the name included. @throws {CommandError} */
export function assertArity(args: Arguments, least: number, most = Infinity): void {
  if (args.count < least || args.count > most) throw wrongArity(args);
}

/** The error for too few or too many arguments. */
export function wrongArity(args: Arguments): CommandError {
  return err(`wrong number of arguments for '${asciiAt(args, 0).toLowerCase()}' command`);
}

/** The index of a word from one on, in any case; -1 if it is not there. */
export function indexOf(args: Arguments, word: string, from: number): number {
  for (let i = from; i < args.count; i++) if (args.is(i, word)) return i;
  return -1;
}

/** The whole number at an index that is not negative, one beyond 2^53 moved there. */
export function wholeAt(args: Arguments, index: number): number | undefined {
  if (index >= args.count) return undefined;
  const value = int64At(args, index);
  if (value === undefined || value < 0) return undefined;
  return Math.min(LAST_TIME, Number(value));
}

/** The time of a sample at an index; now for `*`. @throws {CommandError} */
export function timeAt(args: Arguments, index: number, nowMs: number): number {
  const value = int64At(args, index);
  if (value === undefined) {
    if (args.is(index, "*")) return nowMs;
    throw refused("invalid timestamp");
  }
  if (value < 0) throw refused("invalid timestamp, must be a nonnegative integer");
  if (value > LAST_TIME) throw refused("invalid timestamp");
  return Number(value);
}

/** Longest text of {@linkcode isPlain}. */
const LONGEST_PLAIN = 24;

/** Whether bytes are a number as JSON has it, without an exponent, and not long. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > LONGEST_PLAIN) return false;
  let i = bytes[start] === 0x2d ? start + 1 : start;
  const first = i;
  while (i < end && isDigit(bytes[i]!)) i++;
  if (i === first || (bytes[first] === 0x30 && i > first + 1)) return false;
  if (i === end) return true;
  if (bytes[i] !== 0x2e || ++i === end) return false;
  while (i < end && isDigit(bytes[i]!)) i++;
  return i === end;
}

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** A number as JSON has it. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
/** What goes on as a number would, and is none. */
const CONTINUES = /^(?:[.eE]|\d)/;

/** The value at an index: a number at its beginning, or `nan`; undefined if it is none. */
export function valueAt(args: Arguments, index: number): number | undefined {
  const { bytes, start, end } = args.at(index);
  if (isPlain(bytes, start, end)) return parseDouble(bytes, start, end);
  const text = asciiAt(args, index);
  const found = NUMBER.exec(text)?.[0];
  if (found === undefined) return text.toLowerCase() === "nan" ? NaN : undefined;
  if (found.length < text.length && CONTINUES.test(text.slice(found.length))) return undefined;
  const value = Number(found);
  return Number.isFinite(value) ? value : undefined;
}

/** The double at an index, as C reads it; undefined if it is none. */
export function doubleAt(args: Arguments, index: number): number | undefined {
  if (index >= args.count) return undefined;
  const { bytes, start, end } = args.at(index);
  return parseDouble(bytes, start, end);
}

/** The policy of a name. @throws {CommandError} */
function policyAt(args: Arguments, index: number): number {
  if (index >= args.count) throw refused("Couldn't parse DUPLICATE_POLICY");
  const name = asciiAt(args, index).toLowerCase();
  const policy = POLICIES.findIndex((each) => each === name);
  if (policy <= POLICY.NONE) throw refused("Unknown DUPLICATE_POLICY");
  return policy;
}

/** ON_DUPLICATE; 0 without it. @throws {CommandError} */
export function onDuplicate(args: Arguments, from: number): number {
  const at = indexOf(args, "ON_DUPLICATE", from);
  return at === -1 ? POLICY.NONE : policyAt(args, at + 1);
}

/** What is said of a series, where anything is. */
export interface GivenSettings {
  /** All settings, those that nothing is said of by default. */
  readonly settings: SeriesSettings;
  /** Its labels. */
  readonly labels: readonly Label[];
  /** Which options were given. */
  readonly has: (
    option: "RETENTION" | "CHUNK_SIZE" | "DUPLICATE_POLICY" | "IGNORE" | "LABELS",
  ) => boolean;
}

/** The options of TS.CREATE and its kin. @throws {CommandError} */
export function settingsFrom(
  args: Arguments,
  from: number,
  defaults: SeriesDefaults,
): GivenSettings {
  const labels = labelsFrom(args, from);
  const settings: SeriesSettings = {
    retentionMs: defaults.retentionMs,
    chunkSize: defaults.chunkSize,
    compressed: true,
    policy: POLICY.NONE,
    ignoredMs: defaults.ignoredMs,
    ignoredValue: defaults.ignoredValue,
  };
  const retention = indexOf(args, "RETENTION", from);
  if (retention !== -1) settings.retentionMs = retentionAt(args, retention + 1);
  const size = indexOf(args, "CHUNK_SIZE", from);
  if (size !== -1) settings.chunkSize = chunkSizeAt(args, size + 1);
  settings.compressed = isCompressed(args, from);
  const policy = indexOf(args, "DUPLICATE_POLICY", from);
  if (policy !== -1) settings.policy = policyAt(args, policy + 1);
  const ignore = indexOf(args, "IGNORE", from);
  if (ignore !== -1) {
    const ms = ignore + 1 < args.count ? int64At(args, ignore + 1) : undefined;
    const value = doubleAt(args, ignore + 2);
    if (ms === undefined || value === undefined) throw refused("Couldn't parse IGNORE");
    if (ms < 0 || value < 0) throw refused("IGNORE arguments cannot be negative");
    settings.ignoredMs = Math.min(LAST_TIME, Number(ms));
    settings.ignoredValue = value;
  }
  return { settings, labels, has: (option) => indexOf(args, option, from) !== -1 };
}

function retentionAt(args: Arguments, index: number): number {
  const value = index < args.count ? int64At(args, index) : undefined;
  if (value === undefined) throw refused("Couldn't parse RETENTION");
  if (value < 0) throw new CommandError("TSDB: Couldn't parse RETENTION");
  return Math.min(LAST_TIME, Number(value));
}

/** The least and the greatest size of a chunk. */
export const CHUNK_SIZES = { LEAST: 48, GREATEST: 1048576 } as const;

function chunkSizeAt(args: Arguments, index: number): number {
  const value = index < args.count ? int64At(args, index) : undefined;
  if (value === undefined) throw refused("Couldn't parse CHUNK_SIZE");
  const size = Number(value);
  const { LEAST, GREATEST } = CHUNK_SIZES;
  if (size < LEAST || size > GREATEST || size % 8 !== 0) {
    throw refused(
      `CHUNK_SIZE value must be a multiple of 8 in the range [${LEAST} .. ${GREATEST}]`,
    );
  }
  return size;
}

function isCompressed(args: Arguments, from: number): boolean {
  const at = indexOf(args, "ENCODING", from);
  if (at === -1) return indexOf(args, "UNCOMPRESSED", from) === -1;
  if (at + 1 >= args.count) throw wrongArity(args);
  if (args.is(at + 1, "UNCOMPRESSED")) return false;
  if (args.is(at + 1, "COMPRESSED")) return true;
  throw refused("unknown ENCODING parameter");
}

/** The labels: all that follows LABELS, in pairs. */
function labelsFrom(args: Arguments, from: number): Label[] {
  const at = indexOf(args, "LABELS", from);
  const labels: Label[] = [];
  if (at === -1) return labels;
  for (let i = at + 1; i + 1 < args.count; i += 2) {
    const name = args.at(i), value = args.at(i + 1);
    if (name.length === 0 || value.length === 0 || /[(),]/.test(value.latin1())) {
      throw refused("Couldn't parse LABELS");
    }
    labels.push([name.copy(), value.copy()]);
  }
  return labels;
}

/** The series of a key to be read. @throws {CommandError} If there is none. */
export function seriesToRead({ args, store, client }: Context, index = 1): Series {
  store.engine.read();
  const type = store.keyspace.read(client.db, args.at(index));
  return seriesOf(store, type);
}

/** The series of a key to be changed. @throws {CommandError} If there is none. */
export function seriesToChange({ args, store, client }: Context, index = 1): Series {
  return seriesOf(store, store.keyspace.find(client.db, args.at(index), true));
}

function seriesOf({ keyspace, timeSeries }: Context["store"], type: number): Series {
  if (type === TYPE.NONE) throw refused("the key does not exist");
  const { collection } = keyspace.row;
  if (type !== TYPE.TIME_SERIES || collection === undefined) {
    throw err("WRONGTYPE Operation against a key holding the wrong kind of value");
  }
  return timeSeries.of(collection);
}
