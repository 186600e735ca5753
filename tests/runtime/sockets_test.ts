/** Sending on a connection by the system's own call. */

import assert from "node:assert/strict";
import { sendNowOn } from "../../src/runtime/sockets.ts";

/** Both ends of a connection, the accepted one first. */
async function connected(hostname: string): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname, port: 0 });
  const [accepted, other] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname, port: listener.addr.port }),
  ]);
  return [accepted, other];
}

Deno.test("what is sent at once arrives at the other end of that connection", async () => {
  const pairs = await Promise.all(Array.from({ length: 8 }, () => connected("127.0.0.1")));
  for (const [i, [accepted]] of pairs.entries()) {
    const send = sendNowOn(accepted);
    assert.ok(send !== undefined || Deno.build.os !== "linux");
    const bytes = new Uint8Array([i, 1, 2, 3]);
    if (send === undefined) await accepted.write(bytes.subarray(0, 3));
    else assert.equal(send(bytes, 3), 3);
  }
  const into = new Uint8Array(8);
  for (const [i, [accepted, other]] of pairs.entries()) {
    assert.equal(await other.read(into), 3);
    assert.deepEqual([...into.subarray(0, 3)], [i, 1, 2]);
    accepted.close();
    other.close();
  }
});

Deno.test("of what is sent to who reads nothing a part is taken, and then nothing", async () => {
  const [accepted, other] = await connected("127.0.0.1");
  const send = sendNowOn(accepted);
  const bytes = new Uint8Array(1 << 20);
  let taken = 0, last = 1;
  while (send !== undefined && last > 0) taken += last = send(bytes, bytes.length);
  assert.ok(send === undefined || (taken > 0 && last < 0));
  accepted.close();
  other.close();
});

Deno.test("other connections than by IPv4 are written to by the runtime alone", async () => {
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  using listener = Deno.listen({ transport: "unix", path });
  const [accepted, other] = await Promise.all([
    listener.accept(),
    Deno.connect({ transport: "unix", path }),
  ]);
  assert.equal(sendNowOn(accepted), undefined);
  accepted.close();
  other.close();
});
