/** Listeners and connections by the system's own calls. */

import assert from "node:assert/strict";
import { listen, type NetworkConnection, type NetworkListener } from "../../src/runtime/network.ts";

const LINUX = Deno.build.os === "linux";

/** Both ends of a connection, the accepted one first. */
async function connected(
  listener: NetworkListener,
): Promise<[NetworkConnection, Deno.Conn]> {
  const { addr } = listener;
  if (addr.transport === "unix") {
    return await Promise.all([
      listener.accept(),
      Deno.connect({ transport: "unix", path: addr.path }),
    ]);
  }
  assert.ok(addr.transport === "tcp");
  const { hostname, port } = addr;
  return await Promise.all([listener.accept(), Deno.connect({ hostname, port })]);
}

/** Runs something on a listener of a host, or on a Unix socket. */
async function withListener(
  host: string | undefined,
  work: (listener: NetworkListener) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "redlite-test-" });
  const listener = await listen(
    host === undefined ? { path: `${directory}/socket` } : { hostname: host, port: 0 },
  );
  try {
    await work(listener);
  } finally {
    listener.close();
    await Deno.remove(directory, { recursive: true });
  }
}

for (const host of ["127.0.0.1", "::1", undefined]) {
  const name = host ?? "a Unix socket";
  Deno.test(`many connections on ${name} have their addresses and bytes, both ways`, () =>
    withListener(host, async (listener) => {
      const pairs: [NetworkConnection, Deno.Conn][] = [];
      for (let i = 0; i < 8; i++) pairs.push(await connected(listener));
      const into = new Uint8Array(8);
      for (const [i, [accepted, other]] of pairs.entries()) {
        assert.equal(accepted.source !== undefined, LINUX);
        assert.deepEqual(accepted.localAddr, { ...listener.addr });
        if (host !== undefined) assert.deepEqual(accepted.remoteAddr, { ...other.localAddr });
        assert.equal(await accepted.write(new Uint8Array([i, 1, 2])), 3);
        assert.equal(await other.read(into), 3);
        assert.deepEqual([...into.subarray(0, 3)], [i, 1, 2]);
        await other.write(new Uint8Array([i, 3]));
        assert.equal(await accepted.read(into), 2);
        assert.deepEqual([...into.subarray(0, 2)], [i, 3]);
        other.close();
        assert.equal(await accepted.read(into), null);
        accepted.close();
      }
    }));
}

Deno.test("what is sent to who reads nothing is taken in part, and the rest when he reads", () =>
  withListener("127.0.0.1", async (listener) => {
    const [accepted, other] = await connected(listener);
    const bytes = new Uint8Array(1 << 22).map((_, i) => i % 251);
    let taken = 0;
    for (let last = 1; accepted.sendNow !== undefined && last > 0; taken += Math.max(0, last)) {
      last = accepted.sendNow(bytes.subarray(taken), bytes.length - taken);
    }
    assert.ok(taken < bytes.length);
    const rest = (async () => {
      while (taken < bytes.length) taken += await accepted.write(bytes.subarray(taken));
      accepted.close();
    })();
    const received = new Uint8Array(await new Response(other.readable).arrayBuffer());
    await rest;
    assert.equal(received.length, bytes.length);
    assert.ok(received.every((byte, i) => byte === i % 251));
  }));

Deno.test("closing ends what waits: an accept, a read and a write", () =>
  withListener("127.0.0.1", async (listener) => {
    const [accepted, other] = await connected(listener);
    const reading = assert.rejects(accepted.read(new Uint8Array(8)));
    const bytes = new Uint8Array(1 << 22);
    const writing = assert.rejects(async () => {
      for (;;) await accepted.write(bytes);
    });
    accepted.close();
    await Promise.all([reading, writing]);
    await assert.rejects(async () => await accepted.read(new Uint8Array(8)));
    const accepting = assert.rejects(async () => await listener.accept());
    listener.close();
    await accepting;
    other.close();
  }));

Deno.test("who has sent what is never read finds the end of what he was sent", () =>
  withListener("127.0.0.1", async (listener) => {
    const [accepted, other] = await connected(listener);
    await other.write(new Uint8Array(10));
    await accepted.write(new Uint8Array([1, 2, 3]));
    accepted.close();
    const into = new Uint8Array(8);
    assert.equal(await other.read(into), 3);
    assert.equal(await other.read(into), null);
    other.close();
  }));

Deno.test("nobody is told of the connection that had the same descriptor before", () =>
  withListener("127.0.0.1", async (listener) => {
    for (let i = 0; i < 20; i++) {
      const [accepted, other] = await connected(listener);
      const reading = accepted.read(new Uint8Array(8));
      await other.write(new Uint8Array([i]));
      assert.equal(await reading, 1);
      // The peer goes in the moment in which this end does, so that both are told of at once.
      other.close();
      accepted.close();
    }
  }));

Deno.test("a callback is called for bytes that come, and not while it pauses", async () => {
  await withListener("127.0.0.1", async (listener) => {
    const [accepted, other] = await connected(listener);
    const { source } = accepted;
    if (source === undefined) return other.close();
    const into = new Uint8Array(8);
    const next = () =>
      new Promise<number>((resolve) =>
        source.onReadable(() => {
          const taken = source.take(into, 0);
          if (taken === 0) return;
          source.pause();
          resolve(taken);
        })
      );
    const first = next();
    await other.write(new Uint8Array([1]));
    assert.equal(await first, 1);
    await other.write(new Uint8Array([2, 3]));
    assert.equal(await next(), 2);
    assert.equal(source.take(into, 0), 0);
    const end = next();
    other.close();
    assert.ok(await end < 0);
    accepted.close();
  });
});
