/** A program and its clients at the same data, all at once: nothing is lost, done twice or half done. */

import { strict as assert } from "node:assert";
import type { Redlite } from "../../../mod.ts";
import { format, RespClient } from "../../harness/resp_client.ts";
import { DRIVERS } from "../../store/open.ts";
import { randomNumbers } from "../../store/rdb/random.ts";
import { RedliteFile } from "../open.ts";

/** What was answered to have been done. */
interface Done {
  incremented: number;
  pushed: number;
  popped: number;
}

async function runClient(port: number, seed: number, done: Done): Promise<void> {
  await using client = await RespClient.connect({ port, resp: seed % 2 === 0 ? 2 : 3 });
  const draw = randomNumbers(seed);
  for (let round = 0; round < 40; round++) {
    const commands: string[][] = [];
    for (let i = 0; i < 1 + draw(15); i++) {
      const kind = draw(5);
      if (kind === 0) commands.push(["INCR", "n"]);
      else if (kind === 1) commands.push(["LPUSH", `queue${draw(3)}`, "x"]);
      else if (kind === 2) {
        commands.push(["MULTI"], ["INCR", "n"], ["HSET", "h", "f", "v"], ["EXEC"]);
      } else if (kind === 3) {
        commands.push(["EVAL", "return redis.call('incr', KEYS[1])", "1", "n"]);
      } else commands.push(["SET", `k${draw(50)}`, "v".repeat(draw(300)), "PX", "20"]);
    }
    const replies = (await client.pipeline(commands)).map(format);
    for (const [i, reply] of replies.entries()) {
      assert.doesNotMatch(reply, /^-/);
      const name = commands[i]?.[0];
      if (name === "LPUSH") done.pushed++;
      else if (name === "EXEC" || name === "EVAL") done.incremented++;
      else if (name === "INCR" && reply !== "+QUEUED") done.incremented++;
    }
    const popped = await client.send("BLPOP", "queue0", "queue1", "queue2", "0.005");
    if (popped.type === "array") done.popped++;
  }
}

async function runProgram(db: Redlite, seed: number, done: Done): Promise<void> {
  const draw = randomNumbers(seed);
  const failing = () => {
    db.incr("n");
    db.rpush("queue1", "never");
    db.publish("news", "never");
    throw new RangeError("no");
  };
  for (let round = 0; round < 300; round++) {
    const queue = `queue${draw(3)}`;
    const kind = draw(6);
    if (kind === 0) {
      db.incr("n");
      done.incremented++;
    } else if (kind === 1) {
      db.rpush(queue, "y");
      done.pushed++;
    } else if (kind === 2) {
      assert.throws(() => db.transaction(failing), RangeError);
    } else if (kind === 3) {
      db.transaction(() => {
        db.incr("n");
        db.hset("h", { f: round });
      });
      done.incremented++;
    } else if (kind === 4) {
      if (db.lpop(queue) !== null) done.popped++;
    } else if (await db.blpop(queue, { timeout: 0.005 }) !== null) {
      done.popped++;
    }
    // Now in the turn of a client, now between two.
    if (draw(2) === 0) await Promise.resolve();
    else await new Promise((resolve) => setTimeout(resolve));
  }
}

for (const { info: { name } } of DRIVERS) {
  for (const appendfsync of ["always", "everysec"] as const) {
    Deno.test(`a program and its clients share data at ${appendfsync} (${name})`, async () => {
      await using file = new RedliteFile(name);
      const db = file.open({ appendfsync, notifyKeyspaceEvents: "KEA" });
      await using server = await db.listen();
      await using news = db.subscribe("news");
      const done: Done = { incremented: 0, pushed: 0, popped: 0 };
      await Promise.all([
        ...[1, 2, 3].map((seed) => runClient(server.port, seed, done)),
        ...[4, 5].map((seed) => runProgram(db, seed, done)),
      ]);
      const left = db.llen("queue0") + db.llen("queue1") + db.llen("queue2");
      assert.equal(Number(db.get("n")), done.incremented);
      assert.equal(done.popped + left, done.pushed);
      assert.deepEqual(await db.integrity(), []);
      db.publish("news", "after");
      assert.equal((await news.next()).value?.message, "after");
    });
  }
}
