/** A database as it was at a moment: the typed methods that read. */

import { type Argument, type Core, type Data, toBytes } from "./core.ts";
import { KeyCommands } from "./key_commands.ts";
import type { Decode } from "./value_reply.ts";

/** The names of the methods that only read. */
export type ReadMethod =
  | "arcount"
  | "arget"
  | "argetrange"
  | "argrep"
  | "argrepWithValues"
  | "arinfo"
  | "arlastitems"
  | "arlen"
  | "armget"
  | "arnext"
  | "arop"
  | "arscan"
  | "bitcount"
  | "bitfield_ro"
  | "bitpos"
  | "call"
  | "dbsize"
  | "digest"
  | "dump"
  | "exists"
  | "expiretime"
  | "get"
  | "getbit"
  | "getrange"
  | "hexists"
  | "hexpiretime"
  | "hget"
  | "hgetall"
  | "hkeys"
  | "hlen"
  | "hmget"
  | "hpexpiretime"
  | "hpttl"
  | "hrandfield"
  | "hrandfieldWithValues"
  | "hscan"
  | "hscanFields"
  | "hscanIterator"
  | "hstrlen"
  | "httl"
  | "hvals"
  | "keys"
  | "lcs"
  | "lcsIdx"
  | "lcsLen"
  | "lindex"
  | "llen"
  | "lpos"
  | "lrange"
  | "mget"
  | "object"
  | "pexpiretime"
  | "pfcount"
  | "pttl"
  | "randomkey"
  | "scan"
  | "scanIterator"
  | "scard"
  | "sdiff"
  | "sdiffcard"
  | "sinter"
  | "sintercard"
  | "sismember"
  | "smembers"
  | "smismember"
  | "sort_ro"
  | "srandmember"
  | "sscan"
  | "sscanIterator"
  | "strlen"
  | "substr"
  | "sunion"
  | "sunioncard"
  | "ttl"
  | "type"
  | "zcard"
  | "zcount"
  | "zdiff"
  | "zdiffWithScores"
  | "zinter"
  | "zinterWithScores"
  | "zintercard"
  | "zlexcount"
  | "zmscore"
  | "zrandmember"
  | "zrandmemberWithScores"
  | "zrange"
  | "zrangeWithScores"
  | "zrangebylex"
  | "zrangebyscore"
  | "zrank"
  | "zrevrange"
  | "zrevrangebylex"
  | "zrevrangebyscore"
  | "zrevrank"
  | "zscan"
  | "zscanIterator"
  | "zscore"
  | "zunion"
  | "zunionWithScores";

/**
 * What {@linkcode HistoryCommands.at} gives: the methods that read, as of a moment. What they find
 * expired is judged by that moment.
 */
export type PastView<V extends Data> = Pick<KeyCommands<V>, ReadMethod>;

/** Makes a view. @param atMs The moment, Unix time in milliseconds. */
export function pastView<V extends Data>(core: Core, decode: Decode, atMs: number): PastView<V> {
  return new PastCommands<V>(core, decode, atMs);
}

/** All methods, each through HISTORY AT, which refuses those that would write. */
class PastCommands<V extends Data> extends KeyCommands<V> {
  readonly #atMs: number;

  constructor(core: Core, decode: Decode, atMs: number) {
    super(core, decode);
    this.#atMs = atMs;
  }

  protected override run<T>(...words: Argument[]): T {
    return super.run("HISTORY", "AT", this.#atMs, ...words);
  }

  override get(key: Data): V | null {
    return this.run("GET", key);
  }

  override dump(key: Data): Uint8Array | null {
    return this.core.run(["HISTORY", "AT", this.#atMs, "DUMP", key], toBytes) as Uint8Array | null;
  }
}
