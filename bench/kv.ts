/// <reference lib="deno.unstable" />
/**
 * Deno's KV API against a server of Redlite and against Deno's own local database, both on a file.
 *
 *     deno task bench:kv
 *
 * @module
 */

import { startRedlite } from "../tests/harness/servers.ts";
import { directoryOnDisk, printTable } from "./harness.ts";

const OPERATIONS = 3000;
/** Operations under way at once. */
const AT_ONCE = 32;
const PASSWORD = "bench-token";

/** Runs an operation many times. @returns How many there were a second. */
async function rate(atOnce: number, operation: (i: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (next < OPERATIONS) await operation(next++);
  }));
  return Math.round(OPERATIONS / (performance.now() - startedAt) * 1000);
}

async function measure(kv: Deno.Kv): Promise<Record<string, number>> {
  const value = { text: "x".repeat(64) };
  const key = (i: number) => ["users", i];
  const rates = {
    set: await rate(1, (i) => kv.set(key(i), value)),
    [`set, ${AT_ONCE} at once`]: await rate(AT_ONCE, (i) => kv.set(key(i), value)),
    get: await rate(1, (i) => kv.get(key(i))),
    [`get, ${AT_ONCE} at once`]: await rate(AT_ONCE, (i) => kv.get(key(i))),
  };
  const startedAt = performance.now();
  let pairs = 0;
  for (let round = 0; round < 5; round++) {
    for await (const _ of kv.list({ prefix: ["users"] }, { batchSize: 500 })) pairs++;
  }
  return { ...rates, "pairs listed": Math.round(pairs / (performance.now() - startedAt) * 1000) };
}

await using stack = new AsyncDisposableStack();
const directory = await directoryOnDisk(stack);
const server = stack.use(
  await startRedlite({ directory, password: PASSWORD, args: ["--http", "0"] }),
);
Deno.env.set("DENO_KV_ACCESS_TOKEN", PASSWORD);
using local = await Deno.openKv(`${directory}/local.db`);
using served = await Deno.openKv(server.httpUrl);
const ofServed = await measure(served), ofLocal = await measure(local);
printTable(
  ["a second", "Redlite", "Deno's local database"],
  Object.keys(ofServed).map((name) => [name, String(ofServed[name]), String(ofLocal[name])]),
);
