/** Prints how long opening takes, and how many operations a second there are, as a line of JSON. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "@redlite/ioredis";

const COUNT = 3000;
const BATCHES = 20;

async function rate(count, work) {
  const began = performance.now();
  await work();
  return count / (performance.now() - began) * 1000;
}

const directory = mkdtempSync(join(tmpdir(), "redlite-bench-"));
const began = performance.now();
const db = await open(join(directory, "app.db"));
await db.ping();
const open_ms = performance.now() - began;
const set = await rate(COUNT, async () => {
  for (let i = 0; i < COUNT; i++) await db.set(`key:${i}`, "value");
});
const get = await rate(COUNT, async () => {
  for (let i = 0; i < COUNT; i++) await db.get(`key:${i}`);
});
const pipelined = await rate(BATCHES * 1000, async () => {
  for (let batch = 0; batch < BATCHES; batch++) {
    const pipeline = db.pipeline();
    for (let i = 0; i < 1000; i++) pipeline.get(`key:${i}`);
    await pipeline.exec();
  }
});
await db.close();
rmSync(directory, { recursive: true });
console.log(JSON.stringify({ open_ms, set, get, pipelined }));
