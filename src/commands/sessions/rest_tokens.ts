/**
 * Tokens, by which clients of the REST API say who they are. A token is a password of its user that
 * says whose it is: the user has its SHA-256 beside those of its other passwords. So it lives where
 * users live, and whatever takes a user's passwords away takes its tokens away.
 *
 * @module
 */

/** What tokens begin with. The rest is base64 of a byte of flags, the user's name and random bytes. */
const PREFIX = "RL";
const RANDOM_BYTES = 32;
/** The flag of tokens that let nobody write. */
const READS_ONLY = 1;

/** What a token says of itself. Only its user's passwords tell whether it is one. */
export interface RestToken {
  /** The user's name. */
  readonly user: string;
  /** Whether who has it may only read, whatever the user may. */
  readonly readsOnly: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Makes a token. */
export function makeToken({ user, readsOnly }: RestToken): string {
  const name = encoder.encode(user);
  const bytes = new Uint8Array(1 + name.length + RANDOM_BYTES);
  bytes[0] = readsOnly ? READS_ONLY : 0;
  bytes.set(name, 1);
  crypto.getRandomValues(bytes.subarray(1 + name.length));
  let characters = "";
  for (const byte of bytes) characters += String.fromCharCode(byte);
  const base64 = btoa(characters).replaceAll("+", "-").replaceAll("/", "_");
  return PREFIX + base64.replace(/=+$/, "");
}

/** Reads a token. @returns Undefined if it is none of {@linkcode makeToken}. */
export function readToken(token: string): RestToken | undefined {
  if (!token.startsWith(PREFIX) || !/^[\w-]+$/.test(token)) return undefined;
  try {
    const base64 = token.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    if (bytes.length < 1 + RANDOM_BYTES) return undefined;
    const user = decoder.decode(bytes.subarray(1, bytes.length - RANDOM_BYTES));
    return { user, readsOnly: bytes[0] === READS_ONLY };
  } catch {
    return undefined;
  }
}
