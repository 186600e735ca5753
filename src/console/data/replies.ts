/** What replies hold, checked: a reply of another shape is an error that says so. */

import { type ByteString, byteString, roughText } from "./bytes.ts";
import { type Reply, ServerError } from "./resp.ts";

function unexpected(expected: string, reply: Reply | undefined): Error {
  if (reply instanceof ServerError) return reply;
  return new TypeError(`the server replied with something else than ${expected}`);
}

/** A reply that is bytes. */
export function bytes(reply: Reply | undefined): Uint8Array {
  if (reply instanceof Uint8Array) return reply;
  throw unexpected("bytes", reply);
}

/** A reply that is bytes, as a byte string. */
export function key(reply: Reply | undefined): ByteString {
  return byteString(bytes(reply));
}

/** A reply that is a text or number, as a text. */
export function text(reply: Reply | undefined): string {
  if (typeof reply === "number" || typeof reply === "bigint") return String(reply);
  return roughText(bytes(reply));
}

/** A reply that is a number, be it told as a text. */
export function number(reply: Reply | undefined): number {
  if (typeof reply === "number") return reply;
  return Number(text(reply));
}

/** A reply that is an array. */
export function list(reply: Reply | undefined): readonly Reply[] {
  if (reply instanceof Array) return reply;
  throw unexpected("an array", reply);
}

/** A reply that is an array, in groups of as many. */
export function groups(reply: Reply | undefined, size: number): readonly (readonly Reply[])[] {
  const all = list(reply);
  return Array.from(
    { length: Math.floor(all.length / size) },
    (_, i) => all.slice(i * size, (i + 1) * size),
  );
}

/** A reply that is names and values by turns. */
export function fields(reply: Reply | undefined): ReadonlyMap<string, Reply> {
  return new Map(groups(reply, 2).map(([name, value]) => [text(name), value ?? null]));
}

/** A reply that is a page of a walk: where it goes on, and what was found. */
export function page(reply: Reply | undefined): { cursor: string; found: readonly Reply[] } {
  const [cursor, found] = list(reply);
  return { cursor: text(cursor), found: list(found) };
}

/** The lines `name:value` of INFO and its kin. */
export function infoFields(reply: Reply | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text(reply).split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) found.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return found;
}
