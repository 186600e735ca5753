/** Redlite follows a master that sends what is no stream. */

import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { fields, until } from "./content.ts";

const encoder = new TextEncoder();
/** A snapshot of nothing, whose checksum is not to be looked at. */
const EMPTY = [...encoder.encode("REDIS0011"), 0xff, ...new Array<number>(8).fill(0)];

/** Answers as a master does up to its data, and sends what is given right behind them. */
async function serve(listener: Deno.Listener, rest: Uint8Array): Promise<void> {
  for await (const connection of listener) {
    void (async () => {
      const bytes = new Uint8Array(4096);
      for (let size = await connection.read(bytes); size; size = await connection.read(bytes)) {
        const said = new TextDecoder().decode(bytes.subarray(0, size));
        if (!said.includes("PSYNC")) {
          await connection.write(encoder.encode(said.includes("PING") ? "+PONG\r\n" : "+OK\r\n"));
          continue;
        }
        const head = encoder.encode(`+FULLRESYNC ${"a".repeat(40)} 0\r\n$${EMPTY.length}\r\n`);
        const all = new Uint8Array([...head, ...EMPTY, ...rest]);
        for (let at = 0; at < all.length;) at += await connection.write(all.subarray(at));
      }
    })().catch(() => {});
  }
}

Deno.test("a replica serves on when its link is closed with more of the stream at hand than it takes at once", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void serve(listener, encoder.encode("*1\r\nno command\r\n".padEnd(60_000, "x")));
  const master = `127.0.0.1 ${listener.addr.port}`;
  await using replica = await startRedlite({ args: ["--replicaof", master] });
  await using client = await replica.connect();
  await until(
    () => Promise.resolve(/the connection to .* is lost/.test(replica.log)),
    "the link was closed",
  );
  assert.equal(format(await client.send("PING")), "+PONG");
  assert.equal((await fields(client)).get("role"), "slave");
});
