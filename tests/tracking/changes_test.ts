/** Which keys each command that writes is told for: those that it changes, and no others. */

import { testConversation } from "./conversation.ts";

/** What is there before each command. */
const SETUP =
  "FLUSHDB ; MSET s 5 s2 abc ; RPUSH l a b c ; RPUSH l2 x ; SADD t a b ; SADD t2 b c ; SADD t3 x ; " +
  "ZADD z 1 a 2 b ; ZADD z2 2 b ; HSET h f 1 g 2 ; PFADD p a b ; SETBIT bits 7 1";
/** The keys that are watched over. */
const KEYS = "s s2 l l2 t t2 t3 z z2 h p bits d none";

/** Registers a conversation in which a client has read every key before each of the commands. */
function testChanges(name: string, commands: readonly string[], since?: number): void {
  testConversation(
    `the keys that ${name} changes are told`,
    ["a CLIENT TRACKING ON"].concat(commands.flatMap((command) => [
      `w ${SETUP}`,
      `a EXISTS ${KEYS}`,
      `w ${command}`,
      "a PING",
    ])),
    since,
  );
}

testChanges("a string command", [
  "SET s 5",
  "SET s 6 NX",
  "SET none 6 XX",
  "SET s 6 GET",
  "SETNX s 1",
  "SETNX none 1",
  "SETEX s 100 1",
  "GETSET s 1",
  "GETDEL s",
  "GETDEL none",
  "GETEX s",
  "GETEX s EX 100",
  "GETEX s PERSIST",
  "APPEND s 1",
  "APPEND s ''",
  "SETRANGE s 1 x",
  "SETRANGE s 1 ''",
  "SETRANGE none 1 ''",
  "INCR s",
  "INCRBYFLOAT s 1.5",
  "DECRBY none 2",
  "INCR s2",
  "MSET s 1 d 2",
  "MSETNX none 1 s 2",
  "MSETNX none 1 d 2",
]);

testChanges("a command on keys", [
  "DEL s none l",
  "UNLINK s none t",
  "EXPIRE s 100",
  "EXPIRE none 100",
  "EXPIRE s 100 XX",
  "EXPIRE s -1",
  "PERSIST s",
  "EXPIRE s 100 ; PERSIST s",
  "RENAME s d",
  "RENAME s s",
  "RENAME s l",
  "RENAMENX s l",
  "RENAMENX s d",
  "COPY s d",
  "COPY s l",
  "COPY s l REPLACE",
  "MOVE s 1",
  "MOVE none 1",
  "TOUCH s l",
  "OBJECT ENCODING s",
  "SORT l ALPHA STORE d",
  "SORT none STORE l",
  "SORT none STORE d",
]);

testChanges("a list command", [
  "LPUSH l x",
  "RPUSHX none x",
  "LPUSHX l x",
  "LPOP l",
  "RPOP none",
  "LPOP l 0",
  "RPOP l 10",
  "LSET l 0 a",
  "LREM l 0 a",
  "LREM l 0 zz",
  "LTRIM l 0 -1",
  "LTRIM l 5 6",
  "LINSERT l BEFORE b x",
  "LINSERT l BEFORE zz x",
  "LMOVE l d LEFT RIGHT",
  "LMOVE l l LEFT RIGHT",
  "LMOVE none d LEFT RIGHT",
  "RPOPLPUSH l2 l",
  "LMPOP 2 none l LEFT COUNT 2",
  "LMPOP 1 none LEFT",
]);

testChanges("a set command", [
  "SADD t a",
  "SADD t a n",
  "SREM t a",
  "SREM t zz",
  "SREM t a b",
  "SPOP t3 2",
  "SPOP t 0",
  "SPOP none",
  "SMOVE t t2 a",
  "SMOVE t t2 b",
  "SMOVE t t2 zz",
  "SMOVE t t a",
  "SINTERSTORE d t t2",
  "SINTERSTORE l t none",
  "SINTERSTORE d t none",
  "SUNIONSTORE t t t2",
  "SDIFFSTORE d t t",
]);

testChanges("a sorted set command", [
  "ZADD z 1 a",
  "ZADD z 5 a",
  "ZADD z NX 5 a",
  "ZADD z XX 5 n",
  "ZADD none XX 5 n",
  "ZINCRBY z 0 a",
  "ZINCRBY z 1 a",
  "ZREM z a",
  "ZREM z zz",
  "ZPOPMIN z",
  "ZPOPMAX z 10",
  "ZPOPMIN z 0",
  "ZMPOP 2 none z MIN",
  "ZREMRANGEBYRANK z 0 0",
  "ZREMRANGEBYRANK z 5 6",
  "ZREMRANGEBYSCORE z -inf +inf",
  "ZREMRANGEBYLEX z2 [zz +",
  "ZRANGESTORE d z 0 -1",
  "ZRANGESTORE l z 5 6",
  "ZRANGESTORE d z 5 6",
  "ZUNIONSTORE d 2 z z2",
  "ZINTERSTORE s 2 z none",
  "ZDIFFSTORE z 2 z z2",
]);

testChanges("a hash command", [
  "HSET h f 1",
  "HSET h n 1",
  "HSETNX h f 1",
  "HSETNX h n 1",
  "HMSET h f 1",
  "HINCRBY h f 0",
  "HINCRBYFLOAT h f 1.5",
  "HDEL h f",
  "HDEL h zz",
  "HDEL h f g",
  "HDEL none f",
]);

testChanges("a command on the time to live of hash fields", [
  "HEXPIRE h 100 FIELDS 1 f",
  "HEXPIRE h 100 FIELDS 1 zz",
  "HEXPIRE h 0 FIELDS 1 f",
  "HEXPIRE h 100 XX FIELDS 1 f",
  "HPERSIST h FIELDS 1 f",
  "HEXPIRE h 100 FIELDS 1 f ; HPERSIST h FIELDS 1 f",
  "HGETDEL h FIELDS 1 f",
  "HGETDEL h FIELDS 1 zz",
  "HGETEX h FIELDS 1 f",
  "HGETEX h EX 100 FIELDS 1 f",
  "HGETEX h PERSIST FIELDS 1 f",
  "HSETEX h EX 100 FIELDS 1 f 1",
  "HSETEX h FNX FIELDS 1 f 1",
], 8);

testChanges("a command on bits or a HyperLogLog", [
  "SETBIT bits 7 1",
  "SETBIT bits 7 0",
  "SETBIT none 7 0",
  "BITOP NOT d bits",
  "BITOP AND s none none",
  "BITOP AND d none none",
  "BITFIELD bits GET u8 0",
  "BITFIELD bits SET u8 0 1",
  "BITFIELD bits INCRBY u8 0 0",
  "BITFIELD bits OVERFLOW FAIL INCRBY u8 0 255",
  "PFADD p a",
  "PFADD p n",
  "PFADD none",
  "PFMERGE d p",
  "PFMERGE p",
]);
