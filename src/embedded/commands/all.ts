/** All typed methods in one class, and the same on the past. */

import { type Data, toText } from "../data.ts";
import type {
  Extension,
  ExtensionMethods,
  ExtensionReadMethods,
  MethodGroup,
} from "../extension.ts";
import { showAs } from "../shown.ts";
import { ArrayCommands } from "./arrays.ts";
import { BitmapCommands } from "./bitmaps.ts";
import { BlockingCommands } from "./blocking.ts";
import { CommandGroup, install } from "./group.ts";
import { HashCommands } from "./hashes.ts";
import { HistoryCommands, type Moment } from "./history.ts";
import { JsonCommands } from "./json/commands.ts";
import { KeyCommands } from "./keys.ts";
import { ListCommands } from "./lists.ts";
import { asMs } from "./option_words.ts";
import { PastRunner } from "./past.ts";
import { PubSubCommands } from "./pubsub.ts";
import type { ReadMethod } from "./read_methods.ts";
import { ScriptingCommands } from "./scripting.ts";
import { SearchCommands } from "./search/commands.ts";
import { SetCommands } from "./sets.ts";
import { SketchCommands } from "./sketches/commands.ts";
import { SortedSetCommands } from "./sorted_sets.ts";
import { StorageCommands } from "./storage.ts";
import { StreamCommands } from "./streams/commands.ts";
import { StreamGroupCommands } from "./streams/group_commands.ts";
import { StringCommands } from "./strings.ts";
import { TimeSeriesCommands } from "./time_series/commands.ts";

/**
 * The typed methods of all commands, under their names in lower case, and what belongs to them; `V`
 * is what keys and values come back as.
 *
 * - {@linkcode StringCommands}: get, set, setGet, getset, getdel, getex, setnx, setex, psetex,
 *   mget, mset, msetnx, msetex, append, strlen, getrange, substr, setrange, incr, decr, incrby,
 *   decrby, incrbyfloat, increx, lcs, lcsLen, lcsIdx, digest, delex
 * - {@linkcode TimeSeriesCommands}: ts
 * - {@linkcode BitmapCommands}: setbit, getbit, bitcount, bitpos, bitop, bitfield, bitfield_ro,
 *   pfadd, pfcount, pfmerge, pfdebug, pfselftest
 * - {@linkcode HashCommands}: hset, hmset, hsetnx, hget, hmget, hgetall, hdel, hexists, hkeys,
 *   hvals, hlen, hstrlen, hincrby, hincrbyfloat, hrandfield, hrandfieldWithValues, hscan,
 *   hscanFields, hscanIterator, hexpire, hpexpire, hexpireat, hpexpireat, httl, hpttl, hexpiretime,
 *   hpexpiretime, hpersist, hgetex, hsetex, hgetdel, himport
 * - {@linkcode ListCommands}: lpush, rpush, lpushx, rpushx, lpop, rpop, lmpop, llen, lrange,
 *   lindex, lset, linsert, lrem, ltrim, lpos, lmove, lmovem, rpoplpush
 * - {@linkcode SetCommands}: sadd, srem, smembers, sismember, smismember, scard, spop, srandmember,
 *   smove, sinter, sintercard, sinterstore, sunion, sunioncard, sunionstore, sdiff, sdiffcard,
 *   sdiffstore, sscan, sscanIterator
 * - {@linkcode SortedSetCommands}: zadd, zaddIncr, zincrby, zrem, zcard, zscore, zmscore, zcount,
 *   zlexcount, zrank, zrevrank, zrange, zrangeWithScores, zrangestore, zrangebyscore,
 *   zrevrangebyscore, zrevrange, zrangebylex, zrevrangebylex, zremrangebyrank, zremrangebyscore,
 *   zremrangebylex, zpopmin, zpopmax, zmpop, zrandmember, zrandmemberWithScores, zunion,
 *   zunionWithScores, zunionstore, zinter, zinterWithScores, zinterstore, zintercard, zdiff,
 *   zdiffWithScores, zdiffstore, zscan, zscanIterator
 * - {@linkcode ArrayCommands}: arset, armset, arget, armget, argetrange, arscan, argrep,
 *   argrepWithValues, arop, ardel, ardelrange, arlen, arcount, arinsert, arring, arnext, arseek,
 *   arlastitems, arinfo
 * - {@linkcode StreamCommands}: xadd, xlen, xrange, xrevrange, xdel, xdelex, xtrim, xsetid, xcfgset,
 *   xidmprecord, xread, xreadOnce, xreadWait, xinfo
 * - {@linkcode StreamGroupCommands}: xreadgroup, xreadgroupWait, xack, xackdel, xnack, xclaim,
 *   xclaimIds, xautoclaim, xautoclaimIds, xpending, xgroup, consume
 * - {@linkcode KeyCommands}: del, unlink, exists, type, touch, keys, scan, scanIterator, randomkey,
 *   rename, renamenx, copy, move, expire, pexpire, expireat, pexpireat, ttl, pttl, expiretime,
 *   pexpiretime, persist, object, dbsize, flushdb, flushall, swapdb, select, time, sort, sort_ro,
 *   sortStore, dump, restore, ping, echo, save, lastsave
 * - {@linkcode BlockingCommands}: blpop, brpop, blmpop, blmove, blmovem, brpoplpush, bzpopmin,
 *   bzpopmax, bzmpop, wait, waitaof
 * - {@linkcode PubSubCommands}: publish, subscribe, psubscribe
 * - {@linkcode ScriptingCommands}: eval, script, function
 * - {@linkcode SearchCommands}: ft
 * - {@linkcode JsonCommands}: json
 * - {@linkcode SketchCommands}: bf, cf, cms, topk, tdigest
 * - {@linkcode HistoryCommands}: history
 * - {@linkcode StorageCommands}: keyinfo, vacuum, autovacuum
 *
 * @example
 * ```ts
 * import { type Commands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const bytes: Commands<Uint8Array> = db.bytes;
 * bytes.rpush("queue", new Uint8Array([1, 2]));
 * console.log(bytes.lpop("queue")); // Uint8Array(2) [ 1, 2 ]
 * ```
 */
export interface Commands<V extends Data>
  extends
    ArrayCommands<V>,
    BitmapCommands<V>,
    BlockingCommands<V>,
    ExtensionMethods<V>,
    HashCommands<V>,
    HistoryCommands<V>,
    JsonCommands<V>,
    KeyCommands<V>,
    ListCommands<V>,
    PubSubCommands<V>,
    ScriptingCommands<V>,
    SearchCommands<V>,
    SetCommands<V>,
    SketchCommands<V>,
    SortedSetCommands<V>,
    StorageCommands<V>,
    StreamCommands<V>,
    StreamGroupCommands<V>,
    StringCommands<V>,
    TimeSeriesCommands<V> {}

/** The class of them. */
export class Commands<V extends Data> extends CommandGroup<V> {
  static {
    showAs(Commands.prototype, (commands) => {
      const values = commands.decode === toText ? "text" : "bytes";
      return `Redlite (${commands.core.description}; values as ${values})`;
    });
  }

  /**
   * The selected database as it was at a moment, as far as its history tells: the methods that read.
   *
   * @throws {RedliteError} From the methods, if the history does not reach back to the moment.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.history.enable();
   * db.hset("user:1", "name", "Ada");
   * const then = Date.now();
   * await new Promise((resolve) => setTimeout(resolve, 5));
   * db.del("user:1");
   * console.log(db.at(then).hgetall("user:1").get("name")); // "Ada"
   * ```
   */
  at(moment: Moment): PastView<V> {
    return new Commands<V>(new PastRunner(this.core, asMs(moment)), this.decode);
  }
}

install(Commands, [
  ArrayCommands,
  BitmapCommands,
  BlockingCommands,
  HashCommands,
  HistoryCommands,
  JsonCommands,
  KeyCommands,
  ListCommands,
  PubSubCommands,
  ScriptingCommands,
  SearchCommands,
  SetCommands,
  SketchCommands,
  SortedSetCommands,
  StorageCommands,
  StreamCommands,
  StreamGroupCommands,
  StringCommands,
  TimeSeriesCommands,
]);

/**
 * What {@linkcode Commands.at} gives: the methods that read, as of a moment. What they find expired
 * is judged by that moment.
 *
 * @example
 * ```ts
 * import { type PastView, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * db.set("k", "v");
 * const now: PastView<string> = db.at(Date.now());
 * console.log(now.get("k")); // "v"
 * ```
 */
export type PastView<V extends Data> = Pick<Commands<V>, ReadMethod> & ExtensionReadMethods<V>;

const installed = new Set<MethodGroup>();

/** Gives all databases the methods of extensions, which tell where one has not the extension. */
export function installMethods(extensions: readonly Extension[]): void {
  for (const { methods } of extensions) {
    if (methods === undefined || installed.has(methods)) continue;
    install(Commands, [methods]);
    installed.add(methods);
  }
}
