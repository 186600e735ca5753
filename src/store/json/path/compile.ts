/**
 * Reads paths in RedisJSON's dialect of JSONPath. A path that does not begin with `$` is a legacy one:
 * `.a.b`, `a.b` and `.` stand for `$.a.b` and `$`.
 *
 * @module
 */

import { CommandError } from "../../values/errors.ts";
import { readExpression } from "./expression_reader.ts";
import { PathReader } from "./path_reader.ts";
import type { Path } from "./syntax.ts";

/** Paths kept. */
const KEPT = 1024;
/** The longest path that is kept. */
const KEPT_LENGTH = 512;

const kept = new Map<string, Path>();

/**
 * Reads a path.
 *
 * @throws {CommandError} If it is none: where, and what is wanted there.
 */
export function compilePath(original: string): Path {
  const known = kept.get(original);
  if (known !== undefined) return known;
  const legacy = !(original[0] === "$" &&
    (original.length < 2 || original[1] === "." || original[1] === "["));
  const text = !legacy
    ? original
    : original === "."
    ? "$"
    : original[0] === "."
    ? `$${original}`
    : `$.${original}`;
  const path = readPath(original, text, legacy);
  if (original.length <= KEPT_LENGTH) {
    if (kept.size >= KEPT) {
      for (const oldest of kept.keys()) {
        kept.delete(oldest);
        break;
      }
    }
    kept.set(original, path);
  }
  return path;
}

/**
 * What is an operator since Redis 8.10, where before it was, to the letter, the name of a member: words between
 * spaces, a sign before a path, and a `~` at the end.
 */
const NEW_MEANING =
  / (?:n?in|subsetof|anyof|noneof|size(?:of)?|empty)(?![a-zA-Z0-9_])|^[-+]+[$(]|~$/;

/** A path as RedisJSON 2.8 has them, or, if it is none of these, as Redis 8.10 does. */
function readPath(original: string, text: string, legacy: boolean): Path {
  const newer = NEW_MEANING.test(original) ? newPath(original, text, legacy) : undefined;
  if (newer !== undefined) return newer;
  try {
    return { original, text, legacy, steps: new PathReader(text).path() };
  } catch (error) {
    const path = error instanceof CommandError ? newPath(original, text, legacy) : undefined;
    if (path === undefined) throw error;
    return path;
  }
}

function newPath(original: string, text: string, legacy: boolean): Path | undefined {
  const given = readExpression(original);
  const found = given ?? (legacy ? readExpression(text) : undefined);
  if (found === undefined) return undefined;
  if (found.kind === "path" && found.from === "root" && !found.names) {
    return { original, text, legacy: given === undefined, steps: found.steps };
  }
  return { original, text: original, legacy: false, steps: [], projection: found };
}
