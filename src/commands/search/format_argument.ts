/**
 * FORMAT of FT.SEARCH and FT.AGGREGATE.
 *
 * @module
 */

import type { IndexDefinition } from "../../search/index/definition.ts";
import type { Reply } from "../../resp/reply.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { ArgumentCursor } from "./argument_cursor.ts";
import { refusal } from "./module_arguments.ts";

/** FORMAT. @returns Whether it is EXPAND. */
export function readFormat(cursor: ArgumentCursor): boolean {
  if (cursor.done) throw new CommandError("Need an argument for FORMAT");
  const format = cursor.required("FORMAT");
  const upper = format.toUpperCase();
  if (upper === "EXPAND" || upper === "STRING") return upper === "EXPAND";
  throw refusal(`FORMAT ${format} is not supported`);
}

/** Makes sure that values can be expanded. @throws {CommandError} */
export function assertExpandable({ on }: IndexDefinition, { protocol }: Reply): void {
  if (protocol === 2) throw new CommandError("EXPAND format is only supported with RESP3");
  if (on !== "JSON") throw new CommandError("EXPAND format is only supported with JSON");
}
