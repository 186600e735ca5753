/**
 * One invalidation message: that keys, or all keys, are no longer what a client may hold. It is
 * encoded once for all clients that get it.
 */
export class Invalidation {
  readonly #keys: readonly string[] | undefined;
  #push: Uint8Array | undefined;
  #published: Uint8Array | undefined;

  /** A message not encoded yet. @param keys The keys, one character a byte; undefined for all. */
  constructor(keys: readonly string[] | undefined) {
    this.#keys = keys;
  }

  /** The message for RESP3. */
  get push(): Uint8Array {
    return this.#push ??= encode(">2\r\n" + bulk("invalidate"), this.#keys, "_\r\n");
  }

  /** The message for RESP2, which looks like one of a channel. */
  get published(): Uint8Array {
    const head = "*3\r\n" + bulk("message") + bulk("__redis__:invalidate");
    return this.#published ??= encode(head, this.#keys, "$-1\r\n");
  }
}

/** The message about all keys. */
export const EVERYTHING: Invalidation = new Invalidation(undefined);

/** Longest key that a message tells, in bytes. */
export const LONGEST_NAME: number = 16 * 1024;
/** Most bytes of the keys of a message. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The message about keys, or about all keys if one of them is too long to be told or they are too
 * many: who forgets too much only has to read again.
 *
 * @param keys Their names: `mapKey(key, LONGEST_NAME)`.
 */
export function messageAbout(keys: readonly string[]): Invalidation {
  let size = 0;
  for (const { length } of keys) {
    if (length > LONGEST_NAME) return EVERYTHING;
    size += length;
  }
  return size > MAX_BYTES ? EVERYTHING : new Invalidation(keys);
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;

function encode(head: string, keys: readonly string[] | undefined, all: string): Uint8Array {
  const text = head + (keys === undefined ? all : `*${keys.length}\r\n${keys.map(bulk).join("")}`);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
