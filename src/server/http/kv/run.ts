/** Runs the command KV for a request, so that its rights, limits and turns are those of any client. */

import type { Exchange } from "../exchange.ts";
import { lengthAt } from "../reply_scanner.ts";
import { HttpRefusal } from "../refusal.ts";

const MINUS = 0x2d, LF = 0x0a;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NAME = encoder.encode("KV");

/** The database takes no writes: it is a replica, or open for reading only. */
export class WritesDisabled extends Error {}

/**
 * Runs a subcommand of KV.
 *
 * @returns The bytes that it replies with.
 * @throws {HttpRefusal} If it is refused.
 * @throws {WritesDisabled}
 */
export async function runKv(
  exchange: Exchange,
  subcommand: string,
  ...more: readonly (string | Uint8Array)[]
): Promise<Uint8Array<ArrayBuffer>> {
  const { client } = exchange;
  const words: Uint8Array[] = [NAME, encoder.encode(subcommand)];
  for (const word of more) words.push(typeof word === "string" ? encoder.encode(word) : word);
  const { args } = client;
  args.count = words.length;
  for (const [index, word] of words.entries()) args.slot(index).set(word, 0, word.length);
  client.assertAllowed();
  client.commands.clear();
  client.commands.add(args);
  return await exchange.run(answerIn);
}

/** The bytes that a reply is, as an array of their own. */
function answerIn(reply: Uint8Array): Uint8Array<ArrayBuffer> {
  const line = reply.indexOf(LF) + 1;
  if (reply[0] === MINUS) throw refusalOf(decoder.decode(reply.subarray(1, line - 2)));
  return new Uint8Array(reply.subarray(line, line + lengthAt(reply, 1)));
}

/** What an error is to clients: those that they may try again with the same request have a status of 503. */
function refusalOf(message: string): Error {
  const code = message.slice(0, message.indexOf(" "));
  if (code === "ERR") return new HttpRefusal(400, message.slice(4));
  if (code === "READONLY") return new WritesDisabled(message);
  if (code === "NOPERM") return new HttpRefusal(403, message);
  if (code === "OOM") return new HttpRefusal(400, message);
  return new HttpRefusal(503, message);
}
