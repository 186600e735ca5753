import { strict as assert } from "node:assert";
import { BufferPool } from "../../../src/server/sessions/buffers.ts";
import { RespWriter } from "../../../src/resp/writer.ts";

const KB = 1024;

Deno.test("a buffer for a larger reply is used again", () => {
  const pool = new BufferPool();
  const usual = pool.take(), larger = pool.take(20_000);
  assert.equal(usual.length, 16 * KB);
  assert.equal(larger.length, 32 * KB);
  pool.give(larger);
  pool.give(usual);
  assert.equal(pool.take(32 * KB), larger);
  assert.equal(pool.take(), usual);
  assert.notEqual(pool.take(32 * KB), larger);
  assert.equal(pool.take(128 * KB).length, 128 * KB);
});

Deno.test("very large buffers, those of odd sizes and too many are let go", () => {
  const pool = new BufferPool();
  for (const size of [0, 100, 20_000, 1024 * KB]) pool.give(new Uint8Array(size));
  assert.equal(pool.take(1024 * KB + 1).length, 1024 * KB + 1);
  const given = new Set<Uint8Array>();
  for (let i = 0; i < 40; i++) given.add(new Uint8Array(128 * KB));
  for (const buffer of given) pool.give(buffer);
  const kept = [...given].filter(() => given.has(pool.take(128 * KB)));
  assert.equal(kept.length, 32);
});

Deno.test("a writer that grows gives back the buffer that was too small", () => {
  const pool = new BufferPool();
  const writer = new RespWriter(0, pool);
  const first = writer.bytes = pool.take();
  writer.status("before");
  writer.bulk(new Uint8Array(20_000).fill(7));
  assert.equal(pool.take(), first);
  assert.equal(writer.bytes.length, 32 * KB);
  assert.equal(new TextDecoder().decode(writer.bytes.subarray(0, 17)), "+before\r\n$20000\r\n");
});
