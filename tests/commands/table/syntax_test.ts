import { strict as assert } from "node:assert";
import { type DocArgument, parseSyntax } from "../../../src/commands/table/syntax.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import type { Reply } from "../../harness/resp_client.ts";
import { startRedis } from "../../harness/servers.ts";
import { fields, items, text } from "../oracle_commands.ts";

/**
 * One argument in a line: `name:type`, of a group the type alone, `=TOKEN`, `#key specification`,
 * `?` if optional, `+` if multiple, `&` if the token is repeated, and the members in parentheses.
 */
function line(argument: DocArgument, names: boolean): string {
  const { name, type, token, keySpecIndex, optional, multiple, multipleToken } = argument;
  const members = argument.arguments?.map((member) => line(member, names));
  return (members === undefined || names ? `${name}:${type}` : type) +
    (token === undefined ? "" : `=${token}`) +
    (keySpecIndex === undefined ? "" : `#${keySpecIndex}`) +
    (optional ? "?" : "") + (multiple ? "+" : "") + (multipleToken ? "&" : "") +
    (members === undefined ? "" : `(${members.join(" ")})`);
}

function parsed(syntax: string, fullName: string, keySpecs: number, names = true): string {
  return parseSyntax(syntax, fullName, keySpecs).map((argument) => line(argument, names)).join(" ");
}

const CASES: readonly (readonly [syntax: string, keySpecs: number, expected: string])[] = [
  ["PING [message]", 0, "message:string?"],
  ["GET key", 1, "key:key#0"],
  ["DEL key [key ...]", 1, "key:key#0+"],
  ["PFADD key [element [element ...]]", 1, "key:key#0 element:string?+"],
  ["MSET key value [key value ...]", 1, "key-value:block+(key:key#0 value:string)"],
  ["FLUSHALL [ASYNC | SYNC]", 0, "flush-type:oneof?(async:pure-token=ASYNC sync:pure-token=SYNC)"],
  ["RENAME key newkey", 2, "key:key#0 newkey:key#1"],
  ["LCS key1 key2 [LEN]", 1, "key1:key#0 key2:key#0 len:pure-token=LEN?"],
  [
    "SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [STORE destination]",
    3,
    "key:key#0 pattern:pattern=BY#1? limit:block=LIMIT?(offset:integer count:integer) " +
    "pattern:pattern=GET#1?+& destination:key=STORE#2?",
  ],
  [
    "GETEX key [EX seconds | EXAT unix-time-seconds | PERSIST]",
    1,
    "key:key#0 expiration:oneof?(seconds:integer=EX unix-time-seconds:unix-time=EXAT " +
    "persist:pure-token=PERSIST)",
  ],
  [
    "XREAD [COUNT count] STREAMS key [key ...] id [id ...]",
    1,
    "count:integer=COUNT? streams:block=STREAMS(key:key#0+ id:string+)",
  ],
  [
    "XADD key [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]",
    1,
    "key:key#0 trim:block?(strategy:oneof(maxlen:pure-token=MAXLEN minid:pure-token=MINID) " +
    "operator:oneof?(equal:pure-token== approximately:pure-token=~) threshold:string " +
    "count:integer=LIMIT?) id-selector:oneof(auto-id:pure-token=* id:string) " +
    "field-value:block+(field:string value:string)",
  ],
  [
    "ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]",
    1,
    "numkeys:integer key:key#0+ weight:integer=WEIGHTS?+ " +
    "aggregate:oneof=AGGREGATE?(sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX)",
  ],
  [
    "GEOSEARCH key <BYRADIUS radius <M | KM> | BYBOX width height <M | KM>> [COUNT count [ANY]]",
    1,
    "key:key#0 by:oneof(circle:block(radius:double=BYRADIUS unit:oneof(m:pure-token=M " +
    "km:pure-token=KM)) box:block(width:double=BYBOX height:double unit:oneof(m:pure-token=M " +
    "km:pure-token=KM))) count-block:block?(count:integer=COUNT any:pure-token=ANY?)",
  ],
  [
    "LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>",
    2,
    "source:key#0 destination:key#1 " +
    "wherefrom:oneof(left:pure-token=LEFT right:pure-token=RIGHT) " +
    "whereto:oneof(left:pure-token=LEFT right:pure-token=RIGHT)",
  ],
  [
    "FAILOVER [TO host port [FORCE]]",
    0,
    "to:block=TO?(host:string port:integer force:pure-token=FORCE?)",
  ],
  [
    "HELLO [protover [AUTH username password] [SETNAME clientname]]",
    0,
    "protover-auth-clientname:block?(protover:integer auth:block=AUTH?(username:string " +
    "password:string) clientname:string=SETNAME?)",
  ],
];

for (const [syntax, keySpecs, expected] of CASES) {
  Deno.test(`the arguments of ${syntax}`, () => {
    assert.equal(parsed(syntax, syntax.split(" ")[0]!.toLowerCase(), keySpecs), expected);
  });
}

Deno.test("a subcommand's arguments begin after its own name", () => {
  assert.equal(
    parsed("CLIENT LIST [TYPE <NORMAL | PUBSUB>] [ID client-id [client-id ...]]", "client|list", 0),
    "client-type:oneof=TYPE?(normal:pure-token=NORMAL pubsub:pure-token=PUBSUB) " +
      "client-id:integer=ID?+",
  );
  assert.equal(parsed("CONFIG RESETSTAT", "config|resetstat", 0), "");
});

Deno.test("a polygon's token introduces the number of its vertices, as in Valkey", () => {
  assert.equal(
    parsed(
      "GEOX <BYBOX width | BYPOLYGON num-vertices longitude latitude [longitude latitude ...]>",
      "geox",
      0,
    ),
    "width-polygon:oneof(width:double=BYBOX polygon:block(num-vertices:integer=BYPOLYGON " +
      "vertices:block+(longitude:double latitude:double)))",
  );
});

Deno.test("a choice of filters that may be repeated is multiple", () => {
  const filters = "[ID client-id] | [USER username]";
  assert.equal(
    parsed(`CLIENT KILL <ip:port | <${filters} [${filters} ...]>>`, "client|kill", 0, false),
    "oneof(ip:port:string oneof+(client-id:integer=ID? username:string=USER?))",
  );
});

Deno.test("a value's type depends on its command where its name does not tell", () => {
  const types = (syntax: string) => parsed(syntax, syntax.split(" ")[0]!.toLowerCase(), 1);
  assert.equal(types("LRANGE key start stop"), "key:key#0 start:integer stop:integer");
  assert.equal(types("ZRANGE key start stop"), "key:key#0 start:string stop:string");
  assert.equal(types("INCRBYFLOAT key increment"), "key:key#0 increment:double");
  assert.equal(types("BLPOP key [key ...] timeout"), "key:key#0+ timeout:double");
});

Deno.test("a line that does not close its brackets is read as far as it goes", () => {
  assert.equal(parsed("X a [B b", "x", 0), "a:string b:string=B?");
  assert.equal(parsed("X a] b", "x", 0), "a:string");
});

/** Commands with the key specifications and syntax they have in both Redis 7.0 and 8. */
const SAME_IN_REDIS_7: readonly (readonly [syntax: string, keySpecs: number])[] = [
  ["APPEND key value", 1],
  ["AUTH [username] password", 0],
  ["BITCOUNT key [start end [BYTE | BIT]]", 1],
  [
    "BITFIELD key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]]",
    1,
  ],
  ["BITFIELD_RO key [GET encoding offset [GET encoding offset ...]]", 1],
  ["BITPOS key bit [start [end [BYTE | BIT]]]", 1],
  ["BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout", 2],
  ["BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", 1],
  ["BLPOP key [key ...] timeout", 1],
  ["COPY source destination [DB destination-db] [REPLACE]", 2],
  ["EVAL script numkeys [key [key ...]] [arg [arg ...]]", 1],
  ["EXPIRE key seconds [NX | XX | GT | LT]", 1],
  ["EXPIREAT key unix-time-seconds [NX | XX | GT | LT]", 1],
  ["FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]", 0],
  ["GEODIST key member1 member2 [M | KM | FT | MI]", 1],
  [
    "GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
    1,
  ],
  [
    "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
    1,
  ],
  ["HELLO [protover [AUTH username password] [SETNAME clientname]]", 0],
  ["HRANDFIELD key [count [WITHVALUES]]", 1],
  ["HSET key field value [field value ...]", 1],
  ["INCRBYFLOAT key increment", 1],
  ["LINSERT key <BEFORE | AFTER> pivot element", 1],
  ["LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]", 1],
  ["MSET key value [key value ...]", 1],
  ["REPLICAOF <host port | NO ONE>", 0],
  ["RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]", 1],
  ["SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]", 0],
  ["SETBIT key offset value", 1],
  ["SETRANGE key offset value", 1],
  ["SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]", 0],
  ["SINTERCARD numkeys key [key ...] [LIMIT limit]", 1],
  ["SMOVE source destination member", 2],
  ["SPOP key [count]", 1],
  ["XACK key group id [id ...]", 1],
  ["XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]", 1],
  ["XPENDING key group [[IDLE min-idle-time] start end count [consumer]]", 1],
  ["XRANGE key start end [COUNT count]", 1],
  ["XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]", 1],
  [
    "XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
    1,
  ],
  ["ZCOUNT key min max", 1],
  ["ZINCRBY key increment member", 1],
  ["ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]", 1],
  ["ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]", 1],
  ["ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]", 1],
  ["ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]", 2],
  [
    "ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]",
    2,
  ],
];

Deno.test({
  ...named(
    "arguments have the names, types, tokens and nesting that Redis's COMMAND DOCS tells",
    noRedis(),
  ),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect({ resp: 3 });
    const docs = fields(await client.send("COMMAND", "DOCS"));
    for (const [syntax, keySpecs] of SAME_IN_REDIS_7) {
      const name = syntax.split(" ")[0]!.toLowerCase();
      const theirs = items(fields(docs.get(name)).get("arguments")).map(docArgument);
      assert.equal(
        parsed(syntax, name, keySpecs, false),
        theirs.map((argument) => line(argument, false)).join(" "),
        name,
      );
    }
  },
});

/** An argument as Redis's COMMAND DOCS tells it. */
function docArgument(reply: Reply): DocArgument {
  const argument = fields(reply);
  const optional = (field: string) => argument.has(field) ? text(argument.get(field)) : undefined;
  const flags = argument.has("flags") ? items(argument.get("flags")).map(text) : [];
  const token = optional("token"), keySpecIndex = optional("key_spec_index");
  return {
    name: text(argument.get("name")),
    type: text(argument.get("type")) as DocArgument["type"],
    ...(token !== undefined && { token }),
    ...(keySpecIndex !== undefined && { keySpecIndex: Number(keySpecIndex) }),
    optional: flags.includes("optional"),
    multiple: flags.includes("multiple"),
    multipleToken: flags.includes("multiple_token"),
    ...(argument.has("arguments") && {
      arguments: items(argument.get("arguments")).map(docArgument),
    }),
  };
}
