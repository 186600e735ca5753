/** What is recorded of a key, as HISTORY tells it. */

import type { Console } from "../app/console.ts";
import { bytesOf, type ByteString } from "../data/bytes.ts";
import { fields, list, number, text } from "../data/replies.ts";
import type { Command, Reply } from "../data/resp.ts";

/** Changes that are fetched at most: the latest. */
export const MOST = 1000;

/** A change. */
export interface Change {
  readonly version: number;
  readonly operation: string;
  readonly atMs: number;
  readonly type: string;
  readonly data: Reply;
}

/** What differs between two moments. */
export interface Difference {
  readonly types: readonly [string, string];
  readonly added: readonly Reply[];
  readonly removed: readonly Reply[];
  readonly changed: readonly Reply[];
}

/** The changes, the earliest first. */
export async function changesOf(
  console: Console,
  name: ByteString,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const reply = await console.one(["HISTORY", "GET", bytesOf(name), "LIMIT", MOST], signal);
  return list(reply).map((entry) => {
    const told = fields(entry);
    return {
      version: number(told.get("version")),
      operation: text(told.get("operation")),
      atMs: number(told.get("timestamp")),
      type: text(told.get("type")),
      data: told.get("data") ?? null,
    };
  }).reverse();
}

/** What differs between two moments. */
export async function differenceOf(
  console: Console,
  name: ByteString,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<Difference> {
  const reply = await console.one(["HISTORY", "DIFF", bytesOf(name), fromMs, toMs], signal);
  const told = fields(reply);
  const [before, after] = list(told.get("type"));
  return {
    types: [text(before), text(after)],
    added: list(told.get("added")),
    removed: list(told.get("removed")),
    changed: list(told.get("changed")),
  };
}

/**
 * The console as of a moment: it reads what was there, and changes nothing. So the views of values show
 * the past as they show the present.
 */
export function consoleAt(console: Console, atMs: number): Console {
  const then = (command: Command): Command => ["HISTORY", "AT", atMs, ...command];
  return {
    ...console,
    may: () => false,
    one: (command, signal) => console.one(then(command), signal),
    run: (commands, signal) => console.run(commands.map(then), signal),
    change: () => Promise.resolve(false),
  };
}
