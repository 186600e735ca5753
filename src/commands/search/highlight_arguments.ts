/**
 * The arguments of SUMMARIZE and HIGHLIGHT.
 *
 * @module
 */

import type { Highlighting } from "../../search/highlight/highlighting.ts";
import { CommandError } from "../../store/values/errors.ts";
import { asciiAt } from "../table/options.ts";
import type { ArgumentCursor } from "./argument_cursor.ts";

const DEFAULT_FRAGMENTS = 3;
const DEFAULT_LENGTH = 20;
const DEFAULT_SEPARATOR = "... ";
const DEFAULT_TAGS = { open: "<b>", close: "</b>" };

/** The next argument, one character a byte. @throws {CommandError} Without one. */
function byteText(cursor: ArgumentCursor, option: string): string {
  if (cursor.done) throw bad(option);
  return asciiAt(cursor.args, cursor.at++);
}

function count(cursor: ArgumentCursor, option: string): number {
  const given = byteText(cursor, option);
  if (!/^\d+$/.test(given)) throw bad(option);
  return Number(given);
}

const bad = (option: string) => new CommandError(`Bad arguments for ${option}`);

/** FIELDS: their names; undefined for all. */
function readFields(cursor: ArgumentCursor, option: string): string[] | undefined {
  const number = count(cursor, option);
  if (number > cursor.left) throw bad(option);
  const fields: string[] = [];
  for (let i = 0; i < number; i++) fields.push((cursor.text() ?? "").replace(/^@/, ""));
  return fields.length === 0 ? undefined : fields;
}

/** Reads what follows SUMMARIZE. @throws {CommandError} */
export function readSummary(cursor: ArgumentCursor): Highlighting["summary"] {
  let fields: string[] | undefined;
  let fragments = DEFAULT_FRAGMENTS, length = DEFAULT_LENGTH, separator = DEFAULT_SEPARATOR;
  for (;;) {
    if (cursor.takes("FIELDS")) fields = readFields(cursor, "SUMMARIZE");
    else if (cursor.takes("FRAGS")) fragments = count(cursor, "SUMMARIZE");
    else if (cursor.takes("LEN")) length = count(cursor, "SUMMARIZE");
    else if (cursor.takes("SEPARATOR")) separator = byteText(cursor, "SUMMARIZE");
    else return { fields, fragments, length, separator };
  }
}

/** Reads what follows HIGHLIGHT. @throws {CommandError} */
export function readTags(cursor: ArgumentCursor): Highlighting["tags"] {
  let fields: string[] | undefined;
  let { open, close } = DEFAULT_TAGS;
  for (;;) {
    if (cursor.takes("FIELDS")) fields = readFields(cursor, "HIGHLIGHT");
    else if (cursor.takes("TAGS")) {
      open = byteText(cursor, "HIGHLIGHT");
      close = byteText(cursor, "HIGHLIGHT");
    } else return { fields, open, close };
  }
}
