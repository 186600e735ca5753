/** MONITOR: every command that is run, as it is run. */

import type { Arguments } from "../../resp/arguments.ts";
import { err } from "../../store/values/errors.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Client, Command, Context } from "../table/command.ts";
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
    line += ` "${isSecret(args, i) ? REDACTED : escaped(args.at(i))}"`;
  }
  return line;
}

/** Bytes as printable text, escaped as Redis does. */
export function escaped({ bytes, start, end }: Slice): string {
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
