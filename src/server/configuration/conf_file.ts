/**
 * Files in the form of redis.conf: a directive a line, its words as in redis-cli's command line,
 * `#` before a comment, `include` for further files.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { VERSION } from "../../commands/table/version.ts";
import { splitInline } from "../../resp/parser.ts";
import { reasonOf } from "../whole_file.ts";

/** Where a directive stands. */
export interface ConfLine {
  /** The file, as it was named. */
  readonly file: string;
  /** Its number, from 1. */
  readonly number: number;
  /** The line without the spaces around it. */
  readonly text: string;
}

/** One line that says something. */
export interface Directive {
  /** The first word, in lower case. */
  readonly name: string;
  /** The others. */
  readonly values: readonly string[];
  readonly line: ConfLine;
}

/** What is wrong with a line, in several lines as redis-server has them. */
export class ConfError extends Error {
  override readonly name = "ConfError";

  /** The same in one line. */
  readonly summary: string;

  constructor({ file, number, text }: ConfLine, reason: string) {
    super(
      `\n*** FATAL CONFIG FILE ERROR (Redlite ${VERSION}) ***\n` +
        `Reading the configuration file ${file}, at line ${number}\n>>> '${text}'\n${reason}`,
    );
    this.summary = `${file}, line ${number}: ${reason}`;
  }
}

/** What the standard input is called in errors. */
const STANDARD_INPUT = "on stdin";
/** How deep files may include each other. */
const MOST_INCLUDES = 16;
const NEWLINE = 0x0a;
/** What SQLite's files begin with. */
const DATABASE_HEAD = "SQLite format 3\0";
/** A name that a database has, and no configuration. */
const DATABASE_NAME = /\.(?:db|sqlite3?)$/i;
const decoder = new TextDecoder();

/** Reads files and what they include. */
export class ConfReader {
  /** Where names of files begin: where the process runs, or what `dir` has said so far. */
  #directory = ".";

  /** The directives of a file. @throws {ConfError | Error} If it cannot be read. */
  *file(path: string): Iterable<Directive> {
    yield* this.#lines(readFile(path), path, 0);
  }

  /** The directives of the standard input. */
  *standardInput(): Iterable<Directive> {
    yield* this.#lines(readStandardInput(), STANDARD_INPUT, 0);
  }

  *#lines(bytes: Uint8Array, file: string, depth: number): Iterable<Directive> {
    for (const { line, words } of confLines(bytes, file)) {
      if (words === undefined) {
        throw new ConfError(line, "Unbalanced quotes in configuration line");
      }
      const [first, ...values] = words;
      if (first === undefined) continue;
      const name = first.toLowerCase();
      if (name !== "include") {
        yield { name, values, line };
        if (name === "dir" && values[0]) this.#directory = resolve(this.#directory, values[0]);
        continue;
      }
      if (values.length !== 1) throw new ConfError(line, BAD_DIRECTIVE);
      if (depth === MOST_INCLUDES) throw new ConfError(line, "The files include each other");
      for (const path of expand(this.#directory, values[0]!)) {
        yield* this.#lines(readFile(path), path, depth + 1);
      }
    }
  }
}

/** Redis's words for what it does not know, and for some of what it does. */
export const BAD_DIRECTIVE = "Bad directive or wrong number of arguments";

/** The lines of a file that are no comment, cut into words; without them if a quote is not closed. */
export function* confLines(
  bytes: Uint8Array,
  file: string,
): Iterable<{ readonly line: ConfLine; readonly words: readonly string[] | undefined }> {
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const text = trim(decoder.decode(bytes.subarray(start, end)));
    if (text !== "" && !text.startsWith("#")) {
      const words = splitInline(bytes, start, end)?.map((word) => decoder.decode(word.view()));
      yield { line: { file, number, text }, words };
    }
    start = end + 1;
  }
}

function trim(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

function readFile(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    const hint = DATABASE_NAME.test(path) ? "; a database is given as --db " + path : "";
    throw new Error(
      `Fatal error, can't open config file '${resolve(path)}': ${reasonOf(error, path)}${hint}`,
    );
  }
  if (decoder.decode(bytes.subarray(0, DATABASE_HEAD.length)) === DATABASE_HEAD) {
    throw new Error(`${path} is a database, not a configuration file: give it as --db ${path}`);
  }
  return bytes;
}

function readStandardInput(): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(64 * 1024);
    const size = Deno.stdin.readSync(part);
    if (size === null) break;
    parts.push(part.subarray(0, size));
  }
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The files that a pattern of the shell names, in order; of a plain name that file, there or not. */
function expand(directory: string, pattern: string): string[] {
  const path = resolve(directory, pattern);
  if (!/[*?[]/.test(path)) return [path];
  const parts = path.split("/").slice(1);
  let found = ["/"];
  for (const part of parts) {
    found = found.flatMap((parent) =>
      /[*?[]/.test(part) ? entries(parent, part) : [join(parent, part)]
    );
  }
  return found.filter(exists).sort();
}

function entries(directory: string, pattern: string): string[] {
  const fits = globPattern(pattern);
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name)
      .filter((name) => fits.test(name) && (pattern.startsWith(".") || !name.startsWith(".")))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function globPattern(pattern: string): RegExp {
  const source = pattern.replace(/\[!?[^\]]+\]|[\s\S]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length > 1) return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return part.replace(/[\\^$.|()[\]{}+]/, "\\$&");
  });
  return new RegExp(`^${source}$`, "s");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
