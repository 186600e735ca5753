/**
 * JSON documents, beside RedisJSON in the same run and at the same durability: paths read and changed in a document
 * of a megabyte, by one client, and small documents set and read by fifty.
 */

import { type Command, format } from "../tests/harness/resp_client.ts";
import { ratesOf, type Side, startSides } from "./beside_stack.ts";
import {
  byTurns,
  decimals,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  sendAll,
  toNumber,
  verdict,
} from "./harness.ts";

const USAGE = `
deno run -A bench/json.ts [options]

  --bytes N      bytes of the large document (1000000)
  --seconds N    about how long a run takes (2)
  --rounds N     counted rounds (3)
  --keys N       keys of small documents (10000)
  --fsync WORD   appendfsync of both (everysec)
`;

const options = readOptions(USAGE, {
  bytes: "1000000",
  seconds: "2",
  rounds: "3",
  keys: "10000",
  fsync: "everysec",
});
const bytes = toNumber("bytes", options.bytes, 1000);
const seconds = toNumber("seconds", options.seconds, 0.1);
const rounds = toNumber("rounds", options.rounds);
const keys = toNumber("keys", options.keys, 1);

/** Requests of the run that finds the pace. */
const PROBE = 2000;

interface Product {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly tags: readonly string[];
  readonly stock: { readonly warehouse: string; readonly count: number };
}

function product(id: number): Product {
  return {
    id,
    name: `product number ${id}`,
    price: id + 0.99,
    tags: ["new", `group ${id % 17}`, "sale"],
    stock: { warehouse: `w${id % 5}`, count: id % 100 },
  };
}

function largeDocument(): { readonly text: string; readonly middle: number } {
  const products: Product[] = [];
  for (let size = 0; size < bytes; size += JSON.stringify(products.at(-1)).length + 1) {
    products.push(product(products.length));
  }
  return { text: JSON.stringify({ name: "shop", products }), middle: products.length >> 1 };
}

const large = largeDocument();
const small = JSON.stringify(product(7));

/** What one client asks again and again of the large document, and the most milliseconds that it may take. */
const PATHS: readonly { name: string; command: readonly string[]; most: number }[] = [
  {
    name: "a number deep in it is changed",
    command: ["JSON.NUMINCRBY", "large", `$.products[${large.middle}].stock.count`, "1"],
    most: 3,
  },
  {
    name: "a number deep in it is read",
    command: ["JSON.GET", "large", `$.products[${large.middle}].stock.count`],
    most: 1,
  },
  {
    name: "an element is appended deep in it",
    command: ["JSON.ARRAPPEND", "large", `$.products[${large.middle}].tags`, '"more"'],
    most: 3,
  },
  {
    name: "a condition on each element",
    command: ["JSON.GET", "large", "$.products[?(@.stock.count==7 && @.price>5000)].name"],
    most: 30,
  },
  { name: "all of it is read", command: ["JSON.GET", "large"], most: 30 },
];

/** What fifty clients ask. */
const LOADS: readonly { name: string; command: readonly string[] }[] = [
  { name: "JSON.SET of a small document", command: ["JSON.SET", "small:__rand_int__", "$", small] },
  { name: "JSON.GET of a small document", command: ["JSON.GET", "small:__rand_int__"] },
  {
    name: "JSON.GET of a path in one",
    command: ["JSON.GET", "small:__rand_int__", "$.stock.count"],
  },
  {
    name: "JSON.NUMINCRBY in one",
    command: ["JSON.NUMINCRBY", "small:__rand_int__", "$.stock.count", "1"],
  },
];

/** Milliseconds that a command takes, one after the other. */
async function latency({ client }: Side, command: Command): Promise<number> {
  const until = performance.now() + seconds * 1000;
  const times: number[] = [];
  while (performance.now() < until) {
    const began = performance.now();
    const reply = await client.send(...command);
    times.push(performance.now() - began);
    if (reply.type === "error") throw new Error(format(reply));
  }
  return median(times);
}

await using stack = new AsyncDisposableStack();
const sides = await startSides(stack, {
  fsync: options.fsync,
  fill: async (client) => {
    await sendAll(client, [["JSON.SET", "large", "$", large.text]]);
    for (let i = 0; i < keys; i += 1000) {
      await sendAll(
        client,
        Array.from({ length: Math.min(1000, keys - i) }, (_, j) => [
          "JSON.SET",
          `small:${String(i + j).padStart(12, "0")}`,
          "$",
          small,
        ]),
      );
    }
  },
});

const latencies: string[][] = [];
for (const { name, command, most } of PATHS) {
  progress(name);
  const [own = [], other = []] = await byTurns(
    [...sides],
    rounds,
    (side) => latency(side, command),
  );
  const ours = median(own), theirs = median(other);
  const ratio = decimals(ours / theirs);
  latencies.push([name, decimals(ours), decimals(theirs), ratio, verdict(-ours, -most, -most)]);
}
const rates: string[][] = [];
for (const { name, command } of LOADS) {
  progress(name);
  const [ours, theirs] = await ratesOf(sides, { command, keys }, {
    ...{ rounds, seconds },
    ...{ probe: PROBE, least: 1000 },
  });
  rates.push([
    name,
    rate(ours),
    rate(theirs),
    decimals(ours / theirs),
    verdict(ours / theirs, 0.3, 0.6),
  ]);
}

console.log(`a document of ${large.text.length} bytes, one client; appendfsync ${options.fsync}`);
printTable(["milliseconds", "redlite", "redis-stack", "ratio", ""], latencies);
console.log(`${keys} documents of ${small.length} bytes, 50 clients`);
printTable(["a second", "redlite", "redis-stack", "ratio", ""], rates);
