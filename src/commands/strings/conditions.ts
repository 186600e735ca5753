/** The conditions of SET and DELEX on a key's current value. */

import { err, wrongType } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import { xxh3Hex } from "../../store/strings/xxh3.ts";
import type { Context } from "../table/command.ts";
import type { Condition } from "../table/options.ts";

/** Whether a condition holds for the key the keyspace found last. @throws {CommandError} */
export function conditionHolds(
  { args, store }: Context,
  condition: Condition | undefined,
  at: number,
): boolean {
  const { type } = store.keyspace.row;
  const exists = type !== TYPE.NONE;
  if (condition === undefined) return true;
  if (condition === "NX") return !exists;
  if (condition === "XX") return exists;
  const negated = condition === "IFNE" || condition === "IFDNE";
  if (!exists) return negated;
  if (type !== TYPE.STRING) throw wrongType();
  const value = store.strings.loaded().materialize();
  const wanted = args.at(at);
  if (condition === "IFEQ" || condition === "IFNE") return value.equals(wanted) !== negated;
  if (wanted.length !== 16) throw err("must be exactly 16 hexadecimal characters");
  const same = xxh3Hex(value.bytes, value.start, value.end) === wanted.latin1().toLowerCase();
  return same !== negated;
}
