/** What tests of scripts that run for long have in common. */

import { strict as assert } from "node:assert";
import { type Command, format, type RespClient } from "../harness/resp_client.ts";
import type { TestServer } from "../harness/servers.ts";

/**
 * Sends a command again and again until it is refused because a script runs.
 *
 * @param check Is called each time.
 */
export async function untilBusy(client: RespClient, check: () => void = () => {}): Promise<void> {
  for (;; check()) {
    const reply = await client.send("PING");
    if (reply.type === "error" && reply.value.startsWith("BUSY ")) return;
    assert.equal(format(reply), "+PONG");
  }
}

/** A client whose command runs for longer than it should. */
export class LongCommand implements AsyncDisposable {
  /** The formatted reply. */
  readonly reply: Promise<string>;
  readonly client: RespClient;

  private constructor(client: RespClient, command: Command) {
    this.client = client;
    this.reply = client.send(...command).then(format);
    // Who closes it in its middle does not wait for it.
    this.reply.catch(() => {});
  }

  /** Sends a command, and waits until the server is busy with it. @param other Who finds that out. */
  static async begin(
    server: TestServer,
    other: RespClient,
    ...command: Command
  ): Promise<LongCommand> {
    await other.send("CONFIG", "SET", "busy-reply-threshold", "20");
    const long = new LongCommand(await server.connect(), command);
    let over: string | undefined;
    long.reply.then((reply) => over = reply, () => {});
    await untilBusy(other, () => {
      if (over !== undefined) throw new Error(`it is over already: ${over}`);
    });
    return long;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}

/** A script that runs until it is ended. */
export const ENDLESS = "while true do end";

/** A script that sets a key to what comes after that, and runs until it is ended. */
export const WRITES = "redis.call('set', KEYS[1], 'half') while true do end";

/** Runs a script, and kills it if the server turns out to be busy with it. @returns Its formatted reply. */
export async function runOrKill(
  client: RespClient,
  killer: RespClient,
  ...command: Command
): Promise<string> {
  let over = false;
  const reply = client.send(...command).finally(() => over = true);
  while (!over) {
    const answer = await killer.send("SCRIPT", "KILL");
    assert.ok(answer.type === "error" || format(answer) === "+OK", format(answer));
  }
  return format(await reply);
}
