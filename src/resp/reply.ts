/**
 * What a command handler writes its reply to. One implementation writes RESP bytes, the other
 * builds JavaScript values for the embedded API.
 *
 * A handler writes exactly one reply: a scalar, or an aggregate header followed by that many
 * replies. The names are those of the protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 * @module
 */

/** Bytes that can be copied out once: a column of the current row, or a plain array. */
export interface ByteSource {
  /** Size in bytes. */
  readonly length: number;
  /** Copies all bytes into `target` at `at`. @param known What {@linkcode length} said, if the caller asked. */
  copyInto(target: Uint8Array, at: number, known?: number): void;
}

/** Takes one reply. */
export interface Reply {
  /** 2 or 3: which RESP the client speaks. Handlers with differing shapes ask. */
  readonly protocol: 2 | 3;
  /** `+OK`. */
  ok(): void;
  /** A simple string; ASCII without line breaks. */
  status(text: string): void;
  /** An error: its code word, a space and the message, one character for each byte. */
  error(message: string): void;
  /** An integer; a bigint for values beyond 2^53. */
  integer(value: number | bigint): void;
  /** A bulk string out of `bytes[start, end)`, all of it by default. */
  bulk(bytes: Uint8Array, start?: number, end?: number): void;
  /** Bulk strings, as RESP has them, one behind the other: `bytes[start, end)`. */
  bulks(bytes: Uint8Array, start: number, end: number): void;
  /** A bulk string out of a source. */
  value(source: ByteSource): void;
  /** A bulk string out of a JavaScript string, as UTF-8. */
  text(value: string): void;
  /** The null bulk string; RESP3 null. */
  null(): void;
  /** The null array; RESP3 null. */
  nullArray(): void;
  /** An array header: `length` replies follow. */
  array(length: number): void;
  /** A map header: `length` pairs of replies follow (RESP2: an array of twice as many). */
  map(length: number): void;
  /** A set header (RESP2: an array). */
  set(length: number): void;
  /** A push header (RESP2: an array). */
  push(length: number): void;
  /** A floating-point number (RESP2: a bulk string). */
  double(value: number): void;
  /** A floating-point number that is digits already (RESP2: a bulk string). */
  decimal(digits: string): void;
  /** An integer of any size, as its digits (RESP2: a bulk string). */
  bigNumber(digits: string): void;
  /** A boolean (RESP2: 1 or 0). */
  boolean(value: boolean): void;
  /** A verbatim string of a three-letter format (RESP2: a bulk string), a text or bytes. */
  verbatim(format: string, text: string | Uint8Array): void;
  /**
   * An attribute header: `length` pairs of replies follow, and then the reply they are about.
   *
   * @returns False where attributes cannot be told (RESP2): then no pairs follow.
   */
  attribute(length: number): boolean;
  /**
   * Starts an array whose length is known only later.
   *
   * @returns What {@linkcode endArray} takes.
   */
  beginArray(): number;
  /**
   * Ends the array begun at `mark` with the number of replies written since.
   *
   * @param asMap It is a map in RESP3, of so many pairs.
   */
  endArray(mark: number, length: number, asMap?: boolean): void;
}
