/** What a redis.conf asks for, as values of flags. */

import { resolve } from "node:path";
import {
  BAD_DIRECTIVE,
  ConfError,
  type ConfLine,
  ConfReader,
  type Directive,
} from "./conf_file.ts";
import { parameterNamed } from "../../clients/configuration/configuration.ts";
import { LIST_FLAGS, TOOL_FLAGS } from "./flags.ts";
import { addValue, flagNamed, readValue } from "./given_values.ts";
import { InvalidValue } from "../../clients/configuration/parameter_types.ts";
import { KEPT_NAMES } from "../../clients/configuration/parameters.ts";

/** A command that is to have another name, or none. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
  /** Where that is asked for, if it is in a file. */
  readonly line?: ConfLine;
}

/** What a configuration file says. */
export interface ConfValues {
  /** The file, in full; undefined if all came from the standard input. */
  readonly path: string | undefined;
  /** The values of flags, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** The lines that said so last. */
  readonly lines: ReadonlyMap<string, ConfLine>;
  /** The commands that get another name. */
  readonly renamings: readonly Renaming[];
  /** What an operator should know of lines that have no effect. */
  readonly notes: readonly string[];
}

/** What is read in place of flags. */
export interface ConfSources {
  readonly path: string | undefined;
  readonly standardInput: boolean;
}

/** The configuration file and the `-` of a command line, and the words that are left. */
export function takeConfSources(
  args: readonly string[],
): { readonly sources: ConfSources; readonly flags: readonly string[] } {
  const [first] = args;
  const path = first === undefined || first.startsWith("-") ? undefined : first;
  let flags = path === undefined ? args : args.slice(1);
  const standardInput = flags[0] === "-" || flags.length > 0 && flags.at(-1) === "-";
  if (standardInput) flags = flags[0] === "-" ? flags.slice(1) : flags.slice(0, -1);
  return { sources: { path, standardInput }, flags };
}

/** Reads a file, then the standard input. @throws {ConfError} */
export function readConf({ path, standardInput }: ConfSources): ConfValues {
  const conf = new Conf(path === undefined ? undefined : resolve(path));
  const reader = new ConfReader();
  if (path !== undefined) conf.take(reader.file(path));
  if (standardInput) conf.take(reader.standardInput());
  return conf;
}

class Conf implements ConfValues {
  readonly path: string | undefined;
  readonly values = new Map<string, string>();
  readonly lines = new Map<string, ConfLine>();
  readonly renamings: Renaming[] = [];
  readonly notes: string[] = [];

  constructor(path: string | undefined) {
    this.path = path;
  }

  take(directives: Iterable<Directive>): void {
    for (const directive of directives) this.#take(directive);
  }

  #take({ name: given, values, line }: Directive): void {
    const note = (text: string) => this.notes.push(`${line.file}:${line.number}: ${text}`);
    if (given === "loadmodule") {
      note("modules of Redis are not loaded; JSON and search are here, extensions come by --ext");
      return;
    }
    const known = flagNamed(given);
    if (known === undefined || TOOL_FLAGS.has(given)) throw new ConfError(line, BAD_DIRECTIVE);
    const { name, flag } = known;
    if (values.length === 0 || values.length > 1 && !LIST_FLAGS.has(name)) {
      throw new ConfError(line, "wrong number of arguments");
    }
    if (name === "rename-command") {
      const [from = "", to] = values;
      if (to === undefined || values.length > 2) throw new ConfError(line, BAD_DIRECTIVE);
      this.renamings.push({ from, to, line });
      return;
    }
    let value = values.join(" ");
    const parameter = parameterNamed(name);
    if (parameter !== undefined) {
      try {
        // What has to be said of all lines together is said of the last.
        const read = readValue(parameter, value, note);
        if (!LIST_FLAGS.has(name)) value = read;
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
        throw new ConfError(line, error.message);
      }
      if (KEPT_NAMES.has(name)) note(`${given} has no effect here`);
    }
    if (flag.value === undefined) {
      if (value !== "yes" && value !== "no") {
        throw new ConfError(line, "argument must be 'yes' or 'no'");
      }
      // A switch is there or not.
      if (value === "no") this.values.delete(name);
      else this.values.set(name, "");
    } else {
      addValue(this.values, name, value);
    }
    this.lines.set(name, line);
  }
}
