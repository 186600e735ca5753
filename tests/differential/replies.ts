/** Replies brought into a form in which those that mean the same are the same. */

import { format, latin1, type Reply } from "../harness/resp_client.ts";

/** An array or set in the order of its items' canonical text; other replies as they are. */
export function sorted(reply: Reply): Reply {
  if (reply.type !== "array" && reply.type !== "set") return reply;
  return { ...reply, items: sortedBy(reply.items, format) };
}

/** A map, or an array of names and values in turn, in the order of its names; other replies as they are. */
export function sortedPairs(reply: Reply): Reply {
  if (reply.type === "map") return { ...reply, entries: sortedBy(reply.entries, nameOf) };
  if (reply.type !== "array" || reply.items.length % 2 !== 0) return reply;
  return { ...reply, items: sortedBy(pairs(reply.items), nameOf).flat() };
}

/** Names and values in turn, as pairs. */
export function pairs(items: Reply[]): [Reply, Reply][] {
  const all: [Reply, Reply][] = [];
  for (let i = 0; i + 1 < items.length; i += 2) all.push([items[i]!, items[i + 1]!]);
  return all;
}

function nameOf([name]: [Reply, Reply]): string {
  return format(name);
}

function sortedBy<T>(items: T[], text: (item: T) => string): T[] {
  const texts = items.map((item) => ({ item, text: text(item) }));
  texts.sort((a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
  return texts.map(({ item }) => item);
}

/**
 * Whether two replies differ in nothing but how the same double-precision numbers are printed.
 *
 * @param mayDiffer Whether two texts of the same number may differ.
 */
export function sameButForDoubles(
  a: Reply,
  b: Reply,
  mayDiffer: (a: string, b: string) => boolean = () => true,
): boolean {
  const sameItems = (a: Reply[], b: Reply[]) =>
    a.length === b.length && a.every((item, i) => sameButForDoubles(item, b[i]!, mayDiffer));
  if ((a.type === "array" || a.type === "set") && b.type === a.type) {
    return sameItems(a.items, b.items);
  }
  if (a.type === "map" && b.type === "map") return sameItems(a.entries.flat(), b.entries.flat());
  if (format(a) === format(b)) return true;
  const [x, y] = [double(a), double(b)];
  return a.type === b.type && x !== undefined && y !== undefined &&
    Object.is(Number(x), Number(y)) && mayDiffer(x, y);
}

/** The finite number a bulk string or double spells in decimal. */
function double(reply: Reply): string | undefined {
  if (reply.type !== "bulk" && reply.type !== "double") return undefined;
  const text = reply.type === "bulk" ? latin1(reply.value) : reply.value;
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? text : undefined;
}

/**
 * Whether two texts of a number have about as many digits as it can take to tell it from its neighbours. Redis 8 prints
 * doubles by an algorithm that one time in a thousand misses the shortest text, or the nearest of the shortest.
 */
export function differInLastDigits(a: string, b: string): boolean {
  const digits = (text: string) =>
    text.replace(/e.*/, "").replace(".", "").replace(/^-?0*/, "").replace(/0+$/, "").length;
  return Math.min(digits(a), digits(b)) >= 15;
}
