/** Replies that the commands of time series share. */

import type { Reply } from "../../resp/reply.ts";
import type { Label } from "../../store/time_series/labels.ts";
import type { Found } from "../../store/time_series/ranges.ts";

/** Numbers from here on are written with an exponent, but for those whose digits are all there. */
const EXPONENTIAL = 2 ** 52;

/** A value as RedisTimeSeries writes it to who speaks RESP2. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  }
  const size = Math.abs(value);
  if (size === 0) return 1 / value < 0 ? "-0" : "0";
  if (size >= 1 && size < EXPONENTIAL) return String(value);
  const text = value.toExponential();
  const [digits = "", power] = text.split("e+");
  if (power !== undefined && digits.replace(/\D/g, "").length === 1 + Number(power)) {
    return String(value);
  }
  return text.replace("e+", "E").replace("e", "E");
}

/** Replies with a value. */
export function replyValue(reply: Reply, value: number): void {
  if (reply.protocol === 3) reply.double(value);
  else reply.status(formatValue(value));
}

/** Replies with a time and a value, or nothing. */
export function replySample(
  reply: Reply,
  sample: readonly [time: number, value: number] | undefined,
): void {
  if (sample === undefined) return reply.array(0);
  reply.array(2);
  reply.integer(sample[0]);
  replyValue(reply, sample[1]);
}

/** Replies with what was found: each time with its values. */
export function replyFound(reply: Reply, { times, values, count, width }: Found): void {
  reply.array(count);
  for (let i = 0; i < count; i++) {
    reply.array(1 + width);
    reply.integer(times[i]!);
    for (let j = 0; j < width; j++) replyValue(reply, values[i * width + j]!);
  }
}

/** Replies with labels; a value that there is none of is null. */
export function replyLabels(
  reply: Reply,
  labels: readonly (readonly [name: Uint8Array, value: Uint8Array | undefined])[],
): void {
  if (reply.protocol === 3) reply.map(labels.length);
  else reply.array(labels.length);
  for (const [name, value] of labels) {
    if (reply.protocol !== 3) reply.array(2);
    reply.bulk(name);
    if (value === undefined) reply.null();
    else reply.bulk(value);
  }
}

/** Which labels are told of each series: none, all, or some. */
export type ToldLabels = "none" | "all" | readonly Uint8Array[];

/** The labels that are told out of those of a series. */
export function toldLabels(
  labels: readonly Label[],
  told: ToldLabels,
): readonly (readonly [name: Uint8Array, value: Uint8Array | undefined])[] {
  if (told === "all") return labels;
  if (told === "none") return [];
  return told.map((name) => [name, labels.find(([other]) => isSame(name, other))?.[1]] as const);
}

/** Whether two arrays have the same bytes. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
