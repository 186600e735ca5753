/**
 * The REST API that serverless clients speak, as Upstash serves it: a command in an address or a JSON
 * array, several of them as a pipeline or a transaction, subscriptions as server-sent events.
 *
 * @module
 */

import type { Arguments } from "../../../resp/arguments.ts";
import type { Exchange } from "../exchange.ts";
import { JsonCommands } from "../json_commands.ts";
import { JsonReplies } from "../json_replies.ts";
import { badRequest, HttpRefusal } from "../refusal.ts";
import type { Router } from "../router.ts";
import { eventsOf } from "./events.ts";
import { formatOf, respond } from "./formats.ts";
import { pathCommand } from "./path_commands.ts";

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT"]);

/** Commands that are answered with a stream of events. */
const STREAMS: ReadonlySet<string> = new Set(["monitor", "psubscribe", "ssubscribe", "subscribe"]);

/** Has the REST API answer what nobody else does. */
export function mountRest(router: Router): void {
  for (const method of ["POST", "PUT"]) {
    router.on(method, "/", command).on(method, "/pipeline", pipeline)
      .on(method, "/multi-exec", transaction);
  }
  router.otherwise(commandOfPath);
}

/** A command in a body. */
export async function command(exchange: Exchange): Promise<Response> {
  const { client } = exchange;
  const format = formatOf(exchange);
  const body = new JsonCommands(await exchange.body(), limitOf(exchange));
  body.one(client.args);
  client.add();
  return await exchange.run((replies) => respond(exchange, format, replies, "one"));
}

async function pipeline(exchange: Exchange): Promise<Response> {
  const format = formatOf(exchange);
  await takeJsonCommands(exchange);
  return await exchange.run((replies) => respond(exchange, format, replies, "each"));
}

async function transaction(exchange: Exchange): Promise<Response> {
  const format = formatOf(exchange);
  if (format === "resp2") throw badRequest("a transaction is answered in JSON only");
  const { commands } = exchange.client;
  commands.addWord("MULTI");
  await takeJsonCommands(exchange);
  commands.addWord("EXEC");
  const results = await exchange.run((replies) =>
    resultsOf(new JsonReplies(replies, format), commands.count)
  );
  return exchange.json(200, results);
}

/** What EXEC replied with, if it ran. @param count How many replies there are. */
function resultsOf(replies: JsonReplies, count: number): Uint8Array<ArrayBuffer> {
  let refusal: string | undefined;
  for (let i = 0; i < count - 1; i++) refusal ??= replies.skip();
  if (replies.elements()) return replies.json;
  // Of what the transaction was discarded for EXEC says nothing but that there was something.
  const message = refusal ?? replies.skip() ?? "EXECABORT the transaction was discarded";
  throw new HttpRefusal(400, message);
}

/** Takes the commands of a body that is an array of them. @throws {HttpRefusal} If it is none. */
async function takeJsonCommands(exchange: Exchange): Promise<void> {
  await takeCommands(exchange, new JsonCommands(await exchange.body(), limitOf(exchange)));
}

/** Commands one after the other. */
export interface CommandSource {
  /** Puts the next one into the arguments. @returns False if there is none any more. */
  next(args: Arguments): boolean;
}

/**
 * Takes commands, in slices of time if they are many.
 *
 * @throws {HttpRefusal} If there are none, or requests may not consist of one of them.
 */
export async function takeCommands(exchange: Exchange, body: CommandSource): Promise<void> {
  const { client, host: { fairness } } = exchange;
  let taken = 0;
  let sliceEnd = performance.now() + fairness.sliceMs;
  while (body.next(client.args)) {
    client.add();
    if (++taken % 64 !== 0 || performance.now() < sliceEnd) continue;
    await fairness.next();
    sliceEnd = performance.now() + fairness.sliceMs;
  }
  if (taken === 0) throw badRequest("empty pipeline");
}

const limitOf = ({ host: { config } }: Exchange) => config.clientQueryBufferLimit;

async function commandOfPath(exchange: Exchange): Promise<Response> {
  const { request, path, parameters } = exchange;
  if (!METHODS.has(request.method)) {
    throw new HttpRefusal(405, "ERR method not allowed", { allow: [...METHODS].join(", ") });
  }
  const { client } = exchange;
  const format = formatOf(exchange);
  const name = path.slice(1).split("/", 1)[0]!.toLowerCase();
  if (STREAMS.has(name)) {
    pathCommand(client.args, path, undefined, parameters);
    return await eventsOf(exchange);
  }
  const takesBody = request.method === "POST" || request.method === "PUT";
  const body = takesBody ? await exchange.body() : NOTHING;
  pathCommand(client.args, path, body.length > 0 ? body : undefined, parameters);
  client.add();
  return await exchange.run((replies) => respond(exchange, format, replies, "one"));
}

const NOTHING = new Uint8Array(0);
