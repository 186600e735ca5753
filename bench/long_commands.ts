/**
 * Commands that take long on large collections: while one runs nobody else is served. Each beside redis-server in the
 * same run, and the ratio of the two.
 */

import { type Command, encode, format, type RespClient } from "../tests/harness/resp_client.ts";
import {
  launch,
  median,
  printTable,
  progress,
  randomIntegers,
  readOptions,
  type ServerName,
  toNumber,
} from "./harness.ts";

const USAGE = `
deno run -A bench/long_commands.ts [options]

  --elements N   elements of the collections (1000000)
  --rounds N     counted rounds (3)
  --only TEXT    only commands whose line has this
`;

/** Commands sent together while loading, and words of one. */
const LOAD_BATCH = 20;
const LOAD_WORDS = 500;
/** Bytes of a string for LCS, of which two make a table; and of one for BITOP. */
const LCS_BYTES = 5000;
const BITOP_BYTES = 16 * 1024 * 1024;

/** The commands, each with what is done after it so that the next round finds the same. */
const COMMANDS: readonly string[] = [
  "SORT list LIMIT 0 10",
  "SORT list ALPHA LIMIT 0 10",
  "SORT list",
  "SORT list STORE to",
  "SORT list BY weight_* LIMIT 0 10",
  "SORT list BY hash_*->weight LIMIT 0 10",
  "SORT list BY nosort GET weight_*",
  "SINTER set1 set2",
  "SINTERCARD 2 set1 set2",
  "SINTERSTORE to set1 set2",
  "SUNION set1 set2",
  "SUNIONSTORE to set1 set2",
  "SDIFFSTORE to set1 set2",
  "ZUNIONSTORE to 2 zset1 zset2",
  "ZINTERSTORE to 2 zset1 zset2",
  "ZDIFFSTORE to 2 zset1 zset2",
  "ZRANGESTORE to zset1 0 -1",
  "SMEMBERS set1",
  "HGETALL hash",
  "LRANGE list 0 -1",
  "ZRANGE zset1 0 -1 WITHSCORES",
  "KEYS *",
  "KEYS *99999*",
  "LCS lcs1 lcs2 LEN",
  "LCS lcs1 lcs2",
  "BITOP AND to bits1 bits2",
  "BITOP NOT to bits1",
  "BITCOUNT bits1",
  "COPY list to REPLACE",
  "COPY hash to REPLACE",
  "LREM list 0 nothing",
  "LPOS list nothing",
  "LINSERT list BEFORE nothing x",
  "DUMP hash",
];

/** What only we have. */
const OWN: readonly string[] = ["HISTORY DIFF recorded {from} {to}"];

const options = readOptions(USAGE, { elements: "1000000", rounds: "3", only: "" });
const elements = toNumber("elements", options.elements, 1000);
const rounds = toNumber("rounds", options.rounds);

/** The commands that make the data: all words after the head belong to one command of a batch. */
function* load(): Iterable<Command> {
  const random = randomIntegers(1);
  const shuffled = Uint32Array.from({ length: elements }, (_, i) => i);
  for (let i = elements - 1; i > 0; i--) {
    const j = random(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  function* chunked(head: Command, words: (i: number) => Command): Iterable<Command> {
    for (let i = 0; i < elements; i += LOAD_WORDS) {
      const chunk = Array.from(shuffled.subarray(i, i + LOAD_WORDS), words);
      yield [...head, ...chunk.flat()];
    }
  }
  yield* chunked(["RPUSH", "list"], (i) => [`${i}`]);
  yield* chunked(["MSET"], (i) => [`weight_${i}`, `${(i * 7919) % elements}`]);
  for (const i of shuffled) yield ["HSET", `hash_${i}`, "weight", `${(i * 7919) % elements}`];
  yield* chunked(["SADD", "set1"], (i) => [`member:${i}`]);
  yield* chunked(["SADD", "set2"], (i) => [`member:${i + elements / 2}`]);
  yield* chunked(["ZADD", "zset1"], (i) => [`${i}`, `member:${i}`]);
  yield* chunked(["ZADD", "zset2"], (i) => [`${i}`, `member:${i + elements / 2}`]);
  yield* chunked(["HSET", "hash"], (i) => [`field:${i}`, `value:${i}`]);
  for (const name of ["lcs1", "lcs2"]) {
    yield ["SET", name, Uint8Array.from({ length: LCS_BYTES }, () => 97 + random(26))];
  }
  for (const name of ["bits1", "bits2"]) {
    yield ["SET", name, Uint8Array.from({ length: BITOP_BYTES }, () => random(256))];
  }
}

async function loadInto(client: RespClient): Promise<void> {
  let batch: Command[] = [];
  const send = async () => {
    const replies = await client.pipeline(batch);
    for (const reply of replies) if (reply.type === "error") throw new Error(format(reply));
    batch = [];
  };
  for (const command of load()) {
    batch.push(command);
    if (batch.length >= (command.length < 10 ? 20 * LOAD_BATCH : LOAD_BATCH)) await send();
  }
  await send();
}

/** Milliseconds that a command takes, the reply read. */
async function timeOf(connection: Deno.TcpConn, command: Command): Promise<number> {
  const request = encode(command, ["ECHO", "the end of it"]);
  const end = new TextEncoder().encode("the end of it\r\n");
  const room = new Uint8Array(1024 * 1024);
  let tail = new Uint8Array(0);
  const began = performance.now();
  await connection.write(request);
  for (;;) {
    const size = await connection.read(room);
    if (size === null) throw new Error(`the connection ended in ${command.join(" ")}`);
    const last = new Uint8Array([...tail, ...room.subarray(Math.max(0, size - 64), size)]);
    tail = last.slice(-64);
    if (endsWith(tail, end)) return performance.now() - began;
  }
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  const from = bytes.length - end.length;
  return from >= 0 && end.every((byte, i) => bytes[from + i] === byte);
}

await using stack = new AsyncDisposableStack();
const names: readonly ServerName[] = ["redlite", "redis"];
const subjects = [];
for (const name of names) {
  const server = await launch(stack, name, {
    ...(name === "redlite" ? { appendfsync: "everysec", args: ["--cache", "1024"] } : {}),
  });
  const client = stack.use(await server.connect({ timeoutMs: 600_000 }));
  progress(`loading ${name}`);
  await loadInto(client);
  const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
  stack.defer(() => connection.close());
  subjects.push({ name, client, connection });
}
const ours = subjects[0]!;
const lines = COMMANDS.filter((line) => line.includes(options.only));
const rows: string[][] = [];
for (const line of lines) {
  progress(line);
  const times: Record<ServerName, number[]> = { redlite: [], redis: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const { name, client, connection } of subjects) {
      const ms = await timeOf(connection, line.split(" "));
      // The first round fills caches.
      if (round > 0) times[name].push(ms);
      await client.send("DEL", "to");
    }
  }
  const [mine, theirs] = [median(times.redlite), median(times.redis)];
  rows.push([line, mine.toFixed(1), theirs.toFixed(1), (mine / theirs).toFixed(1)]);
}

for (const line of OWN.filter((line) => line.includes(options.only))) {
  progress(line);
  const { client, connection } = ours;
  await client.send("HISTORY", "ENABLE", "KEY", "recorded");
  await client.send("COPY", "hash", "recorded", "REPLACE");
  const now = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const reply = await client.send("TIME");
    if (reply.type !== "array") throw new Error("TIME gave no array");
    const [seconds, micros] = reply.items.map((item) =>
      item.type === "bulk" ? Number(new TextDecoder().decode(item.value)) : 0
    );
    return String(seconds! * 1000 + Math.floor(micros! / 1000));
  };
  const from = await now();
  for (let i = 0; i < elements / 10; i += LOAD_WORDS) {
    await client.send(
      "HSET",
      "recorded",
      ...Array.from({ length: LOAD_WORDS }, (_, j) => [`field:${i + j}`, "changed"]).flat(),
    );
  }
  const command = line.replace("{from}", from).replace("{to}", await now()).split(" ");
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await timeOf(connection, command));
  rows.push([line, median(times).toFixed(1), "", ""]);
}

console.log(`${elements} elements, milliseconds`);
printTable(["command", "redlite", "redis", "ratio"], rows);
