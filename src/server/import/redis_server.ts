/**
 * Servers that speak Redis's protocol. All their data of one moment come as they do for a replica;
 * where that is not allowed, as with hosted ones, keys are asked for one by one, each as it is then.
 *
 * @module
 */

import { READ_VALKEY } from "../../store/rdb/format.ts";
import type { ServerReply } from "../../resp/reply_parser.ts";
import { RedisLink, type ServerAddress } from "../links/redis_link.ts";
import { CHUNK, RdbBatches } from "./rdb_batches.ts";
import { ScannedServer } from "./scanned_server.ts";
import type { ImportBatch, ImportSource, Opening, SourceKind } from "./source.ts";

/** What a URL says. */
export interface ServerUrl extends ServerAddress {
  readonly user: string;
  readonly password: string;
  /** The database that is wanted; all, if undefined. */
  readonly db: number | undefined;
}

const DEFAULT_PORT = 6379;

/** Servers. */
export const redisServers: SourceKind = {
  name: "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]",
  async open(from, opening) {
    const url = serverUrl(from);
    return url === undefined ? undefined : await openServer(url, opening);
  },
};

/** Reads a URL; undefined if it is none of a server. @throws {Error} If a part of it is wrong. */
export function serverUrl(text: string): ServerUrl | undefined {
  if (!/^rediss?:/.test(text)) return undefined;
  const url = URL.parse(text);
  const [, db] = /^\/?(\d*)$/.exec(url?.pathname ?? "?") ?? [];
  if (url === null || url.hostname === "" || db === undefined) {
    throw new Error("a server is named as redis://[user:password@]host[:port][/database]");
  }
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    tls: url.protocol === "rediss:",
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    db: db === "" ? undefined : Number(db),
  };
}

async function openServer(url: ServerUrl, { report }: Opening): Promise<ImportSource> {
  const link = await connect(url);
  try {
    const refusal = await asReplica(link);
    if (refusal === undefined) return new Synchronized(link, url.db);
    report(`the server gives no snapshot (${refusal}): keys are asked for one by one`);
  } catch (error) {
    link[Symbol.dispose]();
    throw error;
  }
  // What the refused command has left behind is unknown.
  link[Symbol.dispose]();
  const another = await connect(url);
  return await ScannedServer.open(another, url.db);
}

async function connect(url: ServerUrl): Promise<RedisLink> {
  const link = await RedisLink.open(url);
  const { user, password } = url;
  if (password === "") return link;
  const [reply] = await link.ask(["AUTH", ...user === "" ? [] : [user], password]);
  if (reply?.type !== "error") return link;
  link[Symbol.dispose]();
  throw new Error(reply.text);
}

/** Asks for all data. @returns Why they are not given. */
async function asReplica(link: RedisLink): Promise<string | undefined> {
  // Others do not know all of this, which is no matter. Valkey gives fields that expire to its like alone.
  const told = await link.ask(
    ["REPLCONF", "capa", "eof"],
    ["REPLCONF", "version", READ_VALKEY],
    ["REPLCONF", "rdb-only", 1],
  );
  const denied = told.find((reply): reply is ServerReply & { type: "error" } =>
    reply.type === "error" && !reply.text.startsWith("ERR")
  );
  if (denied !== undefined) return denied.text;
  await link.send(["PSYNC", "?", -1]);
  const answer = await nextLine(link);
  if (/^\+FULLRESYNC /.test(answer)) return undefined;
  if (/^-(?:NOMASTERLINK|LOADING)/.test(answer)) throw new Error(answer.slice(1));
  return answer.slice(1);
}

/** The next line; empty ones say that the server is still there. */
async function nextLine(link: RedisLink): Promise<string> {
  for (;;) {
    const line = await link.line();
    if (line !== "") return line;
  }
}

/** The data that a replica gets. */
class Synchronized implements ImportSource {
  total = 0;
  readonly measure = { unit: "bytes", done: 0 };
  readonly #link: RedisLink;
  readonly #rdb: RdbBatches;

  constructor(link: RedisLink, db: number | undefined) {
    this.#link = link;
    this.#rdb = new RdbBatches(db);
  }

  get leftBehind(): string[] {
    return this.#rdb.leftBehind;
  }

  async *batches(): AsyncIterable<ImportBatch> {
    const head = await nextLine(this.#link);
    if (!head.startsWith("$")) throw new Error(`the server sends "${head}" in place of its data`);
    // By a mark, or by a size; either way the data themselves say where they end.
    this.total = Number(/^\$(\d+)$/.exec(head)?.[1] ?? 0);
    const chunk = new Uint8Array(CHUNK);
    const mark = /^\$EOF:(.{40})$/.exec(head)?.[1];
    while (!this.#rdb.reader.ended) {
      const size = await this.#fill(chunk, mark);
      yield this.#rdb.batch(chunk.subarray(0, size));
      this.measure.done += size;
    }
    this.#rdb.end();
  }

  /** Fills a chunk, unless the data end before. */
  async #fill(chunk: Uint8Array, mark: string | undefined): Promise<number> {
    let size = 0;
    while (size < chunk.length && !this.#isEnd(chunk, size, mark)) {
      size += await this.#link.into(chunk.subarray(size));
    }
    return size;
  }

  /** Whether what has come may be the last of it. */
  #isEnd(chunk: Uint8Array, size: number, mark: string | undefined): boolean {
    if (mark === undefined) return this.measure.done + size >= this.total;
    const from = size - mark.length;
    return from >= 0 && new TextDecoder().decode(chunk.subarray(from, size)) === mark;
  }

  [Symbol.dispose](): void {
    this.#link[Symbol.dispose]();
  }
}
