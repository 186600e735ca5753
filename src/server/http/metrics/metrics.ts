/** `/metrics` for Prometheus, `/health` and `/ready` for whoever watches over the process. */

import { Arguments } from "../../../resp/arguments.ts";
import type { Exchange } from "../exchange.ts";
import { JsonReplies } from "../json_replies.ts";
import { HttpRefusal } from "../refusal.ts";
import type { Router } from "../router.ts";
import { CONTENT_TYPE } from "./exposition.ts";
import { samplesOf } from "./samples.ts";

/** What is told of, without those sections of INFO that take long. */
const INFO = [
  "INFO",
  ...["server", "clients", "memory", "persistence", "storage", "stats", "replication"],
  ...["cpu", "commandstats", "errorstats", "latencystats", "keyspace"],
];

/** What is asked for beside it, of who may. */
const OTHERS = {
  slowLogLength: ["SLOWLOG", "LEN"],
  slowLog: ["SLOWLOG", "GET", "1"],
  latency: ["LATENCY", "LATEST"],
} as const;

/** Has these paths answered. */
export function mountMetrics(router: Router): void {
  router.on("GET", "/metrics", metrics).on("GET", "/health", health).on("GET", "/ready", ready);
}

/** The metrics, for a user who may run INFO. */
async function metrics(exchange: Exchange): Promise<Response> {
  const { client, host } = exchange;
  const { commands } = client;
  client.args.fill(INFO);
  client.assertAllowed();
  commands.add(client.args);
  const asked = Object.entries(OTHERS).filter(([, words]) => mayRun(exchange, words));
  for (const [, words] of asked) {
    client.args.fill(words);
    commands.add(client.args);
  }
  const told = await exchange.run((bytes) => {
    const replies = new JsonReplies(bytes, "text");
    if (replies.isError) throw new HttpRefusal(403, replies.skip() ?? "");
    const info = String(replies.value());
    return { info, ...Object.fromEntries(asked.map(([name]) => [name, replies.value()])) };
  });
  const text = samplesOf(told, host.store.engine.clock.now());
  return exchange.answer(200, text, CONTENT_TYPE);
}

/** Whether the user may run a command. What it may not is left out, and nobody is told of it. */
function mayRun({ client, host }: Exchange, words: readonly string[]): boolean {
  const args = new Arguments();
  args.fill(words);
  const command = host.commands.lookup(args);
  return command !== undefined && client.permits(command, args);
}

/** Whether the process is there. Everybody may know. */
function health({ host }: Exchange): Response {
  return host.stopping ? status(503, "stopping") : status(200, "ok");
}

/** Whether clients may be sent here. Everybody may know. */
function ready({ host }: Exchange): Response {
  if (host.stopping) return status(503, "stopping");
  if (host.store.engine.refusal !== undefined) return status(503, "writes are refused");
  return status(200, "ok");
}

const status = (status: number, text: string) => Response.json({ status: text }, { status });
