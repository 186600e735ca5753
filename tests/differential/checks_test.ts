/**
 * Checks, played to redis-server twice: what may differ passes, what may not is found. A client that changes one reply
 * stands for a server with a bug.
 */

import { strict as assert } from "node:assert";
import { named, noRedis } from "../harness/lacking.ts";
import { type Command, format, type Reply } from "../harness/resp_client.ts";
import { startRedis } from "../harness/servers.ts";
import { iteration, randomChoice, randomPop } from "./checks.ts";
import { FINAL_STATE } from "./final_state.ts";
import type { Check, Client } from "./pieces.ts";
import { type Answers, firstDifference, sideBySide } from "./same.ts";

// Keys of the pool, which are the ones the final state reads.
const [SET, HASH, ZSET, LIST, STRING] = ["a", "b", "c", "key:1", "key:2"];
const MEMBERS = ["a", "b", "c", "1", "2", "m".repeat(65)];

function collections(members: string[]): Command[] {
  const score = (member: string) => String(MEMBERS.indexOf(member) + 0.1);
  return [
    ["SADD", SET, ...members],
    ["HSET", HASH, ...members.flatMap((member) => [member, `v${member}`])],
    ["ZADD", ZSET, ...members.flatMap((member) => [score(member), member])],
  ];
}

const FILL: Command[] = [
  ["SELECT", "0"],
  ["FLUSHALL"],
  ...collections(MEMBERS),
  ["RPUSH", LIST, ...MEMBERS],
  ["SET", STRING, "v"],
];

/** A test in each protocol, with a server that holds a key of each type. */
function withRedis(
  name: string,
  fn: (client: Client, refill: () => Promise<void>) => Promise<void>,
) {
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(`${name}, in RESP${resp}`, noRedis()),
      async fn() {
        await using redis = await startRedis({ resp });
        await using client = await redis.connect();
        const refill = async () => {
          for (const reply of await client.pipeline(FILL)) assert.notEqual(reply.type, "error");
        };
        await refill();
        await fn(client, refill);
      },
    });
  }
}

/** A client whose replies to commands of this name are changed. */
function wrong(client: Client, name: string, change: (reply: Reply) => Reply): Client {
  const changed = (command: Command, reply: Reply) => command[0] === name ? change(reply) : reply;
  return {
    send: async (...args) => changed(args, await client.send(...args)),
    pipeline: async (commands) =>
      (await client.pipeline(commands)).map((reply, i) => changed(commands[i]!, reply)),
  };
}

function changeItems(change: (items: Reply[]) => Reply[]): (reply: Reply) => Reply {
  return (reply) =>
    reply.type === "array" || reply.type === "set"
      ? { ...reply, items: change(reply.items) }
      : reply.type === "map"
      ? { ...reply, entries: change(reply.entries.flat()).map((item) => [item, item]) }
      : reply;
}

const stranger: Reply = { type: "bulk", value: Uint8Array.of(0) };

/** Plays a check with a right client, then with another, on the same data. */
async function compare(
  check: Check,
  [right, other]: [Client, Client],
  refill: () => Promise<void>,
): Promise<Answers | undefined> {
  await refill();
  const expected = await check.ask(right);
  await refill();
  return firstDifference(sideBySide(expected, await check.ask(other)));
}

withRedis("random choices pass whichever members they are", async (client, refill) => {
  const checks = (["SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER"] as const).flatMap((name) => {
    const key = { SRANDMEMBER: SET, HRANDFIELD: HASH, ZRANDMEMBER: ZSET }[name];
    const values = { SRANDMEMBER: [], HRANDFIELD: ["WITHVALUES"], ZRANDMEMBER: ["WITHSCORES"] }[
      name
    ];
    return [
      randomChoice(name, key),
      ...["0", "1", "3", "100", "-3", "-50", "x"].flatMap((count) => [
        randomChoice(name, key, count),
        randomChoice(name, key, count, ...values),
      ]),
      randomChoice(name, "none"),
      randomChoice(name, "none", "3"),
      randomChoice(name, LIST, "3"),
      randomChoice(name, key, "3", "JUNK"),
    ];
  });
  for (const check of [...checks, randomPop(SET), randomPop(SET, "3"), randomPop("none")]) {
    const difference = await compare(check, [client, client], refill);
    assert.equal(difference, undefined, check.show());
  }
});

withRedis(
  "a random choice of a stranger, too many or twice the same is found",
  async (client, refill) => {
    const changes = [
      (items: Reply[]) => [stranger, ...items.slice(1)],
      (items: Reply[]) => items.slice(1),
      (items: Reply[]) => [...items, ...items.slice(0, 1)],
      (items: Reply[]) => [items[1]!, ...items.slice(1)],
    ].map(changeItems);
    const choices: [string, Check][] = [
      ["SRANDMEMBER", randomChoice("SRANDMEMBER", SET, "3")],
      ["HRANDFIELD", randomChoice("HRANDFIELD", HASH, "3")],
      ["HRANDFIELD", randomChoice("HRANDFIELD", HASH, "3", "WITHVALUES")],
      ["ZRANDMEMBER", randomChoice("ZRANDMEMBER", ZSET, "3", "WITHSCORES")],
      ["SPOP", randomPop(SET, "3")],
    ];
    for (const [name, check] of choices) {
      for (const [i, change] of changes.entries()) {
        const difference = await compare(check, [client, wrong(client, name, change)], refill);
        assert.equal(difference?.command[0], name, `${check.show()}, change ${i}`);
      }
    }
  },
);

withRedis(
  "a random choice with repetition may repeat, but keeps its number",
  async (client, refill) => {
    const check = randomChoice("SRANDMEMBER", SET, "-3");
    const repeats = wrong(client, "SRANDMEMBER", changeItems(([one]) => [one!, one!, one!]));
    assert.equal(await compare(check, [client, repeats], refill), undefined);
    const short = wrong(client, "SRANDMEMBER", changeItems(([one]) => [one!, one!]));
    assert.notEqual(await compare(check, [client, short], refill), undefined);
  },
);

withRedis("a single choice of a stranger is found", async (client, refill) => {
  for (
    const [name, check] of [
      ["SRANDMEMBER", randomChoice("SRANDMEMBER", SET)],
      ["SPOP", randomPop(SET)],
    ] as const
  ) {
    const other = wrong(client, name, () => stranger);
    assert.equal((await compare(check, [client, other], refill))?.command[0], name);
  }
});

withRedis("SPOP that leaves what it popped is found", async (client, refill) => {
  const lazy: Client = {
    pipeline: (commands) => client.pipeline(commands),
    send: async (...command) => {
      const reply = await client.send(...command);
      if (command[0] === "SPOP") await client.send("SADD", SET, ...MEMBERS);
      return reply;
    },
  };
  const difference = await compare(randomPop(SET, "2"), [client, lazy], refill);
  assert.equal(difference?.command[0], "SMEMBERS");
});

withRedis("SPOP makes the servers the same again", async (client, refill) => {
  await refill();
  await randomPop(SET, "2").ask(client);
  assert.equal(format(await client.send("EXISTS", SET)), ":0");
  await refill();
  await randomPop(SET, "0").ask(client);
  assert.equal(format(await client.send("SCARD", SET)), `:${MEMBERS.length}`);
});

withRedis(
  "a whole iteration returns every member once, in a fixed order",
  async (client, refill) => {
    await refill();
    // More than fits Redis's packed encodings, so that it takes several calls.
    const many = Array.from({ length: 600 }, (_, i) => `n${i}`);
    await client.send("SADD", SET, ...many);
    await client.send("HSET", HASH, ...many.flatMap((name) => [name, "v"]));
    await client.send("ZADD", ZSET, ...many.flatMap((name) => ["0.1", name]));
    const total = many.length + MEMBERS.length;
    const whole = async (scan: Command, ...options: string[]) =>
      (await iteration(scan, options).ask(client))[0]!.reply;

    const members = await whole(["SSCAN", SET], "COUNT", "7");
    assert(members.type === "set" && members.items.length === total);
    for (const scan of [["HSCAN", HASH], ["ZSCAN", ZSET]]) {
      const entries = await whole(scan, "COUNT", "7");
      assert(entries.type === "map" && entries.entries.length === total);
      assert.deepEqual(await whole(scan, "COUNT", "100"), entries);
    }
    const one = await whole(["HSCAN", HASH], "MATCH", "n17");
    assert.equal(format(one), '%{"n17": "v"}');
    assert.equal((await whole(["HSCAN", SET])).type, "error");
  },
);

withRedis("the final state reads keys of every type in any order", async (client, refill) => {
  await refill();
  const expected = await FINAL_STATE.ask(client);
  const differing = async (...commands: Command[]) => {
    await refill();
    await client.pipeline(commands);
    return firstDifference(sideBySide(expected, await FINAL_STATE.ask(client)))?.command.join(" ");
  };
  const backwards = collections(MEMBERS.toReversed());
  assert.equal(await differing(["DEL", SET, HASH, ZSET], ...backwards), undefined);
  assert.equal(await differing(["SET", STRING, "w"]), `GET ${STRING}`);
  assert.equal(await differing(["LSET", LIST, "0", "x"]), `LRANGE ${LIST} 0 -1`);
  assert.equal(await differing(["SADD", SET, "x"]), `SMEMBERS ${SET}`);
  assert.equal(await differing(["HSET", HASH, "a", "x"]), `HGETALL ${HASH}`);
  assert.equal(await differing(["ZADD", ZSET, "9", "a"]), `ZRANGE ${ZSET} 0 -1 WITHSCORES`);
  assert.equal(await differing(["EXPIRE", LIST, "1000"]), `PTTL ${LIST}`);
  assert.equal(await differing(["DEL", LIST]), `TYPE ${LIST}`);
  assert.equal(await differing(["SET", LIST, "v"]), `TYPE ${LIST}`);
  assert.equal(await differing(["SELECT", "2"], ["SET", "none", "v"], ["SELECT", "0"]), "KEYS *");
});
