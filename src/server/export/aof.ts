/** An append-only file: commands that make the data. Strings are SETs, everything else is RESTOREd. */

import { TYPE } from "../../store/file/schema.ts";
import { encodeCommands, type Word } from "../links/redis_link.ts";
import type { ExportedKey, Moment } from "./moment.ts";

/** Commands that are a piece. */
const AT_ONCE = 256;

/** The pieces of the file. */
export function* aofPieces(moment: Moment, all: boolean): Generator<Uint8Array> {
  let commands: Word[][] = moment.libraries().map((code) => ["FUNCTION", "LOAD", code]);
  const piece = (): Uint8Array => {
    const bytes = encodeCommands(commands);
    commands = [];
    return bytes;
  };
  for (const db of moment.databases()) {
    commands.push(["SELECT", db]);
    for (const key of moment.keys(db, { all })) {
      commands.push(commandOf(moment, key));
      if (commands.length >= AT_ONCE) yield piece();
    }
  }
  if (commands.length > 0) yield piece();
}

function commandOf({ store }: Moment, { key, type, expiresAtMs, payload }: ExportedKey): Word[] {
  const name = key.copy();
  if (type === TYPE.STRING) {
    const value = store.strings.loaded().materialize().copy();
    return ["SET", name, value, ...expiresAtMs === 0 ? [] : ["PXAT", expiresAtMs]];
  }
  const restore: Word[] = ["RESTORE", name, expiresAtMs, payload.copy()];
  return expiresAtMs === 0 ? restore : [...restore, "ABSTTL"];
}
