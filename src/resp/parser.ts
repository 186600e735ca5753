/**
 * Parses what a client sends: RESP arrays of bulk strings, and inline commands. Incremental: it
 * goes on where it stopped when more bytes arrive, so a command is looked at once however many
 * pieces it comes in; and zero-copy: the arguments stay where the socket's bytes are.
 *
 * Protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 * @module
 */

import { parseInt64 } from "../store/values/integers.ts";
import { Slice } from "../store/values/slice.ts";
import type { Arguments } from "./arguments.ts";

/** What a client sent is not RESP. The connection is closed after the message is sent. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** Limits on what a client may announce. */
export interface ParserLimits {
  /** Longest bulk string, in bytes (`proto-max-bulk-len`): 999 at least. */
  maxBulkLength: number;
  /** Whether the client has authenticated; before that it may announce little. */
  authenticated: boolean;
}

/** Most arguments of a command: the largest C `int`. */
const MAX_ARGUMENTS = 2 ** 31 - 1;
/** Longest inline command, and longest line of a length, in bytes. */
const MAX_INLINE = 64 * 1024;
/** Most arguments and longest argument of a client that has not authenticated. */
const MAX_UNAUTHENTICATED_ARGUMENTS = 10;
const MAX_UNAUTHENTICATED_BULK = 16384;

const CR = 0x0d, LF = 0x0a;

/** Parses the stream of one client. */
export class Parser {
  /** Where the next byte to look at is. Everything before it is parsed. */
  position = 0;
  /** Where the command being parsed begins: bytes before it are done with. */
  commandStart = 0;
  /** Bytes that the argument being read still wants, as far as is known: a hint for buffers. */
  wanted = 0;
  readonly #args: Arguments;
  readonly #limits: ParserLimits;
  /** Arguments the command has; -1 between commands. */
  #expected = -1;
  #parsed = 0;
  /** Length of the bulk string whose bytes come next; -1 if its header does. */
  #bulkLength = -1;

  /** Whether it is between two commands. */
  get idle(): boolean {
    return this.#expected < 0;
  }

  /** @param args What each command's arguments are put into. */
  constructor(args: Arguments, limits: ParserLimits) {
    this.#args = args;
    this.#limits = limits;
  }

  /** Follows the unparsed bytes to another array, or to another place in theirs. */
  moved(bytes: Uint8Array, by: number): void {
    this.position += by;
    this.commandStart += by;
    this.#args.moved(bytes, Math.max(0, this.#parsed), by);
  }

  /**
   * Parses the next command out of `bytes[position, end)`.
   *
   * @returns Whether the arguments hold a complete command. A command without arguments (an empty
   * line, an empty array) is passed over.
   * @throws {ProtocolError}
   */
  next(bytes: Uint8Array, end: number): boolean {
    for (;;) {
      if (this.#expected < 0) {
        this.commandStart = this.position;
        if (this.position >= end) return false;
        if (bytes[this.position] !== 0x2a) {
          const complete = this.#inline(bytes, end);
          if (!complete) return false;
          if (this.#args.count > 0) return true;
          continue;
        }
        if (!this.#header(bytes, end)) return false;
        if (this.#expected <= 0) {
          this.#expected = -1;
          continue;
        }
      }
      if (!this.#bulks(bytes, end)) return false;
      this.#args.count = this.#expected;
      this.#expected = -1;
      this.#parsed = 0;
      return true;
    }
  }

  /** `*<count>\r\n` */
  #header(bytes: Uint8Array, end: number): boolean {
    const few = shortNumber(bytes, this.position, end);
    if (few >= 0 && few <= MAX_UNAUTHENTICATED_ARGUMENTS) {
      this.position += sizeOfLine(few);
      this.#expected = few;
      this.#parsed = 0;
      this.#bulkLength = -1;
      return true;
    }
    const line = findLine(bytes, this.position, end);
    if (line < 0) {
      if (end - this.position > MAX_INLINE) throw new ProtocolError("too big mbulk count string");
      return false;
    }
    const count = parseInt64(bytes, this.position + 1, line);
    if (count === undefined || count > MAX_ARGUMENTS) {
      throw new ProtocolError("invalid multibulk length");
    }
    if (count > MAX_UNAUTHENTICATED_ARGUMENTS && !this.#limits.authenticated) {
      throw new ProtocolError("unauthenticated multibulk length");
    }
    this.position = line + 2;
    this.#expected = Number(count);
    this.#parsed = 0;
    this.#bulkLength = -1;
    return true;
  }

  /** `$<length>\r\n<bytes>\r\n`, as many as the command has. */
  #bulks(bytes: Uint8Array, end: number): boolean {
    const args = this.#args;
    let position = this.position;
    while (this.#parsed < this.#expected) {
      if (this.#bulkLength < 0) {
        const short = bytes[position] === 0x24 ? shortNumber(bytes, position, end) : -1;
        if (short >= 0) {
          this.#bulkLength = short;
          position += sizeOfLine(short);
        } else {
          this.position = position;
          if (!this.#bulkHeader(bytes, end)) return false;
          position = this.position;
        }
      }
      const bulkEnd = position + this.#bulkLength;
      if (bulkEnd + 2 > end) {
        this.position = position;
        this.wanted = bulkEnd + 2 - end;
        return false;
      }
      const slice = args.slot(this.#parsed++);
      slice.bytes = bytes;
      slice.start = position;
      slice.end = bulkEnd;
      position = bulkEnd + 2;
      this.#bulkLength = -1;
    }
    this.position = position;
    this.wanted = 0;
    return true;
  }

  #bulkHeader(bytes: Uint8Array, end: number): boolean {
    const line = findLine(bytes, this.position, end);
    if (line < 0) {
      if (end - this.position > MAX_INLINE) throw new ProtocolError("too big bulk count string");
      return false;
    }
    const type = bytes[this.position]!;
    if (type !== 0x24) {
      throw new ProtocolError(`expected '$', got '${String.fromCharCode(type)}'`);
    }
    const length = parseInt64(bytes, this.position + 1, line);
    if (length === undefined || length < 0 || length > this.#limits.maxBulkLength) {
      throw new ProtocolError("invalid bulk length");
    }
    if (length > MAX_UNAUTHENTICATED_BULK && !this.#limits.authenticated) {
      throw new ProtocolError("unauthenticated bulk length");
    }
    this.position = line + 2;
    this.#bulkLength = Number(length);
    return true;
  }

  #inline(bytes: Uint8Array, end: number): boolean {
    const newline = bytes.subarray(this.position, end).indexOf(LF);
    if (newline < 0) {
      if (end - this.position > MAX_INLINE) throw new ProtocolError("too big inline request");
      return false;
    }
    const start = this.position;
    let lineEnd = start + newline;
    this.position = lineEnd + 1;
    if (lineEnd > start && bytes[lineEnd - 1] === CR) lineEnd--;
    const words = splitInline(bytes, start, lineEnd);
    if (words === undefined) throw new ProtocolError("unbalanced quotes in request");
    this.#args.count = words.length;
    for (let i = 0; i < words.length; i++) {
      this.#args.slot(i).set(words[i]!.bytes, words[i]!.start, words[i]!.end);
    }
    return true;
  }
}

/**
 * The number of a line that begins at `at` with a mark: one of up to three digits, which nearly all have, is
 * read without a search for the line's end. No limit of a length is below it.
 *
 * @returns -1 if it is another one, or not there yet.
 */
function shortNumber(bytes: Uint8Array, at: number, end: number): number {
  // What follows the line has three bytes at least, but for an empty array.
  if (at + 6 > end) return -1;
  const first = bytes[at + 1]! - 0x30;
  if (first < 0 || first > 9) return -1;
  const second = bytes[at + 2]!;
  if (second === CR) return first;
  const third = bytes[at + 3]!;
  if (first === 0 || second < 0x30 || second > 0x39) return -1;
  const two = first * 10 + second - 0x30;
  if (third === CR) return two;
  if (third < 0x30 || third > 0x39 || bytes[at + 4] !== CR) return -1;
  return two * 10 + third - 0x30;
}

/** Bytes of a line with a number of up to three digits. */
function sizeOfLine(number: number): number {
  return number < 10 ? 4 : number < 100 ? 5 : 6;
}

/** Index of the CR that ends the line, -1 if it is not there yet. The LF after it is not looked at. */
function findLine(bytes: Uint8Array, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    if (bytes[i] === CR) return i + 1 < end ? i : -1;
  }
  return -1;
}

const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
/** Whether a byte ends a word outside quotes: vertical tabs and form feeds only stand between words. */
const endsWord = (byte: number) => isSpace(byte) && byte !== 0x0b && byte !== 0x0c;

/**
 * Cuts an inline command into words: quotes and escapes as in redis-cli's own command line.
 *
 * @returns Undefined if a quote is not closed, or is followed by anything but a space.
 */
export function splitInline(bytes: Uint8Array, start: number, end: number): Slice[] | undefined {
  const words: Slice[] = [];
  // A line ends at a NUL, as in C.
  const nul = bytes.subarray(start, end).indexOf(0);
  if (nul >= 0) end = start + nul;
  let i = start;
  for (;;) {
    while (i < end && isSpace(bytes[i]!)) i++;
    if (i >= end) return words;
    const word: number[] = [];
    let quote = 0;
    for (;; i++) {
      if (i >= end) {
        if (quote !== 0) return undefined;
        break;
      }
      const byte = bytes[i]!;
      if (quote === 0x22) {
        if (byte === 0x5c && i + 3 < end && bytes[i + 1] === 0x78) {
          const value = hexByte(bytes[i + 2]!, bytes[i + 3]!);
          if (value >= 0) {
            word.push(value);
            i += 3;
            continue;
          }
        }
        if (byte === 0x5c && i + 1 < end) {
          word.push(ESCAPES[bytes[++i]!] ?? bytes[i]!);
        } else if (byte === 0x22) {
          if (i + 1 < end && !isSpace(bytes[i + 1]!)) return undefined;
          i++;
          break;
        } else {
          word.push(byte);
        }
      } else if (quote === 0x27) {
        if (byte === 0x5c && i + 1 < end && bytes[i + 1] === 0x27) {
          word.push(0x27);
          i++;
        } else if (byte === 0x27) {
          if (i + 1 < end && !isSpace(bytes[i + 1]!)) return undefined;
          i++;
          break;
        } else {
          word.push(byte);
        }
      } else if (endsWord(byte)) {
        break;
      } else if (byte === 0x22 || byte === 0x27) {
        quote = byte;
      } else {
        word.push(byte);
      }
    }
    words.push(new Slice(new Uint8Array(word)));
  }
}

/** What `\n`, `\r`, `\t`, `\b` and `\a` stand for. */
const ESCAPES: Record<number, number> = {
  0x6e: 0x0a,
  0x72: 0x0d,
  0x74: 0x09,
  0x62: 0x08,
  0x61: 0x07,
};

function hexByte(high: number, low: number): number {
  const value = parseInt(String.fromCharCode(high, low), 16);
  return /^[0-9a-fA-F]{2}$/.test(String.fromCharCode(high, low)) ? value : -1;
}
