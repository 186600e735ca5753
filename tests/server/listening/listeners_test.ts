/** Where clients come in can change while they do. */

import { strict as assert } from "node:assert";
import { named, standIn } from "../../harness/lacking.ts";
import { hasOpenssl, makeCertificate } from "../../harness/certificate.ts";
import { format, RespClient } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function ping(port: number, hostname = "127.0.0.1"): Promise<string> {
  try {
    await using client = await RespClient.connect({ hostname, port });
    return format(await client.send("PING"));
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return "refused";
    throw error;
  }
}

/** Tries again for as long as an address changes hands. */
async function soon<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 20_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function refused(port: number, hostname?: string): Promise<void> {
  return soon(async () => assert.equal(await ping(port, hostname), "refused"));
}

async function pong(port: number): Promise<void> {
  await using client = await RespClient.connect({ hostname: "127.0.0.1", port });
  assert.equal(format(await client.send("PING")), "+PONG");
}

async function set(client: RespClient, ...words: string[]): Promise<string> {
  return format(await client.send("CONFIG", "SET", ...words));
}

const failed = (name: string, reason: string) =>
  `-ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
const NO_PORT = "Unable to listen on this port. Check server logs.";
const NO_HOST = "Failed to bind to specified addresses.";

Deno.test("CONFIG SET port lets clients in at another port, and those who are in stay", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const port = freePort();
  assert.equal(await set(client, "port", String(port)), "+OK");
  assert.equal(await ping(port), "+PONG");
  await refused(server.port);
  assert.equal(format(await client.send("CONFIG", "GET", "port")), `["port", "${port}"]`);
  assert.equal(await set(client, "port", "0"), "+OK");
  await refused(port);
  assert.equal(await set(client, "port", String(port)), "+OK");
  await soon(() => pong(port));
  for (
    const line of [`listening on 127.0.0.1:${port}`, `not listening on 127.0.0.1:${port} any more`]
  ) {
    await soon(() =>
      Promise.resolve(assert.ok(server.log.includes(` notice ${line}\n`), server.log))
    );
  }
});

Deno.test("a port that is taken changes nothing", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert.equal(await set(client, "port", String(taken.addr.port)), failed("port", NO_PORT));
  assert.equal(
    await set(client, "port", String(freePort()), "bind", "192.0.2.77"),
    failed("bind", NO_HOST),
  );
  await soon(() => pong(server.port));
  assert.equal(format(await client.send("CONFIG", "GET", "port")), `["port", "${server.port}"]`);
});

Deno.test("CONFIG SET bind lets clients in at other hosts", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  assert.equal(await set(client, "bind", "127.0.0.1 127.0.0.2 -192.0.2.77"), "+OK");
  assert.equal(await ping(server.port), "+PONG");
  assert.equal(await ping(server.port, "127.0.0.2"), "+PONG");
  assert.equal(await set(client, "bind", "127.0.0.2"), "+OK");
  await refused(server.port);
  assert.equal(await ping(server.port, "127.0.0.2"), "+PONG");
  assert.equal(await set(client, "bind", "192.0.2.77"), failed("bind", NO_HOST));
  assert.equal(await ping(server.port, "127.0.0.2"), "+PONG");
  assert.equal(
    await set(client, "bind", Array(17).fill("127.0.0.1").join(" ")),
    failed("bind", "Too many bind addresses specified."),
  );
  assert.equal(await set(client, "bind", ""), "+OK");
  await refused(server.port, "127.0.0.2");
});

Deno.test({
  ...named("hosts and ports are told in INFO, and are not kept for the next start", standIn()),
  async fn() {
    await using directory = await temporaryDirectory();
    const port = freePort();
    {
      await using server = await startRedlite({ directory: directory.path });
      await using client = await server.connect();
      assert.equal(await set(client, "port", String(port)), "+OK");
      const info = format(await client.send("INFO", "server"));
      assert.match(info, new RegExp(`tcp_port:${port}\\b`));
      assert.equal(format(await client.send("CONFIG", "REWRITE")), "+OK");
    }
    await using server = await startRedlite({ directory: directory.path });
    assert.notEqual(server.port, port);
  },
});

Deno.test({
  ...named(
    "CONFIG SET tls-port lets TLS clients in, also where TCP clients came in until then",
    standIn() ?? (hasOpenssl() ? undefined : "no openssl on the PATH"),
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const certificate = await makeCertificate(directory.path, "first");
    await using server = await startRedlite();
    await using client = await server.connect();
    const noTls = "Unable to update TLS configuration. Check server logs.";
    const port = String(server.port);
    assert.equal(await set(client, "tls-port", port), failed("tls-port", noTls));
    assert.equal(
      await set(
        client,
        ...["tls-cert-file", certificate.certFile, "tls-key-file", certificate.keyFile],
        ...["port", "0", "tls-port", port],
      ),
      "+OK",
    );
    const caCerts = [await Deno.readTextFile(certificate.certFile)];
    await soon(async () => {
      using tls = await Deno.connectTls({ hostname: "127.0.0.1", port: server.port, caCerts });
      await tls.write(new TextEncoder().encode("PING\r\n"));
      const answer = new Uint8Array(16);
      const size = await tls.read(answer) ?? 0;
      assert.equal(new TextDecoder().decode(answer.subarray(0, size)), "+PONG\r\n");
    });
    assert.equal(await set(client, "tls-port", "0", "port", port), "+OK");
    await soon(() => pong(server.port));
  },
});
