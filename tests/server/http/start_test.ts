/** HTTP beside RESP: where it is served, and what the server shows of it. */

import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { hasOpenssl, makeCertificate, shownName } from "../../harness/certificate.ts";
import { named } from "../../harness/lacking.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { ask } from "./rest_requests.ts";

Deno.test("--http serves the REST API beside RESP, over the same data", async () => {
  await using server = await startRedlite({ args: ["--http", "0"] });
  await using client = await server.connect();
  const url = server.httpUrl!;
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual(await ask(url, "/set/greeting/hello"), [200, { result: "OK" }]);
  assert.equal(format(await client.send("GET", "greeting")), '"hello"');
  const place = url.slice("http://".length);
  assert.equal(format(await client.send("CONFIG", "GET", "http")), `["http", "${place}"]`);
  const info = format(await client.send("INFO", "server"));
  assert.match(info, /listener1:name=http,bind=127\.0\.0\.1,port=/);
});

Deno.test("without --http there is none", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  assert.equal(server.httpUrl, undefined);
  assert.equal(format(await client.send("CONFIG", "GET", "http")), '["http", ""]');
});

Deno.test("protected mode keeps other machines out of HTTP at the start", async () => {
  await assert.rejects(
    startRedlite({ args: ["--http", "0.0.0.0:0"] }),
    /listening on 0\.0\.0\.0 lets other machines in/,
  );
});

Deno.test("an address that is taken is one line that says so", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await assert.rejects(
    startRedlite({ args: ["--http", String(taken.addr.port)] }),
    /127\.0\.0\.1:\d+ is taken already; choose another address or port/,
  );
});

Deno.test("what --http takes is a port, or a host and a port", async () => {
  await assert.rejects(startRedlite({ args: ["--http", "x"] }), /--http cannot be "x"/);
});

Deno.test({
  ...named(
    "HTTP goes by the certificate of TLS, and by the next one",
    hasOpenssl() ? undefined : "no openssl on the PATH",
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const first = await makeCertificate(directory.path, "first");
    const second = await makeCertificate(directory.path, "second");
    await using server = await startRedlite({
      args: ["--http", "0", "--tls-cert-file", first.certFile, "--tls-key-file", first.keyFile],
    });
    await using client = await server.connect();
    const url = server.httpUrl!;
    assert.match(url, /^https:/);
    const port = Number(new URL(url).port);
    assert.equal(await shownName(port), "first");
    await client.send(
      "CONFIG",
      "SET",
      "tls-cert-file",
      second.certFile,
      "tls-key-file",
      second.keyFile,
    );
    // The address is free for the next one as soon as the system says so.
    while (await shownName(port) !== "second");
    using trusting = Deno.createHttpClient({ caCerts: [second.cert] });
    const response = await fetch(`https://localhost:${port}/ping`, { client: trusting });
    assert.deepEqual(await response.json(), { result: "PONG" });
  },
});

Deno.test("a server that stops ends its HTTP", async () => {
  await using server = await startRedlite({ args: ["--http", "0"] });
  const url = server.httpUrl!;
  const response = await fetch(`${url}/subscribe/news`);
  assert.equal(response.status, 200);
  const { success } = await server.stop();
  assert.ok(success);
  await response.text();
  await assert.rejects(fetch(`${url}/ping`));
});
