import { strict as assert } from "node:assert";
import { OnClock } from "../on_clock.ts";

const LATEST = 2 ** 46 - 1;

Deno.test("HEXPIRE and its kin set expiries, relative and absolute, in seconds and milliseconds", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 2 c 3 d 4 e 5");
  const at = on.now + 100_000;
  assert.deepEqual(on.ask("HEXPIRE h 100 FIELDS 1 a"), [1]);
  assert.deepEqual(on.ask("HPEXPIRE h 100000 FIELDS 1 b"), [1]);
  assert.deepEqual(on.ask(`HEXPIREAT h ${at / 1000} FIELDS 1 c`), [1]);
  assert.deepEqual(on.ask(`HPEXPIREAT h ${at + 1} FIELDS 2 d absent`), [1, -2]);
  const fields = "FIELDS 6 a b c d e absent";
  assert.deepEqual(on.ask(`HPEXPIRETIME h ${fields}`), [at, at, at, at + 1, -1, -2]);
  assert.deepEqual(
    on.ask(`HEXPIRETIME h ${fields}`),
    [at / 1000, at / 1000, at / 1000, at / 1000 + 1, -1, -2],
  );
  on.advance(1);
  assert.deepEqual(on.ask(`HPTTL h ${fields}`), [99_999, 99_999, 99_999, 100_000, -1, -2]);
  assert.deepEqual(on.ask(`HTTL h ${fields}`), [100, 100, 100, 100, -1, -2]);
});

Deno.test("an absent key has no fields", () => {
  using on = new OnClock();
  for (
    const line of [
      "HEXPIRE k 1 FIELDS 2 a b",
      "HTTL k FIELDS 2 a b",
      "HPERSIST k FIELDS 2 a b",
    ]
  ) assert.deepEqual(on.ask(line), [-2, -2], line);
  assert.deepEqual(on.ask("HGETEX k EX 1 FIELDS 2 a b"), [null, null]);
  assert.deepEqual(on.ask("HGETDEL k FIELDS 2 a b"), [null, null]);
  assert.equal(on.ask("EXISTS k"), 0);
});

Deno.test("a field is there until its time and gone the millisecond after, for every command", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 22 c 3");
  on.ask("HPEXPIRE h 100 FIELDS 1 b");
  on.advance(100);
  assert.equal(on.ask("HGET h b"), "22");
  on.advance(1);
  assert.equal(on.ask("HGET h b"), null);
  assert.deepEqual(on.ask("HMGET h a b"), ["1", null]);
  assert.equal(on.ask("HLEN h"), 2);
  assert.equal(on.ask("HEXISTS h b"), 0);
  assert.equal(on.ask("HSTRLEN h b"), 0);
  assert.deepEqual(on.ask("HGETALL h"), new Map([["a", "1"], ["c", "3"]]));
  assert.deepEqual(on.ask("HKEYS h"), ["a", "c"]);
  assert.deepEqual(on.ask("HVALS h"), ["1", "3"]);
  assert.deepEqual(on.ask("HSCAN h 0"), ["0", ["a", "1", "c", "3"]]);
  assert.deepEqual(on.ask("HRANDFIELD h 5"), ["a", "c"]);
  assert.deepEqual(on.ask("HTTL h FIELDS 1 b"), [-2]);
  assert.deepEqual(on.ask("HGETDEL h FIELDS 1 b"), [null]);
});

Deno.test("a write finds an expired field absent", () => {
  const lines: [line: string, reply: unknown][] = [
    ["HSET h b new", 1],
    ["HSETNX h b new", 1],
    ["HDEL h b", 0],
    ["HINCRBY h b 5", 5],
    ["HINCRBYFLOAT h b 5", "5"],
    ["HEXPIRE h 5 FIELDS 1 b", [-2]],
    ["HPERSIST h FIELDS 1 b", [-2]],
    ["HGETEX h FIELDS 1 b", [null]],
    ["HSETEX h FXX FIELDS 1 b new", 0],
    ["HSETEX h FNX KEEPTTL FIELDS 1 b new", 1],
  ];
  for (const [line, reply] of lines) {
    using on = new OnClock();
    on.ask("HSET h a 1 b 2");
    on.ask("HPEXPIRE h 100 FIELDS 1 b");
    on.advance(101);
    assert.deepEqual(on.ask(line), reply, line);
    assert.deepEqual(on.ask("HPEXPIRETIME h FIELDS 1 a"), [-1]);
    assert.notDeepEqual(on.ask("HGET h b"), "2", line);
    if (on.ask("HEXISTS h b") === 1) {
      assert.deepEqual(on.ask("HTTL h FIELDS 1 b"), [-1], line);
    }
  }
});

Deno.test("with its last field expired a hash is gone for writes, which tell so", () => {
  using on = new OnClock();
  on.ask("HSET h a 1");
  on.ask("HPEXPIRE h 100 FIELDS 1 a");
  on.advance(101);
  assert.deepEqual(on.ask("HGETALL h"), new Map());
  assert.deepEqual(on.told("HDEL h a"), ["hexpired", "del"]);
  assert.equal(on.ask("EXISTS h"), 0);
  on.ask("HSETEX h PX 100 FIELDS 1 a 1");
  on.advance(101);
  assert.deepEqual(on.told("HSET h b 1"), ["hexpired", "del", "hset"]);
  assert.deepEqual(on.ask("HKEYS h"), ["b"]);
});

Deno.test("HGETEX PERSIST makes a hash ready for expiries, HGETEX alone does not", () => {
  using on = new OnClock();
  on.ask("HSET h a 1");
  on.ask("HGETEX h FIELDS 1 a");
  assert.equal(on.ask("OBJECT ENCODING h"), "listpack");
  on.ask("HGETEX h PERSIST FIELDS 1 absent");
  assert.equal(on.ask("OBJECT ENCODING h"), "listpackex");
});

Deno.test("conditions compare with the expiry a field has, none being later than all", () => {
  using on = new OnClock();
  const reset = () => {
    on.ask("DEL h");
    on.ask("HSET h none 1 some 1");
    on.ask("HEXPIRE h 100 FIELDS 1 some");
  };
  const cases: [condition: string, seconds: number, none: number, some: number][] = [
    ["NX", 50, 1, 0],
    ["XX", 50, 0, 1],
    ["GT", 50, 0, 0],
    ["GT", 100, 0, 0],
    ["GT", 150, 0, 1],
    ["LT", 50, 1, 1],
    ["LT", 100, 1, 0],
    ["LT", 150, 1, 0],
  ];
  for (const [condition, seconds, none, some] of cases) {
    for (
      const line of [
        `HEXPIRE h ${seconds} ${condition} FIELDS 2 none some`,
        `HEXPIRE h ${seconds} FIELDS 2 none some ${condition.toLowerCase()}`,
      ]
    ) {
      reset();
      assert.deepEqual(on.ask(line), [none, some], line);
      assert.deepEqual(
        on.ask("HTTL h FIELDS 2 none some"),
        [none === 1 ? seconds : -1, some === 1 ? seconds : 100],
        line,
      );
    }
  }
});

Deno.test("a time that is over deletes the fields whose condition holds", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 2 c 3");
  on.ask("HEXPIRE h 100 FIELDS 1 c");
  assert.deepEqual(on.ask(`HPEXPIREAT h ${on.now} NX FIELDS 4 a b absent c`), [2, 2, -2, 0]);
  assert.deepEqual(on.ask("HKEYS h"), ["c"]);
  assert.deepEqual(on.ask("HEXPIRE h 0 FIELDS 2 c c"), [2, -2]);
  assert.equal(on.ask("EXISTS h"), 0);
  on.ask("HSET h a 1");
  assert.deepEqual(on.ask("HEXPIREAT h 0 FIELDS 1 a"), [2]);
});

Deno.test("the expire commands tell hexpire, or hdel for a time that is over", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 2");
  assert.deepEqual(on.told("HEXPIRE h 10 FIELDS 2 a b"), ["hexpire"]);
  assert.deepEqual(on.told("HEXPIRE h 10 NX FIELDS 1 a"), []);
  assert.deepEqual(on.told("HPERSIST h FIELDS 2 a b"), ["hpersist"]);
  assert.deepEqual(on.told("HPERSIST h FIELDS 2 a b"), []);
  assert.deepEqual(on.told("HGETEX h FIELDS 1 a"), []);
  assert.deepEqual(on.told("HGETEX h EX 5 FIELDS 1 a"), ["hexpire"]);
  assert.deepEqual(on.told("HGETEX h PERSIST FIELDS 2 a b"), ["hpersist"]);
  assert.deepEqual(on.told("HGETEX h PERSIST FIELDS 2 a b"), []);
  assert.deepEqual(on.told("HSETEX h FIELDS 1 a 2"), ["hset"]);
  assert.deepEqual(on.told("HSETEX h EX 5 FIELDS 1 a 2"), ["hset", "hexpire"]);
  assert.deepEqual(on.told("HSETEX h FNX FIELDS 1 a 2"), []);
  assert.deepEqual(on.told("HSETEX h PXAT 1 FIELDS 1 a 2"), ["hset", "hdel"]);
  assert.deepEqual(on.told("HPEXPIRE h 0 FIELDS 1 b"), ["hdel", "del"]);
  assert.deepEqual(on.told("HSETEX h PXAT 1 FIELDS 1 a 2"), ["hset", "hdel", "del"]);
  on.ask("HSET h a 1 b 2");
  assert.deepEqual(on.told("HGETDEL h FIELDS 2 a x"), ["hdel"]);
  assert.deepEqual(on.told("HGETDEL h FIELDS 1 x"), []);
  assert.deepEqual(on.told("HGETEX h EXAT 1 FIELDS 2 b x"), ["hdel", "del"]);
});

Deno.test("setting a value removes the expiry, adding to it does not", () => {
  using on = new OnClock();
  on.ask("HSET h set 1 int 1 float 1 multi 1 nx 1");
  on.ask("HEXPIRE h 100 FIELDS 5 set int float multi nx");
  on.ask("HSET h set 2");
  on.ask("HMSET h multi 2");
  on.ask("HSETNX h nx 2");
  on.ask("HINCRBY h int 1");
  on.ask("HINCRBYFLOAT h float 1");
  assert.deepEqual(on.ask("HTTL h FIELDS 5 set int float multi nx"), [-1, 100, 100, -1, 100]);
});

Deno.test("HPERSIST removes expiries", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 2");
  on.ask("HPEXPIRE h 100 FIELDS 1 a");
  assert.deepEqual(on.ask("HPERSIST h FIELDS 3 a b absent"), [1, -1, -2]);
  on.advance(1000);
  assert.equal(on.ask("HGET h a"), "1");
});

Deno.test("a hash whose fields expire is a listpackex, or a table if it is large", () => {
  using on = new OnClock();
  on.ask("HSET h a 1");
  assert.equal(on.ask("OBJECT ENCODING h"), "listpack");
  on.ask("HEXPIRE h 100 XX FIELDS 1 a");
  assert.equal(on.ask("OBJECT ENCODING h"), "listpackex");
  on.ask(`HSET h long ${"v".repeat(65)}`);
  assert.equal(on.ask("OBJECT ENCODING h"), "hashtable");
  assert.deepEqual(on.ask("HSETEX e EX 100 FIELDS 1 a 1"), 1);
  assert.equal(on.ask("OBJECT ENCODING e"), "listpackex");
  on.ask("HSETEX plain FIELDS 1 a 1");
  assert.equal(on.ask("OBJECT ENCODING plain"), "listpack");
  on.ask("HGETEX plain FIELDS 1 a");
  assert.equal(on.ask("OBJECT ENCODING plain"), "listpack");
  on.ask("HGETEX plain EX 5 FIELDS 1 a");
  assert.equal(on.ask("OBJECT ENCODING plain"), "listpackex");
});

Deno.test("HGETEX returns values and sets, removes or leaves their expiry", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 2 c 3");
  assert.deepEqual(on.ask("HGETEX h FIELDS 2 a absent"), ["1", null]);
  assert.deepEqual(on.ask("HGETEX h EX 10 FIELDS 1 a"), ["1"]);
  assert.deepEqual(on.ask("HGETEX h FIELDS 1 b PX 10000"), ["2"]);
  assert.deepEqual(on.ask("HTTL h FIELDS 3 a b c"), [10, 10, -1]);
  assert.deepEqual(on.ask(`HGETEX h EXAT ${on.now / 1000 + 20} FIELDS 1 a`), ["1"]);
  assert.deepEqual(on.ask(`HGETEX h pxat ${on.now + 30_000} fields 1 b`), ["2"]);
  assert.deepEqual(on.ask("HTTL h FIELDS 2 a b"), [20, 30]);
  assert.deepEqual(on.ask("HGETEX h PERSIST FIELDS 3 a b c"), ["1", "2", "3"]);
  assert.deepEqual(on.ask("HTTL h FIELDS 3 a b c"), [-1, -1, -1]);
  assert.deepEqual(on.ask("HGETEX h PXAT 1 FIELDS 2 a a"), ["1", null]);
  assert.deepEqual(on.ask("HMGET h a b c"), [null, "2", "3"]);
  assert.deepEqual(on.ask("HGETEX h EX 0 FIELDS 2 b c"), ["2", "3"]);
  assert.equal(on.ask("EXISTS h"), 0);
});

Deno.test("HSETEX sets fields if all or none of them exist", () => {
  using on = new OnClock();
  assert.equal(on.ask("HSETEX h FXX FIELDS 1 a 1"), 0);
  assert.equal(on.ask("EXISTS h"), 0);
  assert.equal(on.ask("HSETEX h FNX FIELDS 2 a 1 b 2"), 1);
  assert.equal(on.ask("HSETEX h FNX FIELDS 2 b x c x"), 0);
  assert.equal(on.ask("HSETEX h FXX FIELDS 2 b x c x"), 0);
  assert.deepEqual(on.ask("HGETALL h"), new Map([["a", "1"], ["b", "2"]]));
  assert.equal(on.ask("HSETEX h EX 10 FXX FIELDS 2 a 3 a 4"), 1);
  assert.deepEqual(on.ask("HMGET h a b"), ["4", "2"]);
  assert.deepEqual(on.ask("HTTL h FIELDS 2 a b"), [10, -1]);
});

Deno.test("HSETEX keeps an expiry only if told to", () => {
  using on = new OnClock();
  on.ask("HSETEX h EX 10 FIELDS 1 a 1");
  on.ask("HSETEX h KEEPTTL FIELDS 2 a 2 b 2");
  assert.deepEqual(on.ask("HTTL h FIELDS 2 a b"), [10, -1]);
  on.ask("HSETEX h FIELDS 1 a 3");
  assert.deepEqual(on.ask("HTTL h FIELDS 1 a"), [-1]);
  assert.equal(on.ask("HSETEX h PXAT 1 FIELDS 1 a 4"), 1);
  assert.deepEqual(on.ask("HKEYS h"), ["b"]);
});

Deno.test("HGETDEL returns values and deletes fields, and the key with the last one", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 2 c 3");
  assert.deepEqual(on.ask("HGETDEL h FIELDS 3 a absent a"), ["1", null, null]);
  assert.deepEqual(on.ask("HKEYS h"), ["b", "c"]);
  assert.deepEqual(on.ask("HGETDEL h FIELDS 2 b c"), ["2", "3"]);
  assert.equal(on.ask("EXISTS h"), 0);
});

const ERRORS: readonly [line: string, error: string][] = [
  ["HEXPIRE h x FIELDS 1 a", "ERR value is not an integer or out of range"],
  ["HEXPIRE h NX FIELDS 1 a", "ERR value is not an integer or out of range"],
  ["HEXPIRE h -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0"],
  [`HPEXPIREAT h ${LATEST + 1} FIELDS 1 a`, "ERR invalid expire time in 'hpexpireat' command"],
  [`HPEXPIRE h ${LATEST} FIELDS 1 a`, "ERR invalid expire time in 'hpexpire' command"],
  ["HEXPIRE h 9223372036854775807 FIELDS 1 a", "ERR invalid expire time in 'hexpire' command"],
  ["HEXPIREAT h 70368744178 FIELDS 1 a", "ERR invalid expire time in 'hexpireat' command"],
  ["HEXPIRE h 1 FIELDS 0 a", "ERR Parameter `numFields` should be greater than 0"],
  ["HEXPIRE h 1 FIELDS x a", "ERR Parameter `numFields` should be greater than 0"],
  ["HEXPIRE h 1 FIELDS 2147483648 a", "ERR Parameter `numFields` should be greater than 0"],
  ["HEXPIRE h 1 FIELDS 2 a", "ERR wrong number of arguments"],
  ["HEXPIRE h 1 FIELDS 1 a b", "ERR unknown argument: b"],
  ["HEXPIRE h 1 FOO FIELDS 1 a", "ERR unknown argument: FOO"],
  ["HEXPIRE h 1 NX XX FIELDS 1 a", "ERR Multiple condition flags specified"],
  ["HEXPIRE h 1 GT FIELDS 1 a LT", "ERR Multiple condition flags specified"],
  ["HEXPIRE h 1 NX XX GT", "ERR missing FIELDS argument"],
  ["HEXPIRE h 1 NX FIELDS 1", "ERR FIELDS requires at least numfields and one field argument"],
  ["HEXPIRE h 1 FIELDS 1 a FIELDS 1 b", "ERR FIELDS keyword specified multiple times"],
  ["HEXPIRE h 1 FIELDS 1", "ERR wrong number of arguments for 'hexpire' command"],
  ["HTTL h FIELD 1 a", "ERR Mandatory argument FIELDS is missing or not at the right position"],
  ["HTTL h FIELDS 0 a", "ERR Number of fields must be a positive integer"],
  ["HPERSIST h FIELDS -1 a", "ERR Number of fields must be a positive integer"],
  ["HPTTL h FIELDS x a", "ERR Number of fields must be a positive integer"],
  ["HTTL h FIELDS 2 a", "ERR The `numfields` parameter must match the number of arguments"],
  ["HGETDEL h FIELDS 1 a b", "ERR The `numfields` parameter must match the number of arguments"],
  ["HGETDEL h XX 1 a", "ERR Mandatory argument FIELDS is missing or not at the right position"],
  ["HTTL h FIELDS 1", "ERR wrong number of arguments for 'httl' command"],
  ["HGETEX h FIELDS 0 a", "ERR invalid number of fields"],
  ["HGETEX h FIELDS 2147483648 a", "ERR invalid number of fields"],
  ["HGETEX h FIELDS 2 a", "ERR wrong number of arguments"],
  ["HGETEX h EX 10 FIELDS", "ERR wrong number of arguments"],
  ["HGETEX h FIELDS 1 a x", "ERR unknown argument: x"],
  ["HGETEX h KEEPTTL FIELDS 1 a", "ERR unknown argument: KEEPTTL"],
  ["HGETEX h FIELDS 1 a EX", "ERR missing expire time"],
  ["HGETEX h EX FIELDS 1 a", "ERR value is not an integer or out of range"],
  ["HGETEX h PX -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0"],
  [`HGETEX h PXAT ${LATEST + 1} FIELDS 1 a`, "ERR invalid expire time in 'hgetex' command"],
  [
    "HGETEX h EX 1 PERSIST FIELDS 1 a",
    "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified",
  ],
  ["HGETEX h FIELDS 1 a FIELDS 1 b", "ERR FIELDS keyword specified multiple times"],
  ["HSETEX h FIELDS 2 a 1 b", "ERR wrong number of arguments"],
  ["HSETEX h FIELDS x a 1", "ERR invalid number of fields"],
  ["HSETEX h FIELDS 1 a 1 x", "ERR unknown argument: x"],
  ["HSETEX h NX FIELDS 1 a 1", "ERR unknown argument: NX"],
  ["HSETEX h FNX FXX FIELDS 1 a 1", "ERR Only one of FXX or FNX arguments can be specified"],
  ["HSETEX h FNX FNX FIELDS 1 a 1", "ERR Only one of FXX or FNX arguments can be specified"],
  [
    "HSETEX h EX 1 KEEPTTL FIELDS 1 a 1",
    "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
  ],
  ["HSETEX h FIELDS 1 a", "ERR wrong number of arguments for 'hsetex' command"],
];

for (const [line, error] of ERRORS) {
  Deno.test(`${line} is refused`, () => {
    using on = new OnClock();
    on.ask("HSET h a 1");
    assert.equal(on.ask(line), error);
    assert.deepEqual(on.ask("HGETALL h"), new Map([["a", "1"]]));
    assert.deepEqual(on.ask("HTTL h FIELDS 1 a"), [-1]);
  });
}

Deno.test("the latest expiry is the 46th power of 2 less a millisecond", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 1");
  assert.deepEqual(on.ask(`HPEXPIREAT h ${LATEST} FIELDS 1 a`), [1]);
  assert.deepEqual(on.ask(`HPEXPIRE h ${LATEST - on.now} FIELDS 1 b`), [1]);
  assert.deepEqual(on.ask("HPEXPIRETIME h FIELDS 2 a b"), [LATEST, LATEST]);
});

Deno.test("a key of another type is refused, by all but HSETEX before other errors", () => {
  using on = new OnClock();
  on.ask("SET s v");
  const wrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
  for (
    const line of [
      "HEXPIRE s x FOO 1 a",
      "HTTL s FOO 1 a",
      "HPERSIST s FOO 1 a",
      "HGETDEL s FOO 1 a",
      "HGETEX s FOO FIELDS 0 a",
      "HSETEX s FIELDS 1 a 1",
    ]
  ) assert.equal(on.ask(line), wrongType, line);
  assert.equal(on.ask("HSETEX s FIELDS 0 a 1"), "ERR invalid number of fields");
  assert.equal(on.ask("GET s"), "v");
});

Deno.test("words of options are fields and values where these stand", () => {
  using on = new OnClock();
  assert.equal(on.ask("HSETEX h FIELDS 2 EX 60 FIELDS FNX"), 1);
  assert.deepEqual(on.ask("HGETEX h FIELDS 2 EX FIELDS PERSIST"), ["60", "FNX"]);
  assert.deepEqual(on.ask("HEXPIRE h 10 FIELDS 2 EX FIELDS NX"), [1, 1]);
});

Deno.test("INFO counts expired fields, and hashes whose fields expire", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 2 c 3");
  on.ask("HSET plain a 1");
  on.ask("HPEXPIRE h 10 FIELDS 2 a b");
  assert.match(String(on.ask("INFO keyspace")), /subexpiry=1\b/);
  on.advance(11);
  on.ask("HSET h d 1");
  assert.match(String(on.ask("INFO stats")), /expired_subkeys:2\b/);
  assert.match(String(on.ask("INFO keyspace")), /subexpiry=0\b/);
  on.ask("CONFIG RESETSTAT");
  assert.match(String(on.ask("INFO stats")), /expired_subkeys:0\b/);
});
