/**
 * Search, beside Redis Stack in the same run: building an index of generated documents of 50 to 200
 * words, and what queries take. Words are distributed as in a language (Zipf): a few are in a third of
 * all documents, most in a handful.
 */

import { noOracle } from "../tests/harness/lacking.ts";
import type { Command, Reply, RespClient } from "../tests/harness/resp_client.ts";
import { startOracle, startRedlite } from "../tests/harness/servers.ts";
import { median, printTable, progress, rate, readOptions, toNumber } from "./harness.ts";

const USAGE = `
deno run -A bench/search.ts [options]

  --documents LIST  numbers of documents, separated by commas (100000)
  --rounds N        counted rounds of each query (15)
  --batch N         documents sent at a time (200)
  --stack yes|no    run Redis Stack beside it (yes)
`;

const options = readOptions(USAGE, {
  documents: "100000",
  rounds: "15",
  batch: "200",
  stack: "yes",
});
const sizes = options.documents.split(",").map((text) => toNumber("documents", text, 100));
const rounds = toNumber("rounds", options.rounds);
const batch = toNumber("batch", options.batch);

/** Rounds that are not counted. */
const WARM_UP = 20;
/** An index merges what is pending when nobody has written for two seconds. */
const PAUSE_MS = 6000;
/** Words there are. */
const VOCABULARY = 50_000;
const SYLLABLES = "ka lo mi ne ru ta vo si pe da bu fi go ha je zu".split(" ");
const TAGS = 50;

/** A word by its rank. */
function word(rank: number): string {
  let text = "";
  for (let rest = rank + 17; rest > 0; rest = Math.floor(rest / 16)) text += SYLLABLES[rest % 16];
  return text;
}

/** Generates documents, the same each time. */
class Corpus {
  #state = 12345;

  #next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }

  document(number: number): string[] {
    const words: string[] = [];
    const length = 50 + Math.floor(this.#next() * 150);
    for (let i = 0; i < length; i++) {
      // The rank's logarithm is uniform: the density falls with the rank.
      words.push(word(Math.floor(Math.exp(this.#next() * Math.log(VOCABULARY + 20)) + 19) - 20));
    }
    return [
      ...["HSET", `d:${number}`, "body", words.join(" ")],
      ...["tag", `t${Math.floor(this.#next() * TAGS)}`],
      ...["a", String(Math.floor(this.#next() * 100_000))],
      ...["b", (this.#next() * 1000).toFixed(3)],
    ];
  }
}

const CREATE = [
  ...["FT.CREATE", "idx", "PREFIX", "1", "d:", "SCHEMA", "body", "TEXT", "tag", "TAG", "SORTABLE"],
  ...["a", "NUMERIC", "SORTABLE", "b", "NUMERIC"],
];

/** What is asked, and the milliseconds it may take. */
const QUERIES: readonly { name: string; floor: number; command: Command }[] = [
  {
    name: "two middling words",
    floor: 2,
    command: ["FT.SEARCH", "idx", `${word(300)} ${word(400)}`, "LIMIT", "0", "10"],
  },
  {
    name: "two common words",
    floor: 15,
    command: ["FT.SEARCH", "idx", `${word(26)} ${word(30)}`, "LIMIT", "0", "10"],
  },
  {
    name: "a range with a tag",
    floor: 5,
    command: ["FT.SEARCH", "idx", "@a:[20000 60000] @tag:{t7}", "LIMIT", "0", "10"],
  },
  {
    name: "a prefix of three letters",
    floor: 10,
    command: ["FT.SEARCH", "idx", `${word(2000).slice(0, 3)}*`, "LIMIT", "0", "10"],
  },
  {
    name: "a fuzzy word",
    floor: 20,
    command: ["FT.SEARCH", "idx", `%${word(3000)}%`, "LIMIT", "0", "10"],
  },
  {
    name: "sorted by a number",
    floor: 5,
    command: ["FT.SEARCH", "idx", word(40), "SORTBY", "a", "LIMIT", "0", "10"],
  },
  {
    name: "grouped by tag, all",
    floor: 150,
    command: [
      ...["FT.AGGREGATE", "idx", "*", "GROUPBY", "1", "@tag", "REDUCE", "COUNT", "0", "AS", "n"],
    ],
  },
];

interface Outcome {
  /** The processor time of an HSET on indexed keys, in that of one on others; NaN where unknown. */
  cpu: number;
  unindexed: number;
  building: number;
  queries: { ms: number; total: number }[];
}

/** Sends documents in batches. @returns Seconds. */
async function fill(client: RespClient, count: number, prefix = "d:"): Promise<number> {
  const corpus = new Corpus();
  let seconds = 0;
  for (let from = 0; from < count; from += batch) {
    const commands: Command[] = [];
    for (let i = from; i < Math.min(count, from + batch); i++) {
      const command = corpus.document(i);
      command[1] = `${prefix}${i}`;
      commands.push(command);
    }
    const startedAt = performance.now();
    await client.pipeline(commands);
    seconds += (performance.now() - startedAt) / 1000;
  }
  return seconds;
}

function totalOf(reply: Reply): number {
  if (reply.type !== "array") return -1;
  const [first] = reply.items;
  return first?.type === "integer" ? Number(first.value) : -1;
}

/** Milliseconds of processor time that a process has used, NaN where that is not known. */
function processorMs(pid: number): number {
  if (Deno.build.os !== "linux") return NaN;
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  // In ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function measure(client: RespClient, documents: number, pid: number): Promise<Outcome> {
  const some = Math.min(documents, 20_000);
  const startMs = processorMs(pid);
  const unindexed = some / await fill(client, some, "u:");
  const unindexedMs = (processorMs(pid) - startMs) / some;
  await client.send("FLUSHALL");
  await client.send(...CREATE);
  const createdMs = processorMs(pid);
  const building = documents / await fill(client, documents);
  const cpu = (processorMs(pid) - createdMs) / documents / unindexedMs;
  // What was put in the background is not the queries'.
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const queries: Outcome["queries"] = [];
  for (const { command } of QUERIES) {
    const times: number[] = [];
    let total = 0;
    for (let round = -WARM_UP; round < rounds; round++) {
      const startedAt = performance.now();
      const reply = await client.send(...command);
      if (round >= 0) times.push(performance.now() - startedAt);
      total = totalOf(reply);
    }
    queries.push({ ms: median(times), total });
  }
  return { cpu, unindexed, building, queries };
}

const withStack = options.stack === "yes" && noOracle("redis-stack") === undefined;
for (const documents of sizes) {
  progress(`${documents} documents here`);
  const ours = await (async () => {
    await using server = await startRedlite({ appendfsync: "everysec" });
    await using client = await server.connect();
    return await measure(client, documents, server.pid);
  })();
  let theirs: Outcome | undefined;
  if (withStack) {
    progress(`${documents} documents in Redis Stack`);
    await using server = await startOracle("redis-stack");
    await using client = await server.connect();
    theirs = await measure(client, documents, server.pid);
  }
  const times = (value: number | undefined) => value === undefined ? "" : `${value.toFixed(2)}x`;
  console.log(`\n${documents} documents`);
  printTable(["", "here", "Redis Stack", "ratio", "floor", "matches"], [
    [
      "HSET without an index",
      `${rate(ours.unindexed)}/s`,
      theirs === undefined ? "" : `${rate(theirs.unindexed)}/s`,
      times(theirs && ours.unindexed / theirs.unindexed),
      "",
      "",
    ],
    [
      "building",
      `${rate(ours.building)}/s`,
      theirs === undefined ? "" : `${rate(theirs.building)}/s`,
      times(theirs && ours.building / theirs.building),
      "4000/s",
      "",
    ],
    [
      "cost of HSET with it",
      `${(ours.unindexed / ours.building).toFixed(2)}x`,
      theirs === undefined ? "" : `${(theirs.unindexed / theirs.building).toFixed(2)}x`,
      "",
      "4x",
      "",
    ],
    [
      "the same in processor time",
      times(ours.cpu),
      times(theirs?.cpu),
      "",
      "4x",
      "",
    ],
    ...QUERIES.map(({ name, floor }, i) => {
      const mine = ours.queries[i]!, other = theirs?.queries[i];
      return [
        name,
        `${mine.ms.toFixed(2)} ms`,
        other === undefined ? "" : `${other.ms.toFixed(2)} ms`,
        times(other && mine.ms / other.ms),
        `${floor} ms`,
        String(mine.total),
      ];
    }),
  ]);
}
