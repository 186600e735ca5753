/** Servers that the tests of a file share, for tests that leave nothing behind but keys. */

import { format } from "./resp_client.ts";
import type { TestServer } from "./servers.ts";

interface Shared {
  readonly start: () => Promise<TestServer>;
  server: TestServer | undefined;
}

const shared = new Map<string, Shared>();

function register(): void {
  // Where other runtimes stand in for Deno, no test has a server.
  if (Deno.test.beforeAll === undefined) return;
  Deno.test.beforeAll(async () => {
    const start = async (one: Shared) => {
      one.server = await one.start();
    };
    await Promise.all([...shared.values()].map(start));
  });
  Deno.test.afterAll(async () => {
    await Promise.all([...shared.values()].map(({ server }) => server?.[Symbol.asyncDispose]()));
  });
}

/**
 * Has a server started before the first test of the file; call it while tests are registered.
 *
 * @param name What starts the same has the same name.
 * @returns What gives a test the server, without keys.
 */
export function shareServer(
  name: string,
  start: () => Promise<TestServer>,
): () => Promise<TestServer> {
  if (shared.size === 0) register();
  const one = shared.get(name) ?? { start, server: undefined };
  shared.set(name, one);
  return async () => {
    if (one.server === undefined) throw new Error(`${name} was not started before the tests`);
    if (!await isEmptied(one.server)) {
      // The test before has left it busy, paused or gone: the next one must not suffer from that.
      await one.server.kill9();
      await one.server[Symbol.asyncDispose]();
      one.server = await one.start();
    }
    return one.server;
  };
}

/** Takes all keys out of a server. @returns Whether that could be done. */
async function isEmptied(server: TestServer): Promise<boolean> {
  try {
    await using client = await server.connect();
    return format(await client.send("FLUSHALL")) === "+OK";
  } catch {
    return false;
  }
}
