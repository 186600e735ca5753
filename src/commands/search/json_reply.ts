/**
 * Values of JSON in replies, as what they are: FORMAT EXPAND.
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";

/** Writes what a text of JSON says; one that is none says itself. */
export function writeJsonText(reply: Reply, text: string): void {
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // A sort value, which is a text by itself.
  }
  writeJson(reply, value);
}

/** Writes a number as an integer where it is one. */
export function writeNumber(reply: Reply, value: number): void {
  if (Number.isSafeInteger(value)) reply.integer(value);
  else reply.double(value);
}

function writeJson(reply: Reply, value: unknown): void {
  if (typeof value === "number") writeNumber(reply, value);
  else if (typeof value === "boolean") reply.integer(value ? 1 : 0);
  else if (typeof value === "string") reply.text(value);
  else if (Array.isArray(value)) {
    reply.array(value.length);
    for (const element of value) writeJson(reply, element);
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    reply.map(entries.length);
    for (const [name, member] of entries) {
      reply.text(name);
      writeJson(reply, member);
    }
  } else reply.null();
}
