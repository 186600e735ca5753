/**
 * What a REST request costs beside the same command by RESP, and beside a server of Deno's that answers
 * with a constant: requests a second, and the server's processor time a request. The load comes from this
 * process, by connections that stay.
 */

import { startRedlite } from "../tests/harness/servers.ts";
import {
  cpuTime,
  decimals,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  toNumber,
} from "./harness.ts";

const USAGE = `
deno run -A bench/rest.ts [options]

  --clients N   connections (50)
  --seconds N   how long one measurement takes (2)
  --rounds N    counted rounds (3)
  --fsync WORD  appendfsync of the server (everysec)
`;

const options = readOptions(USAGE, { clients: "50", seconds: "2", rounds: "3", fsync: "everysec" });
const clients = toNumber("clients", options.clients);
const seconds = toNumber("seconds", options.seconds, 0.1);
const rounds = toNumber("rounds", options.rounds);

const encoder = new TextEncoder();
const VALUE = "v".repeat(64);

/** The least that Deno.serve does: reads the body, answers with JSON. */
const TRIVIAL =
  `Deno.serve({ port: 0, hostname: "127.0.0.1", onListen({ port }) { console.log(port); } },
  async (request) => {
    await request.bytes();
    return new Response('{"result":"${VALUE}"}', { headers: { "content-type": "application/json" } });
  });`;

interface Load {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly request: Uint8Array;
  /** Operations of a request. */
  readonly size: number;
}

const post = (path: string, body: unknown): Uint8Array => {
  const text = JSON.stringify(body);
  return encoder.encode(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
};

/** Sends a request again and again, each when the last is answered. @returns Requests a second and CPU time of one. */
async function measure(
  { port, pid, request }: Load,
): Promise<{ perSecond: number; microseconds: number }> {
  const connections = await Promise.all(
    Array.from({ length: clients }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  const cpuBefore = await cpuTime({ pid });
  const began = performance.now();
  const end = began + seconds * 1000;
  let requests = 0;
  await Promise.all(connections.map(async (connection) => {
    const answer = new Uint8Array(64 * 1024);
    while (performance.now() < end) {
      await connection.write(request);
      if (await connection.read(answer) === null) throw new Error("the server closed a connection");
      requests++;
    }
    connection.close();
  }));
  const took = performance.now() - began;
  const cpu = await cpuTime({ pid }) - cpuBefore;
  return { perSecond: requests / took * 1000, microseconds: cpu * 1000 / requests };
}

async function main(): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", TRIVIAL],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
    const appendfsync = options.fsync as "always" | "everysec" | "no";
    await using server = await startRedlite({ appendfsync, args: ["--http", "0"] });
    const { pid, port } = server;
    const http = Number(new URL(server.httpUrl!).port);
    await using client = await server.connect();
    await client.send("SET", "key", VALUE);
    const get = "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n";
    const set = `*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$64\r\n${VALUE}\r\n`;
    const loads: Load[] = [
      {
        name: "Deno.serve alone",
        port: Number(value),
        pid: child.pid,
        request: post("/", ["GET", "key"]),
        size: 1,
      },
      { name: "GET by REST", port: http, pid, request: post("/", ["GET", "key"]), size: 1 },
      {
        name: "GET by REST, in the path",
        port: http,
        pid,
        request: encoder.encode("GET /get/key HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        size: 1,
      },
      { name: "GET by RESP", port, pid, request: encoder.encode(get), size: 1 },
      { name: "SET by REST", port: http, pid, request: post("/", ["SET", "key", VALUE]), size: 1 },
      { name: "SET by RESP", port, pid, request: encoder.encode(set), size: 1 },
      {
        name: "20 GETs in a pipeline by REST",
        port: http,
        pid,
        request: post("/pipeline", Array(20).fill(["GET", "key"])),
        size: 20,
      },
      {
        name: "20 GETs in a pipeline by RESP",
        port,
        pid,
        request: encoder.encode(get.repeat(20)),
        size: 20,
      },
    ];
    const results = loads.map(() => [] as { perSecond: number; microseconds: number }[]);
    for (let round = 0; round <= rounds; round++) {
      for (const [i, load] of loads.entries()) {
        progress(`round ${round}: ${load.name}`);
        const result = await measure(load);
        // The first round warms up.
        if (round > 0) results[i]!.push(result);
      }
    }
    printTable(
      ["load", "requests/s", "operations/s", "µs of the server's CPU a request"],
      loads.map(({ name, size }, i) => {
        const perSecond = median(results[i]!.map((result) => result.perSecond));
        const cpu = median(results[i]!.map((result) => result.microseconds));
        return [name, rate(perSecond), rate(perSecond * size), decimals(cpu)];
      }),
    );
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

if (import.meta.main) await main();
