/** Servers that the tests of a file share, for tests that leave nothing behind but keys. */

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
    await using client = await one.server.connect();
    await client.send("FLUSHALL");
    return one.server;
  };
}
