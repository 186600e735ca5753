/**
 * Collections of a million elements: what an operation on one costs, and what cleaning up after one costs others.
 *
 * Costs are those of the server, the protocol included: commands are sent a hundred at a time and the time is divided,
 * so that the way to the server and back counts for little. Two rows have Redis as their peer, in the same run.
 */

import {
  type Command,
  encode,
  latin1,
  quote,
  type Reply,
  type RespClient,
} from "../tests/harness/resp_client.ts";
import {
  decimals,
  launch,
  median,
  printTable,
  progress,
  randomIntegers,
  rate,
  readOptions,
  toNumber,
} from "./harness.ts";

const USAGE = `
deno run -A bench/collections.ts [options]

  --elements N          elements of the large collections (1000000)
  --rounds N            counted rounds (5)
  --appendfsync LEVEL   everysec takes the disk out of the figures; always adds a sync to each write
  --without-removals    load the collections and run operations on them, and no more
`;

/** Commands sent together while loading. */
const LOAD_BATCH = 1000;
/** Commands sent together while measuring. */
const BATCH = 100;
/** Elements of the small collections. */
const SMALL = 1000;
/** Milliseconds from a load to a removal. */
const SETTLE_MS = 1500;
/** Seconds for which it watches after a removal. */
const WATCHED_SECONDS = 4;
/** Between two calls of the client that watches how long others wait. */
const LOOK_EVERY_MS = 1;

type Make = (random: (bound: number) => number, size: number) => Command;

interface Row {
  name: string;
  make: Make;
  /** Most microseconds one may take; or the most times as long as on a small collection. */
  most: { us: number } | { timesSmall: number };
}

const member = (index: number) => `member:${String(index).padStart(8, "0")}`;
const kind = (prefix: string, size: number) => `${prefix}:${size}`;
const half = (size: number) => Math.floor(size / 2);

const ROWS: Row[] = [
  {
    name: "HGET",
    make: (random, size) => ["HGET", kind("hash", size), member(random(size))],
    most: { timesSmall: 3 },
  },
  {
    name: "SISMEMBER",
    make: (random, size) => ["SISMEMBER", kind("set", size), member(random(size))],
    most: { timesSmall: 3 },
  },
  {
    name: "ZSCORE",
    make: (random, size) => ["ZSCORE", kind("zset", size), member(random(size))],
    most: { timesSmall: 3 },
  },
  {
    name: "LINDEX in the middle",
    make: (random, size) => ["LINDEX", kind("list", size), String(half(size) + random(100))],
    most: { timesSmall: 3 },
  },
  {
    name: "RPUSH or LPOP",
    make: (random, size) =>
      random(2) === 0 ? ["RPUSH", kind("list", size), "value"] : ["LPOP", kind("list", size)],
    most: { timesSmall: 3 },
  },
  {
    name: "ZRANK",
    make: (random, size) => ["ZRANK", kind("zset", size), member(random(size))],
    most: { us: 300 },
  },
  {
    name: "ZREVRANK",
    make: (random, size) => ["ZREVRANK", kind("zset", size), member(random(size))],
    most: { us: 300 },
  },
  {
    name: "ZRANGE of 10 at the middle rank",
    make: (_, size) => ["ZRANGE", kind("zset", size), String(half(size)), String(half(size) + 9)],
    most: { us: 300 },
  },
  {
    name: "ZCOUNT of half the set",
    make: (random, size) => {
      const min = random(half(size));
      return ["ZCOUNT", kind("zset", size), String(min), String(min + half(size))];
    },
    most: { us: 300 },
  },
  { name: "SRANDMEMBER", make: (_, size) => ["SRANDMEMBER", kind("set", size)], most: { us: 100 } },
  { name: "HRANDFIELD", make: (_, size) => ["HRANDFIELD", kind("hash", size)], most: { us: 100 } },
  {
    name: "ZRANDMEMBER",
    make: (_, size) => ["ZRANDMEMBER", kind("zset", size)],
    most: { us: 100 },
  },
  { name: "SPOP", make: (_, size) => ["SPOP", kind("set", size)], most: { us: 100 } },
  {
    name: "SINTER with a set of 100",
    make: (_, size) => ["SINTER", kind("set", size), "hundred"],
    most: { us: 5000 },
  },
];

interface Load {
  name: string;
  make: (size: number, index: number) => Command;
  /** Elements come in the order of their members, or in a random one; or are pushed to a list. */
  order: "ascending" | "random" | "pushed";
  /** Fewest elements a second. */
  least?: number;
}

const LOADS: Load[] = [
  {
    name: "HSET",
    make: (size, i) => ["HSET", kind("hash", size), member(i), "value"],
    order: "random",
  },
  { name: "SADD", make: (size, i) => ["SADD", kind("set", size), member(i)], order: "random" },
  {
    name: "RPUSH",
    make: (size, i) => ["RPUSH", kind("list", size), `value:${i}`],
    order: "pushed",
  },
  {
    name: "ZADD",
    make: (size, i) => ["ZADD", kind("zset", size), String(scrambled(i, size)), member(i)],
    order: "ascending",
    least: 60_000,
  },
];

/** The hardest order for two B-trees: members and scores both at random. */
const RANDOM_ZADD: Load = {
  name: "ZADD in random order",
  make: (size, i) => ["ZADD", `random:${size}`, String(scrambled(i, size)), member(i)],
  order: "random",
  least: 60_000,
};

/** A number below `size`, the same for an index every time, that tells nothing of it. */
function scrambled(index: number, size: number): number {
  let x = Math.imul(index ^ (index >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return ((x ^ (x >>> 15)) >>> 0) % size;
}

function fail(command: Command, reply: Reply): never {
  throw new Error(`${command.join(" ")} was answered ${JSON.stringify(reply)}`);
}

async function pipeline(client: RespClient, commands: Command[]): Promise<void> {
  const replies = await client.pipeline(commands);
  const bad = replies.findIndex((reply) => reply.type === "error");
  if (bad >= 0) fail(commands[bad]!, replies[bad]!);
}

/** Loads one collection. @returns Elements a second. */
async function load(client: RespClient, { make, order: how }: Load, size: number): Promise<number> {
  const random = randomIntegers(size);
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; how === "random" && i > 0; i--) {
    const j = random(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  let spent = 0;
  for (let start = 0; start < size; start += LOAD_BATCH) {
    const indexes = order.subarray(start, Math.min(size, start + LOAD_BATCH));
    const bytes = encode(...Array.from(indexes, (index) => make(size, index)));
    // Each is answered by 1, but for RPUSH's lengths: known bytes cost no time to be parsed.
    const expected = Array.from(
      indexes,
      (_, i) => how === "pushed" ? `:${start + i + 1}\r\n` : ":1\r\n",
    ).join("");
    const from = performance.now();
    const [replies] = await Promise.all([client.readRaw(expected.length), client.raw(bytes)]);
    spent += performance.now() - from;
    if (latin1(replies) !== expected) {
      throw new Error(`answered ${quote(replies.subarray(0, 200))}`);
    }
  }
  return size / spent * 1000;
}

/** Microseconds a command takes, the median over rounds. */
async function cost(client: RespClient, make: Make, size: number, rounds: number): Promise<number> {
  const random = randomIntegers(7);
  const times: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const commands = Array.from({ length: BATCH }, () => make(random, size));
    const from = performance.now();
    await pipeline(client, commands);
    if (round >= 0) times.push((performance.now() - from) * 1000 / BATCH);
  }
  return median(times);
}

/** Microseconds one array of bulk strings takes to come, unparsed: of large replies parsing is most of a client's time. */
async function costUnparsed(client: RespClient, command: Command, rounds: number): Promise<number> {
  const reply = await client.send(...command);
  if (reply.type !== "array") fail(command, reply);
  const size = reply.items.reduce((sum, item) => {
    const length = item.type === "bulk" ? item.value.length : 0;
    return sum + `$${length}\r\n`.length + length + 2;
  }, `*${reply.items.length}\r\n`.length);
  const bytes = encode(...Array.from({ length: BATCH }, () => command));
  const times: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const from = performance.now();
    await Promise.all([client.readRaw(BATCH * size), client.raw(bytes)]);
    if (round >= 0) times.push((performance.now() - from) * 1000 / BATCH);
  }
  return median(times);
}

/** Milliseconds of one command, and the longest another client waited within the seconds after it began. */
async function disturbance(
  client: RespClient,
  other: RespClient,
  command: Command,
  seconds: number,
): Promise<{ own: number; others: number }> {
  let longest = 0;
  const until = performance.now() + seconds * 1000;
  const watching = (async () => {
    while (performance.now() < until) {
      const from = performance.now();
      await other.send("GET", "bystander");
      longest = Math.max(longest, performance.now() - from);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  const from = performance.now();
  const reply = await client.send(...command);
  const own = performance.now() - from;
  if (reply.type === "error") fail(command, reply);
  await watching;
  return { own, others: longest };
}

const REMOVALS: { name: string; commands: (key: string) => Command[] }[] = [
  { name: "DEL", commands: (key) => [["DEL", key]] },
  { name: "UNLINK", commands: (key) => [["UNLINK", key]] },
  { name: "RENAME", commands: (key) => [["RENAME", key, "renamed"]] },
  { name: "EXPIRE in the past", commands: (key) => [["EXPIRE", key, "-1"]] },
  { name: "SET over it", commands: (key) => [["SET", key, "small"]] },
];

const judge = (holds: boolean) => holds ? "ok" : "BELOW FLOOR";

async function main(): Promise<void> {
  const options = readOptions(USAGE, {
    elements: "1000000",
    rounds: "5",
    appendfsync: "everysec",
    "without-removals": false,
  });
  const { appendfsync } = options;
  if (appendfsync !== "everysec" && appendfsync !== "always" && appendfsync !== "no") {
    throw new Error("--appendfsync takes always, everysec or no");
  }
  const size = toNumber("elements", options.elements, 10_000);
  const rounds = toNumber("rounds", options.rounds);
  await using stack = new AsyncDisposableStack();
  const server = await launch(stack, "redlite", { appendfsync });
  const redis = await launch(stack, "redis", {});
  await using client = await server.connect({ timeoutMs: 120_000 });
  await using other = await server.connect({ timeoutMs: 120_000 });
  await using peer = await redis.connect({ timeoutMs: 120_000 });
  const rows: string[][] = [];

  for (const each of [...LOADS, RANDOM_ZADD]) {
    const { name, least } = each;
    await load(client, each, SMALL);
    const perSecond = await load(client, each, size);
    progress(`${name}: ${rate(perSecond)} elements a second`);
    const wanted = least === undefined ? "" : `${rate(least)}/s`;
    const holds = least === undefined ? "" : judge(perSecond >= least);
    rows.push([`loading by ${name}, pipeline of 1000`, `${rate(perSecond)}/s`, wanted, holds]);
  }
  await pipeline(client, [
    ["SET", "bystander", "x"],
    ["SADD", "hundred", ...Array.from({ length: 100 }, (_, i) => member(i * 97))],
  ]);

  for (const { name, make, most } of ROWS) {
    const us = await cost(client, make, size, rounds);
    if ("us" in most) {
      rows.push([name, `${decimals(us)} µs`, `${most.us} µs`, judge(us <= most.us)]);
    } else {
      const small = await cost(client, make, SMALL, rounds);
      rows.push([
        name,
        `${decimals(us)} µs, ${decimals(us / small)} × small`,
        `${most.timesSmall} × small`,
        judge(us <= small * most.timesSmall),
      ]);
    }
  }

  const pairs: { name: string; fill: Command[]; command: Command }[] = [
    {
      name: "LRANGE of 1,000 from the middle",
      fill: Array.from({ length: 10_000 }, (_, i) => ["RPUSH", "peer:list", `value:${i}`]),
      command: ["LRANGE", "peer:list", "4500", "5499"],
    },
    {
      name: "HGETALL of 1,000 fields",
      fill: Array.from({ length: 1000 }, (_, i) => ["HSET", "peer:hash", member(i), `value:${i}`]),
      command: ["HGETALL", "peer:hash"],
    },
  ];
  for (const { name, fill, command } of pairs) {
    await pipeline(client, fill);
    await pipeline(peer, fill);
    const ours = await costUnparsed(client, command, 2 * rounds);
    const theirs = await costUnparsed(peer, command, 2 * rounds);
    const ratio = theirs / ours;
    rows.push([name, `${decimals(ratio)} of redis-server`, "0.30", judge(ratio >= 0.3)]);
  }

  for (const { name, commands } of options["without-removals"] ? [] : REMOVALS) {
    for (const each of LOADS) {
      const { name: loader } = each;
      const key = each.make(size, 0)[1]!;
      const exists = await client.send("EXISTS", key);
      if (exists.type !== "integer" || exists.value === 0n) await load(client, each, size);
      // What the load left to checkpoints is not what the removal costs.
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const { own, others } = await disturbance(
        client,
        other,
        commands(String(key))[0]!,
        WATCHED_SECONDS,
      );
      progress(
        `${name} of a ${loader} collection: ${decimals(own)} ms, others ${decimals(others)} ms`,
      );
      rows.push([
        `${name}, loaded by ${loader}`,
        `${decimals(own)} ms, others wait ${decimals(others)} ms`,
        "1 ms, others 10 ms",
        judge(own <= 1 && others <= 10),
      ]);
      await client.send("DEL", String(key), "renamed");
    }
  }
  console.log(`${rate(size)} elements, ${rounds} rounds, appendfsync ${appendfsync}`);
  printTable(["operation", "measured", "floor", "verdict"], rows);
}

if (import.meta.main) await main();
