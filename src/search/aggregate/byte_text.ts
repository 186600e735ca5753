/** Texts with one character for each byte, in which aggregations compute, from and to others. */

import { latin1 } from "../../store/values/slice.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
// deno-lint-ignore no-control-regex
const BEYOND_ASCII = /[^\x00-\x7f]/;

/** Bytes as a text of as many characters. */
export function byteText(bytes: Uint8Array): string {
  return latin1(bytes, 0, bytes.length);
}

/** A text as one with a character for each of its bytes. */
export function byteTextOf(text: string): string {
  return BEYOND_ASCII.test(text) ? byteText(encoder.encode(text)) : text;
}

/** What the bytes of a text say. */
export function plainText(text: string): string {
  return BEYOND_ASCII.test(text) ? decoder.decode(bytesOf(text)) : text;
}

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
