/** RESP2: commands as bytes, and replies read from them. */

import { encoded, roughText } from "./bytes.ts";

/** An argument: a text, or bytes that need be none. */
export type Argument = string | number | Uint8Array;

/** A command: its name and arguments. */
export type Command = readonly Argument[];

/** An error that the server replied with. */
export class ServerError extends Error {
  override name = "ServerError";
}

/** A reply. */
export type Reply = null | number | bigint | Uint8Array | ServerError | readonly Reply[];

/** Commands as they are sent. */
export function encodeCommands(commands: readonly Command[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const command of commands) {
    parts.push(encoded(`*${command.length}\r\n`));
    for (const argument of command) {
      const bytes = argument instanceof Uint8Array ? argument : encoded(String(argument));
      parts.push(encoded(`$${bytes.length}\r\n`), bytes, LINE);
    }
  }
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const CR = 0x0d;
const LINE = encoded("\r\n");

/** The replies that bytes are. */
export function decodeReplies(bytes: Uint8Array): Reply[] {
  let at = 0;
  const header = () => {
    const end = bytes.indexOf(CR, at);
    const text = roughText(bytes.subarray(at, end));
    at = end + 2;
    return text;
  };
  const next = (): Reply => {
    const type = String.fromCharCode(bytes[at++]!);
    switch (type) {
      case "+":
        return encoded(header());
      case "-":
        return new ServerError(header());
      case ":": {
        const digits = header();
        const value = Number(digits);
        return Number.isSafeInteger(value) ? value : BigInt(digits);
      }
      case "$": {
        const length = Number(header());
        if (length < 0) return null;
        const value = bytes.subarray(at, at + length);
        at += length + 2;
        return value;
      }
      case "*": {
        const length = Number(header());
        return length < 0 ? null : Array.from({ length }, next);
      }
    }
    throw new TypeError(`a reply has no type ${type}`);
  };
  const replies: Reply[] = [];
  while (at < bytes.length) replies.push(next());
  return replies;
}
