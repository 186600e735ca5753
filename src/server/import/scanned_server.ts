/** A server whose keys are asked for one by one: by SCAN, DUMP, and when they expire. */

import type { ServerReply } from "../../resp/reply_parser.ts";
import type { RdbKey } from "../../store/rdb/file/reader.ts";
import { FOOTER_SIZE, typeOfByte } from "../../store/rdb/format.ts";
import { readFunctions } from "../../store/rdb/functions.ts";
import { checkFooter } from "../../store/rdb/reader.ts";
import { CommandError } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { RedisLink } from "../links/redis_link.ts";
import { type ImportBatch, type ImportSource, type ImportTarget, NotUnderstood } from "./source.ts";

/** Keys that are asked for at once. */
const AT_ONCE = 500;

/** What is known of a key. */
interface Fetched {
  readonly key: Uint8Array;
  readonly payload: ServerReply | undefined;
  /** When it expires, Unix time in milliseconds: 0 for never, -1 for what is gone. */
  readonly expiresAtMs: number;
}

/** The server. */
export class ScannedServer implements ImportSource {
  readonly total: number;
  readonly leftBehind: string[] = [
    "what changed while it was read is as it was when its key was asked for",
  ];
  readonly #link: RedisLink;
  /** The databases, with how many keys they have. */
  readonly #databases: readonly number[];

  /** Whether it can tell the time at which a key expires, as Redis 7 can: else what is left is asked for. */
  readonly #tellsTimes: boolean;

  private constructor(
    link: RedisLink,
    databases: ReadonlyMap<number, number>,
    tellsTimes: boolean,
  ) {
    this.#link = link;
    this.#tellsTimes = tellsTimes;
    this.#databases = [...databases.keys()];
    this.total = [...databases.values()].reduce((sum, keys) => sum + keys, 0);
  }

  /** Asks what there is. @param only The database that is wanted. */
  static async open(link: RedisLink, only: number | undefined): Promise<ScannedServer> {
    const [info, time] = await link.ask(["INFO", "keyspace"], ["PEXPIRETIME", ""]);
    const databases = new Map<number, number>();
    const text = info?.type === "bulk" ? new TextDecoder().decode(info.bytes) : "";
    for (const [, db, keys] of text.matchAll(/^db(\d+):keys=(\d+)/gm)) {
      databases.set(Number(db), Number(keys));
    }
    const tellsTimes = time?.type === "integer";
    if (only !== undefined) {
      return new ScannedServer(link, new Map([[only, databases.get(only) ?? 0]]), tellsTimes);
    }
    if (info?.type !== "bulk") databases.set(0, 0);
    return new ScannedServer(link, databases, tellsTimes);
  }

  async *batches(): AsyncIterable<ImportBatch> {
    const [functions] = await this.#link.ask(["FUNCTION", "DUMP"]);
    if (functions?.type === "bulk") {
      const codes = readFunctions(new Slice(functions.bytes));
      yield (target) => codes.forEach((code) => target.library(code));
    }
    for (const db of this.#databases) {
      const [selected] = await this.#link.ask(["SELECT", db]);
      if (selected?.type === "error") throw new Error(selected.text);
      let cursor = "0";
      do {
        const [page] = await this.#link.ask(["SCAN", cursor, "COUNT", AT_ONCE]);
        const { next, keys } = pageOf(page);
        cursor = next;
        const fetched = await this.#fetch(keys);
        yield (target) => {
          for (const each of fetched) take(db, each, target);
        };
      } while (cursor !== "0");
    }
  }

  async #fetch(keys: readonly Uint8Array[]): Promise<Fetched[]> {
    const nowMs = Date.now();
    const time = this.#tellsTimes ? "PEXPIRETIME" : "PTTL";
    const replies = await this.#link.ask(...keys.flatMap((key) => [["DUMP", key], [time, key]]));
    return keys.map((key, i) => {
      const told = replies[2 * i + 1];
      const value = told?.type === "integer" ? told.value : -1;
      const expiresAtMs = value < 0
        ? Math.min(0, value + 1)
        : this.#tellsTimes
        ? value
        : nowMs + value;
      return { key, payload: replies[2 * i], expiresAtMs };
    });
  }

  [Symbol.dispose](): void {
    this.#link[Symbol.dispose]();
  }
}

function pageOf(reply: ServerReply | undefined): { next: string; keys: Uint8Array[] } {
  if (reply?.type === "error") throw new Error(reply.text);
  const [cursor, keys] = reply?.type === "array" ? reply.items : [];
  if (cursor?.type !== "bulk" || keys?.type !== "array") {
    throw new Error("the server knows no SCAN");
  }
  return {
    next: new TextDecoder().decode(cursor.bytes),
    keys: keys.items.flatMap((key) => key.type === "bulk" ? [key.bytes] : []),
  };
}

function take(db: number, { key, payload, expiresAtMs }: Fetched, target: ImportTarget): void {
  // It is gone, or has gone in between.
  if (payload?.type === "null" || expiresAtMs < 0) return;
  const refused = (why: string) =>
    target.item({
      db,
      key,
      expiresAtMs,
      kind: "key",
      commands() {
        throw new NotUnderstood(why);
      },
    });
  if (payload?.type !== "bulk") {
    return refused(payload?.type === "error" ? payload.text : "there is no DUMP of it");
  }
  try {
    target.key(keyOf(db, key, payload.bytes, expiresAtMs));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    refused(error.message);
  }
}

/** A key of a DUMP's payload. */
function keyOf(db: number, key: Uint8Array, payload: Uint8Array, expiresAtMs: number): RdbKey {
  const version = checkFooter(new Slice(payload));
  return {
    kind: "key",
    db,
    key: new Slice(key),
    expiresAtMs,
    type: typeOfByte(payload[0] ?? 0, version),
    value: new Slice(payload, 1, payload.length - FOOTER_SIZE),
    version,
    at: 0,
  };
}
