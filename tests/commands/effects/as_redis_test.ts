/** Compares effects with what Redis 8 tells its replicas, command by command. */

import { strict as assert } from "node:assert";
import { named, noOracle } from "../../harness/lacking.ts";
import { encode, RespClient } from "../../harness/resp_client.ts";
import { SEED } from "../../harness/seed.ts";
import { startOracle } from "../../harness/servers.ts";
import { Dice } from "./dice.ts";
import { GENERATORS } from "./generators.ts";
import { commandsIn, type Propagated, Propagation } from "./propagation.ts";
import { Served } from "./served.ts";

const decoder = new TextDecoder();

/** Milliseconds by which the two may see the same command at different times. */
const APART_MS = 5000;

/** What stays of a command where the two say the same in different words. */
function plain({ db, words: [name = "", ...rest] }: Propagated): string | undefined {
  name = name.toUpperCase();
  let words: readonly string[] = rest;
  const without = (...dropped: string[]) => words = words.filter((word) => !dropped.includes(word));
  // Whether it held is known by now.
  if (name === "SET") without("NX", "XX", "GET");
  if (name === "PEXPIREAT" || name === "HPEXPIREAT") without("NX", "XX", "GT", "LT");
  if (name === "HSETEX") without("FNX", "FXX");
  // Redis says HSETEX with KEEPTTL where no field of the hash expires, too.
  if (name === "HSETEX" && words[1] === "KEEPTTL") {
    name = "HSET";
    words = [words[0] ?? "", ...words.slice(4)];
  }
  if (name === "HSETEX" && words[1] === "FIELDS") {
    name = "HSET";
    words = [words[0] ?? "", ...words.slice(3)];
  }
  // What was trimmed is told exactly; the limit of what was cheap is not.
  if (name === "XADD" || name === "XTRIM") {
    const limit = words.indexOf("LIMIT");
    if (limit > 0) words = words.filter((_, i) => i < limit || i > limit + 1);
    without("NOMKSTREAM", "=", "KEEPREF");
  }
  // XCLAIM makes a consumer where Redis tells of none.
  if (name === "XGROUP" && words[0] === "CREATECONSUMER") return undefined;
  if (name === "RESTORE") without("REPLACE");
  const text = words.map((word) => /^1[6-9]\d{11}$/.test(word) ? "<time>" : word).join(" ");
  return `${db < 0 ? "" : `${db}: `}${name} ${text}`.trim();
}

/** Times, in order: they must be about the same. */
function timesOf(commands: readonly Propagated[]): number[] {
  return commands.flatMap(({ words }) => words.filter((word) => /^1[6-9]\d{11}$/.test(word)))
    .map(Number);
}

/** The commands as lines, without a MULTI and an EXEC around a single one. */
function lines(commands: readonly Propagated[]): string[] {
  const said = commands.map(plain).filter((line) => line !== undefined);
  const units = said.filter((line, i) =>
    !(line === "MULTI" && said[i + 2] === "EXEC" || line === "EXEC" && said[i - 2] === "MULTI")
  );
  // What is gone Redis takes off a group where it comes upon it.
  return units.some((line) => line.includes(": XCLAIM ")) ? units.sort() : units;
}

/**
 * Sends commands to both and compares what they tell. One that begins with `&` is another client's, who
 * waits in it; a number behind the sign is how many wait then.
 */
async function compare(
  run: (
    both: (words: readonly (string | Uint8Array)[]) => Promise<void>,
    told: Served,
  ) => Promise<void>,
): Promise<void> {
  await using redis = await startOracle("redis-8");
  await using propagation = await Propagation.of(redis);
  await using told = new Served();
  let taken: Propagated[] = [];
  told.core.store.engine.effects.listen((effects) => taken.push(...commandsIn(effects)));
  await told.listen();
  await using theirs = await redis.connect({ resp: 2 });
  await using ours = await RespClient.connect({ port: told.port, resp: 2 });
  const waiting: RespClient[] = [];
  const differences: unknown[] = [];
  await run(async ([first = "", ...words]) => {
    if (first.toString().startsWith("&")) {
      for (const port of [redis.port, told.port]) {
        const client = await RespClient.connect({ port, resp: 2 });
        await client.raw(encode(words));
        waiting.push(client);
      }
      const count = Number(first.slice(1)) || 1;
      for (const client of [theirs, ours]) await waits(client, count);
      return;
    }
    const command = [first, ...words];
    const replies = [await theirs.send(...command), await ours.send(...command)];
    const expected = await propagation.taken();
    const actual = taken;
    taken = [];
    const apart = timesOf(expected).some((time, i) =>
      Math.abs(time - (timesOf(actual)[i] ?? 0)) > APART_MS
    );
    if (lines(actual).join("\n") !== lines(expected).join("\n") || apart) {
      const shown = command.map((word) => typeof word === "string" ? word : `<${word.length}>`);
      differences.push({
        command: shown.join(" "),
        replies,
        ours: lines(actual),
        redis: lines(expected),
      });
    }
  }, told);
  for (const client of waiting) client.close();
  assert.deepEqual(differences, []);
}

/** Returns when so many clients wait. */
async function waits(client: RespClient, count: number): Promise<void> {
  for (;;) {
    const info = await client.send("INFO", "clients");
    const text = "value" in info && info.value instanceof Uint8Array
      ? decoder.decode(info.value)
      : "";
    if (Number(/blocked_clients:(\d+)/.exec(text)?.[1]) >= count) return;
    if (text === "") throw new Error("no INFO");
  }
}

/** Commands of which both have the same, and that leave nothing to dice. */
const COMMON =
  "append decr decrby incr incrby incrbyfloat getdel getex getset set setex psetex setnx setrange " +
  "mset msetnx setbit bitfield pfadd pfmerge pfcount hset hmset hsetnx hdel hincrby hincrbyfloat " +
  "hexpire hpexpire hexpireat hpexpireat hpersist hgetdel hgetex hsetex lpush rpush lpushx rpushx " +
  "lpop rpop lrem lset linsert ltrim lmove rpoplpush lmpop blpop brpop blmove blmpop brpoplpush sadd " +
  "srem smove sdiffstore sinterstore sunionstore zadd zincrby zrem zpopmin zpopmax zmpop bzpopmin " +
  "bzpopmax bzmpop zremrangebyscore zremrangebyrank zremrangebylex zrangestore zdiffstore " +
  "zinterstore zunionstore copy del unlink move rename renamenx persist expire pexpire expireat " +
  "pexpireat restore sort flushdb";
/** Commands of a random run. */
const RANDOM_COMMANDS = 600;

Deno.test({
  ...named("random commands are told as Redis 8 tells its replicas", noOracle("redis-8")),
  fn: () =>
    compare(async (send, told) => {
      const dice = new Dice(SEED);
      for (let i = 0; i < RANDOM_COMMANDS; i++) {
        const name = dice.one(COMMON.split(" "));
        const words = GENERATORS[name]?.(dice, told) ?? [];
        await send([name, ...words.map((word) => typeof word === "number" ? String(word) : word)]);
      }
    }),
});

function scenario(name: string, commands: string): void {
  Deno.test({
    ...named(`${name} as Redis 8 tells its replicas`, noOracle("redis-8")),
    fn: () =>
      compare(async (send) => {
        for (const line of commands.trim().split("\n")) {
          await send(
            line.trim().split(/ (?=(?:[^"]*"[^"]*")*[^"]*$)/).map((word) =>
              word.startsWith('"') ? word.slice(1, -1) : word
            ),
          );
        }
      }),
  });
}

scenario(
  "strings and keys are told",
  `
SET a 1
SET a 1 EX 100
SET a 2 PX 100000 NX
SET a 2 PX 100000 GET
SET a 2 GET
SET a 2 XX GET
SET a 2 NX
SET a 2 EXAT 9999999999
SET a 2 PXAT 99999999990000
SET a 5 KEEPTTL
SETEX a 100 v
PSETEX a 100000 v
SETNX a v
SETNX b v
GETSET b w
GETDEL b
GETDEL b
GETEX a
GETEX a EX 100
GETEX a PERSIST
GETEX a PERSIST
GETEX a PXAT 5
MSET x 1 y 2
MSETNX x 1 y 2
MSETNX x1 1 y1 2
APPEND x ""
APPEND x 1
SETRANGE x 5 ""
SETRANGE x 5 abc
INCR n
INCRBYFLOAT n 1.5
DECRBY m 5
SETBIT bits 7 1
SETBIT bits 7 1
BITFIELD bits GET u8 0
BITFIELD bits SET u8 0 200 INCRBY u8 0 5 GET u8 0
BITOP AND d bits x
BITOP AND d none none2
BITOP AND d none none2
PFADD h a b c
PFADD h a
PFCOUNT h
PFCOUNT h
PFCOUNT h hh
PFMERGE hm h
PFMERGE hm h
EXPIRE x 100
EXPIRE x 100 NX
PEXPIRE x 100000
EXPIREAT x 9999999999
PEXPIREAT x 99999999990000
EXPIRE x -1
EXPIRE nokey 10
PERSIST x
EXPIRE y 100
PERSIST y
DEL y none
DEL none
UNLINK x1 y1
COPY n n2
COPY n n2
COPY n n2 DB 3 REPLACE
RENAME n n3
RENAMENX n3 n2
RENAMENX n3 n4
MOVE n4 2
SELECT 2
INCR z
SELECT 0
INCR z
TOUCH z
FLUSHDB
FLUSHALL
FLUSHALL ASYNC
FLUSHDB SYNC
SWAPDB 0 1
`,
);

scenario(
  "transactions, scripts and functions are told",
  `
MULTI
SET a 1
EXEC
MULTI
SET a 1
INCR a
GET a
SELECT 4
SET q 1
EXEC
SELECT 0
MULTI
GET a
EXEC
MULTI
EXEC
EVAL "return 1" 0
EVAL "redis.call('set','a','1'); return 1" 0
EVAL "redis.call('set','a','1'); redis.call('incr','a'); redis.call('get','a') return 1" 0
EVAL "redis.call('set','a','1'); redis.call('select',3); redis.call('incr','a'); return 1" 0
EVAL "redis.call('set','a','1'); redis.call('lpush','a','a')" 0
EVAL "redis.pcall('del','nope')" 0
SCRIPT LOAD "return 1"
SCRIPT FLUSH
FUNCTION LOAD "#!lua name=l\\nredis.register_function('f',function(k,a) return redis.call('incr',k[1]) end)"
FUNCTION LOAD REPLACE "#!lua name=l\\nredis.register_function('f',function(k,a) return redis.call('incr',k[1]) end)"
FCALL f 1 kk
FUNCTION DELETE l
FUNCTION FLUSH
FUNCTION FLUSH ASYNC
`,
);

scenario(
  "lists, and who waits for them, are told",
  `
RPUSH l a b c d e f g h
LPUSH l
LPUSHX nol a
LPUSHX l z
LPOP l
RPOP l 2
LPOP nol
LMPOP 1 l LEFT
LMPOP 2 nol l RIGHT COUNT 2
LREM l 0 zz
LREM l 0 c
LSET l 0 q
LINSERT l BEFORE q 1
LINSERT l BEFORE nope 1
LTRIM l 0 -1
LTRIM l 5 3
RPUSH l a b c d e f g h
LMOVE l m LEFT RIGHT
RPOPLPUSH l m
LMOVE nol m LEFT LEFT
BLPOP nol l 0
BRPOP l 0
BLMOVE l m LEFT RIGHT 0
BRPOPLPUSH l m 0
BLMPOP 0 2 nol l LEFT COUNT 2
& BLPOP w1 0
RPUSH w1 a
& BLMOVE w2 w3 LEFT RIGHT 0
RPUSH w2 a b
& BRPOPLPUSH w2b w3b 0
RPUSH w2b a
& BLMPOP 0 1 w4 LEFT COUNT 3
RPUSH w4 a b
& BRPOP w5 0
EVAL "redis.call('rpush','w5','1'); redis.call('set','q','1')" 0
& BZPOPMIN z1 0
ZADD z1 1 a
& BZMPOP 0 1 z2 MAX COUNT 2
ZADD z2 1 a 2 b 3 c
& BLPOP w9 0
& BLPOP w9 0
RPUSH w9 a b
`,
);

scenario(
  "sets, sorted sets and places are told",
  `
SADD s a b c d e f
SADD s a
SREM s zz
SREM s a
SPOP s 0
SPOP s 100
SPOP nos
SADD s a b c
SADD s 1 2 3
SMOVE s s2 1
SMOVE s s2 zz
SMOVE s s 2
SINTERSTORE d s s2
SINTERSTORE d s s2
SUNIONSTORE d s s2
SDIFFSTORE d nos
SDIFFSTORE d nos
ZADD z 1 a 2 b
ZADD z 1 a
ZADD z XX 1 q
ZADD z INCR 2 a
ZADD z NX INCR 2 a
ZADD z GT CH 1 a
ZINCRBY z 1.5 a
ZREM z qq
ZPOPMIN z
ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
ZPOPMAX z 2
ZPOPMIN z 0
ZPOPMIN noz
ZMPOP 1 z MIN
ZMPOP 2 noz z MAX COUNT 2
ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
BZPOPMIN noz z 0
BZMPOP 0 1 z MIN COUNT 2
ZREMRANGEBYSCORE z 100 200
ZREMRANGEBYRANK z 0 0
ZREMRANGEBYLEX z - +
ZADD z 1 a 2 b
ZUNIONSTORE zd 1 z
ZINTERSTORE zd 2 z noz
ZDIFFSTORE zd 1 noz
ZRANGESTORE zr z 0 -1
ZRANGESTORE zr noz 0 -1
ZRANGESTORE zr noz 0 -1
GEOSEARCHSTORE gs g FROMLONLAT 15 37 BYRADIUS 200 km
GEORADIUS g 15 37 200 km STORE gs2
GEORADIUSBYMEMBER g Palermo 200 km STOREDIST gs3
GEORADIUS g 15 37 200 km
SORT l STORE sl
RPUSH nl 3 1 2
SORT nl STORE sl
SORT nl
SORT nol STORE sl
`,
);

scenario(
  "hashes are told",
  `
HSET h f1 1 f2 2
HSET h f1 1
HSETNX h f1 1
HSETNX h f3 1
HMSET h f1 a
HINCRBY h n 1
HINCRBYFLOAT h n 1.5
HDEL h zz
HDEL h f3
HEXPIRE h 100 FIELDS 1 f1
HEXPIRE h 100 FIELDS 2 f1 zz
HEXPIRE h 100 NX FIELDS 2 f1 f2
HEXPIRE h 100 NX FIELDS 2 f1 f2
HEXPIRE h 100 FIELDS 1 zz
HPEXPIRE h 100000 FIELDS 1 f1
HEXPIREAT h 9999999999 FIELDS 1 f1
HPEXPIREAT h 9999999999000 FIELDS 1 f1
HPERSIST h FIELDS 2 f1 zz
HPERSIST h FIELDS 1 f1
HINCRBYFLOAT h f2n 1
HEXPIRE h 100 FIELDS 1 n
HINCRBYFLOAT h n 1
HEXPIRE h 0 FIELDS 1 f1
HGETDEL h FIELDS 2 f2 zz
HGETDEL h FIELDS 1 zz
HSET h f1 1 f2 2
HGETEX h FIELDS 1 f1
HGETEX h EX 100 FIELDS 2 f1 zz
HGETEX h EXAT 1 FIELDS 1 f1
HGETEX h PERSIST FIELDS 2 f2 n
HSETEX h EX 100 FIELDS 2 f1 1 f2 2
HSETEX h FNX EX 100 FIELDS 2 f1 1 f2 2
HSETEX h KEEPTTL FIELDS 1 f1 1
HSETEX h FIELDS 1 f1 1
HSETEX h FXX PXAT 5 FIELDS 1 f1 1
SET dump 1
RENAME dump dump2
`,
);

scenario(
  "streams are told",
  `
XADD st 1-1 a 1
XADD st 5-* a 1
XADD st 101-* a 1
XADD st NOMKSTREAM MAXLEN 2 102-* a 1
XADD nost NOMKSTREAM 103-* a 1
XADD st MAXLEN ~ 2 104-* a 1
XADD st MAXLEN ~ 100 LIMIT 10 105-* a 1
XTRIM st MAXLEN ~ 1000
XTRIM st MAXLEN ~ 1
XTRIM st MAXLEN ~ 1 LIMIT 10
XTRIM st MAXLEN 2
XTRIM st MINID 1
XDEL st 0-1
XSETID st 9999999999999-1
XGROUP CREATE st g 0
XGROUP CREATE st g2 $
XGROUP CREATE st3 g2 $ MKSTREAM
XGROUP CREATECONSUMER st g c1
XGROUP CREATECONSUMER st g c1
XGROUP SETID st g 0 ENTRIESREAD 1
`,
);

scenario(
  "groups of streams are told",
  `
DEL st
XADD st 1-1 a 1
XADD st 2-1 a 1
XADD st 3-1 a 1
XADD st 4-1 a 1
XADD st 5-1 a 1
XGROUP CREATE st g 0
XREADGROUP GROUP g c COUNT 2 STREAMS st >
XREADGROUP GROUP g c COUNT 1 NOACK STREAMS st >
XREADGROUP GROUP g c9 STREAMS st 0
XREADGROUP GROUP g cnew STREAMS st >
XREADGROUP GROUP g cnew2 STREAMS st >
XACK st g 99-1
XACK st g 1-1
XCLAIM st g c2 0 2-1
XCLAIM st g c2 0 2-1 JUSTID
XCLAIM st g c2 0 1-1 FORCE IDLE 1000 RETRYCOUNT 7
XCLAIM st g c2 99999 2-1
XCLAIM st g cc 99999 2-1
XCLAIM st g c2 0 2-1 LASTID 9-1
XDEL st 1-1
XCLAIM st g c3 0 1-1
XADD st 10-1 a 1
XADD st 11-1 a 1
XREADGROUP GROUP g c STREAMS st >
XDEL st 10-1
XAUTOCLAIM st g c5 0 0
XAUTOCLAIM st g c5 99999 0
XAUTOCLAIM st g c6 0 0 JUSTID COUNT 1
XGROUP DELCONSUMER st g c5
XGROUP DELCONSUMER st g c55
& XREADGROUP GROUP g cb BLOCK 0 STREAMS st >
XADD st 20-1 a 1
& XREAD BLOCK 0 STREAMS st $
XADD st 21-1 a 1
XGROUP DESTROY st g
XGROUP DESTROY st g
XREADGROUP GROUP g2 c STREAMS st3 >
COPY st st4
`,
);
