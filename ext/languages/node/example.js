/** A queue, a leaderboard and the past of a key, in one file. */

import { open } from "@redlite/ioredis";

const db = await open("example.db");
await db.flushall();

await db.rpush("queue", "first", "second");
console.log("next:", await db.lpop("queue"));

await db.zadd("scores", 12, "ada", 7, "bob");
console.log("best:", await db.zrevrange("scores", 0, 0, "WITHSCORES"));

await db.history.enable("price");
await db.set("price", 10);
await db.set("price", 12);
console.log("prices:", (await db.history.get("price")).map(({ data }) => data));

console.log(
  "keys:",
  await db.sql("SELECT key, type FROM redlite_keys ORDER BY key"),
);
await db.close();
