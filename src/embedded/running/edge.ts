/**
 * The edge between callers and commands: words become a command's arguments, and one that cannot is
 * refused by a TypeError that names it, before anything is done.
 *
 * @module
 */

import type { Command } from "../../commands/table/command.ts";
import { keysOf } from "../../commands/table/keys.ts";
import type { Table } from "../../commands/table/table.ts";
import { Arguments } from "../../resp/arguments.ts";
import { argumentName } from "./argument_names.ts";
import { ARGUMENT, bytesOf, isData, isKey, KEY, wordOf, wrongType } from "../checks.ts";
import type { Argument, Data, Key } from "../data.ts";

/**
 * Fills a command's arguments.
 *
 * @param table The commands, by whose syntax a word is named that is refused.
 * @returns Whether a number is among the words.
 */
export function fillArguments(args: Arguments, words: readonly Argument[], table: Table): boolean {
  let numbers = false;
  const given = new Array<Data>(words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (isData(word)) {
      given[i] = word;
      continue;
    }
    if (typeof word === "number" || typeof word === "bigint") numbers = true;
    given[i] = wordOf(word) ?? refuse(words, i, table);
  }
  args.fill(given);
  return numbers;
}

/** Refuses a word, by its name in the command's syntax. */
function refuse(words: readonly unknown[], index: number, table: Table): never {
  const [name] = words;
  if (isPast(words) && index > 3) refuse(words.slice(3), index - 3, table);
  if (typeof name !== "string") throw wrongType("the command's name", "a string", name);
  const args = new Arguments();
  args.fill(words.map((word) => wordOf(word) ?? ""));
  const command = table.lookup(args);
  const atKey = command !== undefined && keysOf(command, args).some((key) => key.index === index);
  const argument = `${shownName(command) ?? name}: ${argumentName(command, words, index)}`;
  throw wrongType(argument, atKey ? KEY : ARGUMENT, words[index]);
}

/** Refuses numbers in place of keys: they are as likely another argument in the wrong place. */
export function assertKeys(command: Command, args: Arguments, words: readonly unknown[]): void {
  // Looking for keys in general costs as much as a small read.
  if (hasOneKey(command) && isKey(words[1])) return;
  for (const { index } of keysOf(command, args)) {
    const name = isPast(words) ? words[3] : shownName(command);
    if (!isKey(words[index])) throw wrongType(`${name}: key`, KEY, words[index]);
  }
}

/** Whether a command's first argument is its one key, as it is of most commands. */
function hasOneKey({ keys, findKeys }: Command): boolean {
  const [spec] = keys;
  if (spec === undefined || keys.length > 1 || findKeys !== undefined) return false;
  const { begin, find } = spec;
  return typeof begin === "object" && "index" in begin && begin.index === 1 &&
    typeof find === "object" && "lastKey" in find && find.lastKey === 0;
}

/** Whether a command is HISTORY AT with a moment and a command, which is the one to name. */
function isPast(words: readonly unknown[]): boolean {
  return words[0] === "HISTORY" && words[1] === "AT";
}

/** A command's name in errors. */
function shownName(command: Command | undefined): string | undefined {
  return command?.fullName.toUpperCase().replace("|", " ");
}

/** GET's or SET's key as text or bytes. */
export function keyOf(key: Key, command: "GET" | "SET"): Data {
  if (isData(key)) return key;
  const bytes = bytesOf(key);
  if (bytes === undefined) throw wrongType(`${command}: key`, KEY, key);
  return bytes;
}

/** SET's value as text or bytes. */
export function valueOf(value: Argument): Data {
  if (isData(value)) return value;
  const word = wordOf(value);
  if (word === undefined) throw wrongType("SET: value", ARGUMENT, value);
  return word;
}
