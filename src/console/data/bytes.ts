/** Bytes, and how people see them. */

declare const isByteString: unique symbol;

/** Bytes as a string of as many characters: keys, which are compared and looked up. */
export type ByteString = string & { readonly [isByteString]: true };

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Characters that are made at once: calls take no more arguments. */
const PIECE = 8192;

/** The bytes of a text. */
export function encoded(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as a string of as many characters. */
export function byteString(bytes: Uint8Array): ByteString {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return text as ByteString;
}

/** The bytes of a text as a string of as many characters. */
export function byteStringOf(text: string): ByteString {
  return byteString(encoder.encode(text));
}

/** The bytes that a byte string is of. */
export function bytesOf(text: ByteString): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The text that bytes are; undefined if they are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text that bytes come nearest to. */
export function roughText(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}

/** What a reader would not see, or would see elsewhere: controls, and marks that turn directions. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return SHORT_ESCAPES[character] ??
    (code < 0x100 ? `\\x${hex(code)}` : `\\u${code.toString(16).padStart(4, "0")}`);
}

/** Two hexadecimal digits of a byte. */
export function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/**
 * Bytes as one line that shows everything in them: what is no text and what is not seen as escapes.
 *
 * @param most Characters that are shown; what is longer ends in an ellipsis.
 */
export function line(bytes: Uint8Array, most = 200): string {
  const isCut = bytes.length > 4 * most;
  const piece = isCut ? wholeCharacters(bytes.subarray(0, 4 * most)) : bytes;
  const text = textOf(piece);
  const shown = text === undefined
    ? Array.from(piece.subarray(0, most), byteShown).join("")
    : text.replace(UNSEEN, escaped);
  return isCut || shown.length > most ? `${shown.slice(0, most)}…` : shown;
}

const byteShown = (byte: number) =>
  byte < 0x20 || byte >= 0x7f ? `\\x${hex(byte)}` : String.fromCharCode(byte);

/** Bytes without the character at their end that is cut. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && end > bytes.length - 4 && (bytes[end - 1]! & 0xc0) === 0x80) end--;
  return end > 0 && bytes[end - 1]! >= 0xc0 ? bytes.subarray(0, end - 1) : bytes;
}

/** A byte string as a line. */
export function keyLine(key: ByteString, most?: number): string {
  return line(bytesOf(key), most);
}

/** Bytes that hexadecimal digits stand for, spaces aside; undefined if they stand for none. */
export function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, "");
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Bytes as hexadecimal digits, sixteen a line. */
export function toHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    lines.push(Array.from(bytes.subarray(at, at + 16), hex).join(" "));
  }
  return lines.join("\n");
}

/** Whether two runs of bytes are the same. */
export function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}
