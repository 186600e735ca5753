/** Reads and writes of KV Connect: messages of Protocol Buffers, by POST. */

import { writesDisabled } from "../../../commands/kv/answers.ts";
import type { Exchange } from "../exchange.ts";
import { HttpRefusal } from "../refusal.ts";
import { runKv, WritesDisabled } from "./run.ts";

const TYPE = "application/x-protobuf";
const VERSION = /^[123]$/;

/** Answers a `SnapshotRead`. */
export async function snapshotRead(exchange: Exchange): Promise<Response> {
  const database = databaseOf(exchange);
  const output = await runKv(exchange, "READ", database, await exchange.body());
  return exchange.answer(200, output, TYPE);
}

/** Answers an `AtomicWrite`. */
export async function atomicWrite(exchange: Exchange): Promise<Response> {
  const database = databaseOf(exchange);
  try {
    const output = await runKv(exchange, "WRITE", database, await exchange.body());
    return exchange.answer(200, output, TYPE);
  } catch (error) {
    if (!(error instanceof WritesDisabled)) throw error;
    return exchange.answer(200, writesDisabled(), TYPE);
  }
}

/** Which database a request is for. @throws {HttpRefusal} If it does not say so, or is of another protocol. */
export function databaseOf({ request: { headers } }: Exchange): string {
  const version = headers.get("x-denokv-version");
  if (version !== null && !VERSION.test(version)) {
    throw new HttpRefusal(400, "Expected protocol version 1, 2 or 3.");
  }
  const id = headers.get(version === null ? "x-transaction-domain-id" : "x-denokv-database-id");
  if (id === null) throw new HttpRefusal(400, "Invalid database id.");
  return id;
}
