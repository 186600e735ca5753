/** Rows are written by another thread while the turns of clients with long pipelines run. */

import { strict as assert } from "node:assert";
import { format } from "../harness/resp_client.ts";
import { SEED } from "../harness/seed.ts";
import { startRedlite } from "../harness/servers.ts";

const KEYS = 20_000, COMMANDS = 2000, PIPELINES = 20;

Deno.test("long pipelines leave with write-behind what they leave without it", async () => {
  await using behind = await startRedlite({ args: ["--write-behind", "yes"] });
  await using plain = await startRedlite({ args: ["--write-behind", "no"] });
  await using one = await behind.connect();
  await using other = await plain.connect();
  let state = SEED >>> 0;
  const random = (bound: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
  for (let pipeline = 0; pipeline < PIPELINES; pipeline++) {
    const commands = Array.from({ length: COMMANDS }, () => {
      const key = `key:${random(KEYS)}`;
      switch (random(8)) {
        case 0:
          return ["INCR", `counter:${random(100)}`];
        case 1:
          return ["HSET", "hash", key, String(pipeline)];
        case 2:
          return ["APPEND", key, "+"];
        case 3:
          // What deletes writes by itself, in the middle of a turn.
          return random(200) === 0 ? ["DEL", key] : ["HDEL", "hash", key];
        default:
          return ["SET", key, String(pipeline)];
      }
    });
    const replies = await one.pipeline(commands);
    assert.deepEqual(replies.map(format), (await other.pipeline(commands)).map(format));
  }
  const digest = format(await other.send("DEBUG", "DIGEST"));
  assert.equal(format(await one.send("DEBUG", "DIGEST")), digest, `seed ${SEED}`);
  assert.match(format(await one.send("INTEGRITY")), /OK/);
});
