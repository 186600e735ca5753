/** MONITOR: every command that is run, as it is run. */

import type { Arguments } from "../../resp/arguments.ts";
import { err } from "../../store/values/errors.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import type { Client } from "../table/client.ts";
import { commandsOf } from "../table/define.ts";
import { isSecret, REDACTED } from "../table/redacted.ts";

function monitor({ reply, client, host }: Context): void {
  // Its lines would come in the middle of EXEC's reply.
  if (client.performing) throw err("MONITOR isn't allowed for DENY BLOCKING client");
  // Who is told already gets no second answer, as from Redis.
  if (client.monitoring) return;
  host.monitor(client);
  reply.ok();
}

/** The line that tells of a command: the time, the database, who sent it, and what. */
export function monitorLine(client: Client, args: Arguments, nowMs: number): string {
  const seconds = (nowMs / 1000).toFixed(6);
  let line = `${seconds} [${client.db} ${client.unixSocket ? "unix:" : ""}${client.address}]`;
  for (let i = 0; i < args.count; i++) {
    if (line.length > MAX_LINE) return `${line} "... (${args.count - i} more arguments)"`;
    line += ` "${isSecret(args, i) ? REDACTED : escaped(args.at(i))}"`;
  }
  return line;
}

/** Bytes shown of an argument, before a remark that tells how many more there are. */
const MAX_BYTES = 16 * 1024;
/** Characters of a line after which no further argument is shown. */
const MAX_LINE = 128 * 1024;

/** Bytes as printable text, escaped as Redis does, and cut if they are many. */
export function escaped({ bytes, start, end }: Slice): string {
  const more = end - start - MAX_BYTES;
  if (more > 0) return `${escapedBytes(bytes, start, end - more)}... (${more} more bytes)`;
  return escapedBytes(bytes, start, end);
}

function escapedBytes(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    text += ESCAPES.get(byte) ??
      (byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : "\\x" + byte.toString(16).padStart(2, "0"));
  }
  return text;
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, "\\\\"],
  [0x0a, "\\n"],
  [0x0d, "\\r"],
  [0x09, "\\t"],
  [0x07, "\\a"],
  [0x08, "\\b"],
]);

/** MONITOR. */
export const monitorCommand: Command = commandsOf("server")("MONITOR", {
  since: "1.0.0",
  arity: 1,
  flags: "admin noscript loading stale",
  summary: "Tells of every command that is run from now on.",
}, monitor);
