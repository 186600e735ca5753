/**
 * Values as a start is given them, by the names of flags: from the command line, the environment or
 * a configuration file. Every configuration parameter is a flag too, as `redis-server` has it: a
 * flag's value is the words up to the next flag.
 *
 * @module
 */

import { parameterNamed } from "../../clients/configuration/configuration.ts";
import { type Flag, FLAGS, GROWING_FLAGS, LIST_FLAGS, REPEATED_FLAGS } from "./flags.ts";
import { FixedValue, InvalidValue } from "../../clients/configuration/parameter_types.ts";
import type { Parameter } from "../../clients/configuration/parameter.ts";

/** A wrong flag or value; the message is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** The flag it is about, if it is about one. */
  readonly flag: string | undefined;

  constructor(message: string, flag?: string) {
    super(message);
    this.flag = flag;
  }
}

/** A parameter of an extension, which is known when that is loaded. */
export const OF_EXTENSION = /^[a-z][a-z0-9_]*\.[a-z0-9_.-]+$/;

/** What a letter stands for. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ["-a", "--addr"],
  ["-d", "--db"],
  ["-h", "--help"],
  ["-v", "--version"],
]);

/** Flags as the Redlite that is written in Rust has them. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["eviction-policy", "maxmemory-policy"],
  ["max-memory", "maxmemory"],
]);

function isFlag(word: string): boolean {
  return word.startsWith("--") || SHORT.has(word);
}

/**
 * The values of the flags that are given, by name.
 *
 * @param before Values that were given elsewhere, which flags replace, or go on.
 * @throws {UsageError}
 */
export function flagValues(
  args: readonly string[],
  before: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const values = new Map(before);
  const seen = new Set<string>();
  for (let i = 0; i < args.length;) {
    const word = SHORT.get(args[i]!) ?? args[i]!;
    const [, given, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    i++;
    if (given === undefined) throw new UsageError(`${args[i - 1]} is no flag; see --help`);
    const known = flagNamed(given);
    if (known === undefined) throw new UsageError(`there is no flag --${given}; see --help`);
    const { name, flag } = known;
    const words = inline === undefined ? [] : [inline];
    while (inline === undefined && i < args.length && !isFlag(args[i]!)) {
      words.push(args[i++]!);
    }
    if (flag.value === undefined) {
      if (words.length > 0) throw new UsageError(`--${given} takes no value`);
    } else if (words.length === 0 && !flag.optional) {
      throw new UsageError(`--${given} takes a value: ${flag.value}`);
    } else if (words.length > 1 && !LIST_FLAGS.has(name)) {
      throw new UsageError(`--${given} takes one value, so "${words[1]}" is too much`);
    }
    // Hosts go on within a command line.
    const grows = GROWING_FLAGS.has(name) || name === "bind" && seen.has(name);
    addValue(values, name, words.join(" "), grows);
    seen.add(name);
  }
  return values;
}

/** Adds a value to one that is given already, or puts it in its place; an empty one begins anew. */
export function addValue(
  values: Map<string, string>,
  name: string,
  value: string,
  grows: boolean = GROWING_FLAGS.has(name),
): void {
  const before = grows && value !== "" ? values.get(name) : undefined;
  const separator = REPEATED_FLAGS.has(name) ? "\n" : " ";
  values.set(name, before ? before + separator + value : value);
}

/** A flag, and the name its value is kept by; undefined if there is none. */
export function flagNamed(word: string): { name: string; flag: Flag } | undefined {
  const given = SYNONYMS.get(word) ?? word;
  const flag = Object.hasOwn(FLAGS, given) ? FLAGS[given] : undefined;
  if (flag !== undefined) return { name: flag.parameter ?? given, flag };
  if (OF_EXTENSION.test(given)) return { name: given, flag: { value: "VALUE", help: "" } };
  const parameter = parameterNamed(given);
  return parameter && { name: parameter.name, flag: { value: "VALUE", help: "" } };
}

/**
 * Reads the value of a parameter.
 *
 * @param note Takes why it is another than was asked for.
 * @throws {InvalidValue} If it is none of the parameter's.
 */
export function readValue(
  parameter: Parameter,
  text: string,
  note: (reason: string) => void,
): string {
  try {
    return parameter.type(text, parameter.initial);
  } catch (error) {
    if (!(error instanceof FixedValue)) throw error;
    note(`${parameter.name} stays ${error.value}: ${error.reason}`);
    return error.value;
  }
}

/** The configuration parameters among the flags, as CONFIG GET shows them. @throws {UsageError} */
export function parameterValues(
  values: ReadonlyMap<string, string>,
  note: (message: string) => void,
): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [flag, text] of values) {
    const parameter = parameterNamed(flag);
    if (parameter === undefined) continue;
    try {
      parameters.set(parameter.name, readValue(parameter, text, note));
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      throw new UsageError(`--${shownName(flag)} cannot be "${text}": ${error.message}`);
    }
  }
  return parameters;
}

/** A flag's name as `--help` has it, by the one that its value is kept by. */
function shownName(name: string): string {
  return Object.entries(FLAGS).find(([, flag]) => flag.parameter === name)?.[0] ?? name;
}
