/** Servers under strace, which tells what they did to their files and said to their clients. */

import { strict as assert } from "node:assert";
import { encode, RespClient } from "../harness/resp_client.ts";
import { parseCalls, straceArguments, type SystemCall } from "./system_calls.ts";

/** Whether there is a log before the database. */
export type WriteBehind = "yes" | "no";

/** What a server did, and what its files were before, by their paths. */
export interface TracedLife {
  readonly calls: SystemCall[];
  readonly files: Map<string, Uint8Array>;
}

/** Starts a server by a command of its own. */
export async function spawnServer(
  command: string,
  args: string[],
): Promise<{ port: number; stop: () => Promise<void> }> {
  const cwd = new URL("../../", import.meta.url);
  const child = new Deno.Command(command, { args, cwd, stdout: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let output = "";
  while (!output.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the server ended: ${output}`);
    output += value;
  }
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
  const stop = async () => {
    await using client = await RespClient.connect({ port });
    await client.raw(encode(["SHUTDOWN"]));
    assert.ok((await child.status).success);
    await reader.cancel();
  };
  return { port, stop };
}

/** Has a server under strace on a new file while there is work for it. */
export async function traceServer(
  directory: string,
  writeBehind: WriteBehind,
  parameters: readonly string[],
  work: (port: number) => Promise<void>,
): Promise<TracedLife> {
  const path = `${directory}/redlite.db`, log = `${directory}/calls`;
  const { port, stop } = await spawnServer("strace", [
    ...straceArguments(log),
    ...[Deno.execPath(), "run", "-A", "server.ts", "--db", path, "--addr", "127.0.0.1:0"],
    ...["--write-behind", writeBehind, ...parameters],
  ]);
  const files = new Map<string, Uint8Array>();
  const found = [path, `${path}-wal`];
  if (writeBehind === "yes") found.push(`${path}-log`);
  for (const file of found) files.set(file, await Deno.readFile(file));
  await work(port);
  await stop();
  return { calls: parseCalls(await Deno.readTextFile(log)), files };
}
