/**
 * Writes JSON as RedisJSON does (by the library serde_json): without white space unless asked for, doubles by
 * their shortest digits, never as an integer.
 *
 * @module
 */

import { isContainer, JsonArray, JsonDouble, JsonObject, type JsonValue } from "./values.ts";

/** White space between values. */
export interface Spacing {
  /** Before what stands on a line, once for each level. */
  readonly indent: string;
  /** Before each element, and before the closing bracket. */
  readonly newline: string;
  /** After a colon. */
  readonly space: string;
}

/** A double: digits with a point, or with an exponent where it is below 1e-5 or from 1e16 on. */
export function doubleText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const magnitude = Math.abs(value);
  if (magnitude < 1e16 && magnitude >= 1e-5 || value === 0) {
    return Number.isInteger(value) ? `${value}.0` : String(value);
  }
  return value.toExponential().replace("e+", "e");
}

// deno-lint-ignore no-control-regex
const NEEDS_ESCAPE = /["\\\u0000-\u001f]/;

/** A string with its quotes. */
export function quoted(text: string): string {
  return text.length < 64 && !NEEDS_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** A value that has no others in it. */
function scalarText(value: Exclude<JsonValue, JsonArray | JsonObject>): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") {
    return Number.isInteger(value) ? String(value) : doubleText(value);
  }
  if (value instanceof JsonDouble) return doubleText(value.value);
  return String(value);
}

/** A value's text. */
export function jsonText(value: JsonValue): string {
  if (!isContainer(value)) return scalarText(value);
  const { items } = value;
  let text = "";
  if (value instanceof JsonArray) {
    for (let i = 0; i < items.length; i++) text += (i === 0 ? "" : ",") + jsonText(items[i]!);
    return `[${text}]`;
  }
  const { keys } = value;
  for (let i = 0; i < items.length; i++) {
    text += `${i === 0 ? "" : ","}${quoted(keys[i]!)}:${jsonText(items[i]!)}`;
  }
  return `{${text}}`;
}

/** A value's text with white space in it. */
export function spacedText(value: JsonValue, spacing: Spacing, level = 0): string {
  if (!isContainer(value)) return scalarText(value);
  const [open, close] = value instanceof JsonArray ? "[]" : "{}";
  const { items } = value;
  if (items.length === 0) return `${open}${close}`;
  const { indent, newline, space } = spacing;
  const line = newline + indent.repeat(level + 1);
  const parts = items.map((item, i) => {
    const text = spacedText(item, spacing, level + 1);
    return value instanceof JsonObject
      ? `${line}${quoted(value.keys[i]!)}:${space}${text}`
      : line + text;
  });
  return `${open}${parts.join(",")}${newline}${indent.repeat(level)}${close}`;
}

/** How many bytes a text has as UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Two halves of a pair are four bytes together.
    if (code >= 0x80) bytes += code < 0x800 || code >= 0xd800 && code <= 0xdfff ? 1 : 2;
  }
  return bytes;
}
