/** What the tests of replication compare, and write. */

import { latin1, type Reply, type RespClient } from "../../harness/resp_client.ts";

/** Commands that Redis 7.0 has, too. */
export const COMMON =
  "append decrby incr incrby incrbyfloat getdel getex getset set setex psetex setrange mset msetnx " +
  "setbit bitop bitfield pfadd pfmerge pfcount hset hdel hincrby hincrbyfloat lpush rpush lpop rpop " +
  "lrem lset linsert ltrim lmove lmpop blpop sadd spop srem smove sdiffstore sinterstore sunionstore " +
  "zadd zincrby zrem zpopmin zmpop zremrangebyrank zrangestore zunionstore geoadd xadd xtrim xdel " +
  "xgroup|create xgroup|createconsumer xgroup|delconsumer xreadgroup xack xclaim xautoclaim copy del " +
  "move rename persist expire pexpire pexpireat restore sort";
/** And those that are younger. */
export const SINCE_8 =
  "hexpire hpexpire hpexpireat hpersist hgetdel hgetex hsetex increx msetex delex";

/** INFO's fields on replication and statistics. */
export async function fields(client: RespClient): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const section of ["replication", "stats"]) {
    const reply = await client.send("INFO", section);
    if (reply.type !== "bulk") throw new Error(`no INFO: ${reply.type}`);
    for (const line of latin1(reply.value).split("\r\n")) {
      const colon = line.indexOf(":");
      found.set(line.slice(0, colon), line.slice(colon + 1));
    }
  }
  return found;
}

/** A reply as a plain value. */
export function plain(reply: Reply): unknown {
  if (reply.type === "bulk") return latin1(reply.value);
  if (reply.type === "array") return reply.items.map(plain);
  return "value" in reply ? String(reply.value) : reply.type;
}

function sorted(value: unknown, step: number): unknown {
  if (!Array.isArray(value)) return value;
  const groups: unknown[][] = [];
  for (let i = 0; i < value.length; i += step) groups.push(value.slice(i, i + step));
  return groups.map((group) => JSON.stringify(group)).sort();
}

/**
 * All that a server holds, as plain values.
 *
 * @param deliveries With how often entries were delivered: a redis-server does not tell its replicas of
 * an entry that its consumer has asked for again.
 */
export async function contentOf(
  client: RespClient,
  deliveries = true,
): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {};
  const ask = async (...words: string[]) => plain(await client.send(...words));
  for (let db = 0; db < 3; db++) {
    await client.send("SELECT", String(db));
    const keys = await ask("KEYS", "*");
    if (!Array.isArray(keys)) throw new Error("no keys");
    for (const key of keys.sort()) {
      const type = await ask("TYPE", key);
      const value = type === "string"
        ? await ask("GET", key)
        : type === "list"
        ? await ask("LRANGE", key, "0", "-1")
        : type === "set"
        ? sorted(await ask("SMEMBERS", key), 1)
        : type === "hash"
        ? sorted(await ask("HGETALL", key), 2)
        : type === "zset"
        ? await ask("ZRANGE", key, "0", "-1", "WITHSCORES")
        : await streamOf(ask, key, deliveries);
      content[`${db} ${key}`] = [type, await ask("PEXPIRETIME", key), value];
    }
  }
  content["functions"] = await ask("FUNCTION", "LIST", "WITHCODE");
  return content;
}

async function streamOf(
  ask: (...words: string[]) => Promise<unknown>,
  key: string,
  deliveries: boolean,
): Promise<unknown> {
  const groups = await ask("XINFO", "GROUPS", key);
  const pending: unknown[] = [];
  for (const group of Array.isArray(groups) ? groups : []) {
    const entries = await ask("XPENDING", key, group[1], "-", "+", "1000");
    // How long ago that was depends on when it is asked.
    pending.push(
      Array.isArray(entries)
        ? entries.map(([id, consumer, , times]) =>
          deliveries ? [id, consumer, times] : [id, consumer]
        )
        : entries,
    );
  }
  // Redis tells nobody of consumers that were given nothing, and 7.0 not how many entries were read.
  const facts = Array.isArray(groups)
    ? groups.map((group) => group.toSpliced(2, 2).slice(0, 6))
    : groups;
  return [await ask("XRANGE", key, "-", "+"), facts, pending];
}

/** Milliseconds that a reply, or what is waited for, may take on a busy machine. */
export const PATIENCE_MS = 120_000;

/** Waits until something is so, looking whenever the event loop has time. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!await isSo()) {
    if (performance.now() > end) throw new Error(`it never was so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until a replica has all that its master has written. */
export async function caughtUp(replica: RespClient, master: RespClient): Promise<void> {
  await until(async () => {
    const ours = await fields(master), theirs = await fields(replica);
    return ours.get("master_repl_offset") === theirs.get("master_repl_offset") &&
      ours.get("master_replid") === theirs.get("master_replid") &&
      theirs.get("master_link_status") === "up";
  }, "the replica has caught up");
}

/** All that a Redlite holds, as what has to be the same with another. */
export async function redliteContentOf(client: RespClient): Promise<unknown> {
  const ask = async (...words: string[]) => plain(await client.send(...words));
  const keys: unknown[] = [];
  for (let db = 0; db < 3; db++) {
    await ask("SELECT", String(db));
    for (const key of [...await ask("KEYS", "*") as string[]].sort()) {
      const [type, expires] = [await ask("TYPE", key), await ask("PEXPIRETIME", key)];
      keys.push([db, key, type, expires, await ask("DEBUG", "DIGEST-VALUE", key)]);
    }
  }
  const indexes = [...await ask("FT._LIST") as string[]].sort();
  const words = await Promise.all(["dict1", "dict2"].map((name) => ask("FT.DICTDUMP", name)));
  const history = await ask("HISTORY", "STATUS") as unknown[][];
  return {
    keys,
    indexes,
    words,
    // When a setting was made is of each server's own past.
    history: history.map((rule) => String(rule.filter((_, i) => rule[i - 1] !== "since"))).sort(),
    digest: await ask("DEBUG", "DIGEST"),
  };
}
