/** Rate limiters and locks as they come from npm. */

import { strict as assert } from "node:assert";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import * as redlock from "redlock";
import { startRedlite } from "../harness/servers.ts";

Deno.test("rate-limiter-flexible counts, refuses, blocks and rewards", async () => {
  await using server = await startRedlite();
  const client = new Redis({ host: "127.0.0.1", port: server.port });
  try {
    const limiter = new RateLimiterRedis({
      storeClient: client,
      points: 3,
      duration: 60,
      blockDuration: 120,
    });
    for (const left of [2, 1, 0]) {
      assert.equal((await limiter.consume("user")).remainingPoints, left);
    }
    const refused: unknown = await limiter.consume("user").catch((reason) => reason);
    const wait = (refused as { msBeforeNext: number }).msBeforeNext;
    assert.ok(wait > 60_000 && wait <= 120_000, `${wait}`);
    await limiter.consume("other", 2);
    assert.equal((await limiter.reward("other", 1)).consumedPoints, 1);
    assert.equal((await limiter.penalty("other", 2)).consumedPoints, 3);
    assert.equal(await limiter.delete("other"), true);
    assert.equal(await limiter.get("other"), null);
  } finally {
    client.disconnect();
  }
});

Deno.test("redlock lets one in, extends, and lets the next in", async () => {
  await using server = await startRedlite();
  const client = new Redis({ host: "127.0.0.1", port: server.port });
  try {
    const locks = new redlock.default([client], { retryCount: 0 });
    const lock = await locks.acquire(["a", "b"], 10_000);
    await assert.rejects(locks.acquire(["b"], 1000));
    const extended = await lock.extend(20_000);
    assert.ok(await client.pttl("a") > 10_000);
    await extended.release();
    await (await locks.acquire(["b"], 1000)).release();
    assert.equal(await client.exists("a", "b"), 0);
  } finally {
    client.disconnect();
  }
});
