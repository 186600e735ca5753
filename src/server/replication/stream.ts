/**
 * What of the effects goes into the stream of changes: commands that Redis has, and the others within a
 * PING, which Redis takes from a master and passes over, and which a Redlite unwraps.
 *
 * @module
 */

import type { CommandTable } from "../../commands/table/table.ts";
import type { TurnEffects } from "../../engine/effects.ts";
import { Arguments } from "../../resp/arguments.ts";
import { Parser } from "../../resp/parser.ts";
import { RDB_TYPE } from "../../store/rdb/format.ts";

/** Groups of commands that Redis has, too. */
const OF_REDIS: ReadonlySet<string> = new Set([
  "string",
  "generic",
  "server",
  "hash",
  "list",
  "set",
  "sorted-set",
  "bitmap",
  "hyperloglog",
  // SELECT.
  "connection",
  "transactions",
  "stream",
  "geo",
  "scripting",
]);

/** Commands in these groups that it has not. */
const OF_OURS: ReadonlySet<string> = new Set(["history", "kv"]);

const encoder = new TextEncoder();
/** What the argument of such a PING begins with. */
export const WRAPPED = "redlite ";

/** Makes the stream. */
export class Stream {
  /** The database that is selected at its end; -1 if the next command has to select its own. */
  db = -1;
  /** The one that is selected at its end, whether the next command selects its own or not. */
  selected: number;
  /** Whether there is anybody who takes more than Redis does. */
  tellsAll = false;
  readonly #args = new Arguments();
  /** Names of commands that Redis has not, in upper case. */
  readonly #ours: ReadonlySet<string>;

  /** @param selected The database that is selected before it begins. */
  constructor(commands: CommandTable, selected: number) {
    this.selected = selected;
    this.#ours = new Set(
      commands.originals()
        .filter(({ name, group }) => !OF_REDIS.has(group) || OF_OURS.has(name))
        .map(({ name }) => name.toUpperCase()),
    );
  }

  /** The bytes to add for the effects of a turn. */
  of({ bytes, db, endDb }: TurnEffects): Uint8Array {
    const kept = this.#kept(bytes);
    if (kept.length === 0) return kept;
    const select = db === this.db ? NOTHING : encoder.encode(
      `*2\r\n$6\r\nSELECT\r\n$${String(db).length}\r\n${db}\r\n`,
    );
    this.db = this.selected = endDb;
    const added = new Uint8Array(select.length + kept.length);
    added.set(select);
    added.set(kept, select.length);
    return added;
  }

  /** The commands that are Redis's, too, and the others as they may pass. */
  #kept(bytes: Uint8Array): Uint8Array {
    const args = this.#args;
    const parser = new Parser(args, { maxBulkLength: Infinity, authenticated: true });
    const parts: Uint8Array[] = [];
    let from = 0, any = false;
    while (parser.next(bytes, bytes.length)) {
      if (!this.#ours.has(args.at(0).latin1()) && !isOnOurs(args)) {
        any ||= !args.is(0, "MULTI") && !args.is(0, "EXEC") && !args.is(0, "SELECT");
        continue;
      }
      parts.push(bytes.subarray(from, parser.commandStart));
      from = parser.position;
      if (!this.tellsAll) continue;
      any = true;
      const size = WRAPPED.length + from - parser.commandStart;
      parts.push(
        encoder.encode(`*2\r\n$4\r\nPING\r\n$${size}\r\n${WRAPPED}`),
        bytes.subarray(parser.commandStart, from),
        LINE_END,
      );
    }
    args.release();
    if (!any) return NOTHING;
    if (from === 0) return bytes;
    parts.push(bytes.subarray(from));
    const kept = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
    let at = 0;
    for (const part of parts) {
      kept.set(part, at);
      at += part.length;
    }
    return kept;
  }
}

/** Whether a command makes a key of a type that Redis has not: RESTORE, or what small letters tell. */
function isOnOurs(args: Arguments): boolean {
  const { bytes: name, start: at } = args.at(0);
  if ((name[at] ?? 0) >= SMALL_A) return true;
  if (args.count < 4 || !args.is(0, "RESTORE")) return false;
  const { bytes, start } = args.at(3);
  const type = bytes[start];
  return type === RDB_TYPE.MODULE_2 || type === RDB_TYPE.ARRAY;
}

/** The least small letter. */
const SMALL_A = 0x61;
const NOTHING = new Uint8Array(0);
const LINE_END = encoder.encode("\r\n");
