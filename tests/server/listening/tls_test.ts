/** TLS: the server's certificate, who gets in, and how one certificate follows another. */

import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { Redis } from "ioredis";
import {
  hasOpenssl,
  makeCertificate,
  shownName,
  type TestCertificate,
} from "../../harness/certificate.ts";
import { named, noTool } from "../../harness/lacking.ts";
import { format, quote, RespClient } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory, type TestServer } from "../../harness/servers.ts";
import { run } from "../run.ts";

/** A server with TLS beside TCP, and its certificate. */
interface TlsServer extends AsyncDisposable {
  server: TestServer;
  port: number;
  directory: string;
  certificate: TestCertificate;
  connect(certificate?: TestCertificate): Promise<RespClient>;
}

async function startTls(options: { args?: string[] } = {}): Promise<TlsServer> {
  const directory = await temporaryDirectory();
  const certificate = await makeCertificate(directory.path, "first");
  const server = await startRedlite({
    args: [...flags(certificate), ...options.args ?? []],
  });
  const port = server.tlsPort ?? 0;
  return {
    server,
    port,
    directory: directory.path,
    certificate,
    connect: ({ cert } = certificate) => RespClient.connect({ port, certificate: cert }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

function flags({ certFile, keyFile }: TestCertificate): string[] {
  return [
    "--tls-addr",
    "127.0.0.1:0",
    "--tls-cert-file",
    certFile,
    "--tls-key-file",
    keyFile,
  ];
}

function test(name: string, fn: () => Promise<void>, lacking?: string): void {
  Deno.test({ ...named(name, hasOpenssl() ? lacking : "no openssl on the PATH"), fn });
}

test("TCP and TLS serve the same data, large values and pipelines too", async () => {
  await using tls = await startTls();
  await using client = await tls.connect();
  await using plain = await tls.server.connect();
  assert.equal(format(await client.send("SET", "k", "v")), "+OK");
  assert.equal(format(await plain.send("GET", "k")), '"v"');
  const big = new Uint8Array(8_000_000).map((_, i) => i % 251);
  assert.equal(format(await client.send("SET", "big", big)), "+OK");
  const reply = await client.send("GET", "big");
  assert.ok(reply.type === "bulk" && Buffer.compare(reply.value, big) === 0);
  const counted = await client.pipeline(Array.from({ length: 5000 }, () => ["INCR", "n"]));
  assert.equal(format(counted[4999]!), ":5000");
  assert.match(format(await client.send("HELLO", "3")), /^%\{/);
});

test("redis-cli connects with TLS and checks the certificate", async () => {
  await using tls = await startTls();
  const cli = async (ca: string) => {
    const { code, stdout } = await new Deno.Command("redis-cli", {
      args: ["--tls", "--cacert", ca, "-p", String(tls.port), "PING"],
      stderr: "null",
    }).output();
    return { code, out: new TextDecoder().decode(stdout) };
  };
  assert.deepEqual(await cli(tls.certificate.certFile), { code: 0, out: "PONG\n" });
  const other = await makeCertificate(tls.directory, "other");
  assert.notEqual((await cli(other.certFile)).code, 0);
}, noTool("redis-cli"));

test("ioredis connects with TLS", async () => {
  await using tls = await startTls();
  const redis = new Redis({ port: tls.port, tls: { ca: tls.certificate.cert } });
  assert.equal(await redis.set("k", "grüß dich"), "OK");
  const replies = await redis.pipeline().get("k").incr("n").incr("n").exec();
  assert.deepEqual(replies, [[null, "grüß dich"], [null, 1], [null, 2]]);
  const ended = once(redis, "end");
  redis.disconnect();
  await ended;
});

test("the parameters tell the ports and files, and --port 0 leaves TLS alone", async () => {
  await using tls = await startTls({ args: ["--port", "0"] });
  await using client = await tls.connect();
  const get = async (name: string) => {
    const reply = await client.send("CONFIG", "GET", name);
    return reply.type === "array" ? format(reply.items[1]!) : "";
  };
  assert.equal(await get("port"), '"0"');
  assert.equal(await get("tls-port"), `"${tls.port}"`);
  assert.equal(
    await get("tls-cert-file"),
    quote(new TextEncoder().encode(tls.certificate.certFile)),
  );
  assert.equal(await get("tls-key-file"), quote(new TextEncoder().encode(tls.certificate.keyFile)));
  assert.equal(await get("tls-auth-clients"), '"no"');
  assert.match(format(await client.send("INFO", "server")), new RegExp(`tcp_port:${tls.port}\\b`));
});

test("the certificate and key may be in the environment", async () => {
  await using directory = await temporaryDirectory();
  const certificate = await makeCertificate(directory.path, "environment");
  await using server = await startRedlite({
    args: ["--tls-addr", "127.0.0.1:0"],
    env: { REDLITE_TLS_CERT: certificate.cert, REDLITE_TLS_KEY: certificate.key },
  });
  await using client = await RespClient.connect({
    port: server.tlsPort ?? 0,
    certificate: certificate.cert,
  });
  assert.equal(format(await client.send("PING")), "+PONG");
});

test("who speaks no TLS, says nothing or hangs up in the handshake disturbs nobody", async () => {
  await using tls = await startTls();
  await using client = await tls.connect();
  const silent = await Deno.connect({ port: tls.port });
  const plain = await Deno.connect({ port: tls.port });
  await plain.write(new TextEncoder().encode("PING\r\n"));
  const answer = await new Response(plain.readable).bytes().catch(() => new Uint8Array());
  assert.ok(!new TextDecoder().decode(answer).includes("PONG"));
  for (let i = 0; i < 20; i++) (await Deno.connect({ port: tls.port })).close();
  assert.equal(format(await client.send("PING")), "+PONG");
  await using another = await tls.connect();
  assert.equal(format(await another.send("PING")), "+PONG");
  silent.close();
});

test("QUIT ends a TLS connection as TLS wants it, with its reply before", async () => {
  await using tls = await startTls();
  const child = new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${tls.port}`, "-quiet", "-verify_quiet"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("PING\r\nQUIT\r\n"));
  const { code, stdout, stderr } = await child.output();
  await writer.close().catch(() => {});
  assert.equal(new TextDecoder().decode(stdout), "+PONG\r\n+OK\r\n");
  assert.doesNotMatch(new TextDecoder().decode(stderr), /unexpected eof/i);
  assert.equal(code, 0);
});

test("CONFIG SET changes the certificate for new connections, and keeps the old ones", async () => {
  await using tls = await startTls();
  await using before = await tls.connect();
  assert.equal(await shownName(tls.port), "first");
  const second = await makeCertificate(tls.directory, "second");
  const set = await before.send(
    ...["CONFIG", "SET", "tls-cert-file", second.certFile, "tls-key-file", second.keyFile],
  );
  assert.equal(format(set), "+OK");
  assert.equal(await shownName(tls.port), "second");
  await using after = await tls.connect(second);
  for (const client of [before, after]) assert.equal(format(await client.send("PING")), "+PONG");
  // The same files with another content.
  const third = await makeCertificate(tls.directory, "third");
  await Deno.copyFile(third.certFile, second.certFile);
  await Deno.copyFile(third.keyFile, second.keyFile);
  assert.equal(format(await before.send("CONFIG", "SET", "tls-cert-file", second.certFile)), "+OK");
  assert.equal(await shownName(tls.port), "third");
});

test("a certificate that cannot be used is refused, and the one before stays", async () => {
  await using tls = await startTls();
  await using client = await tls.connect();
  const other = await makeCertificate(tls.directory, "other");
  for (const file of [other.certFile, "/nowhere.crt", tls.certificate.keyFile]) {
    assert.equal(
      format(await client.send("CONFIG", "SET", "tls-cert-file", file)),
      "-ERR CONFIG SET failed (possibly related to argument 'tls-cert-file') - " +
        "Unable to update TLS configuration. Check server logs.",
    );
  }
  assert.match(tls.server.log, /is not that of the certificate/);
  assert.match(tls.server.log, /there is no file \/nowhere\.crt/);
  assert.match(tls.server.log, /holds no certificate in PEM form/);
  assert.equal(await shownName(tls.port), "first");
  const kept = format(await client.send("CONFIG", "GET", "tls-cert-file"));
  assert.ok(kept.includes(tls.certificate.certFile));
});

test("the certificate can change again and again while clients come and work", async () => {
  await using tls = await startTls();
  await using admin = await tls.server.connect();
  await using worker = await tls.connect();
  // Until it has an answer it may still be in the queue of the listener, and goes with that.
  assert.equal(format(await worker.send("PING")), "+PONG");
  for (let i = 0; i < 50; i++) {
    const set = admin.send("CONFIG", "SET", "tls-cert-file", tls.certificate.certFile);
    assert.equal(format(await worker.send("INCR", "n")), `:${i + 1}`);
    assert.equal(format(await set), "+OK");
    assert.equal(await pingAnew(tls), "+PONG");
  }
});

/** Connects and sends a PING. Who comes in the very moment of a change is turned away, for a moment. */
async function pingAnew(tls: TlsServer, tries = 20_000): Promise<string> {
  try {
    await using client = await tls.connect();
    return format(await client.send("PING"));
  } catch (error) {
    if (tries === 1) throw error;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return await pingAnew(tls, tries - 1);
  }
}

test("a start with a certificate or key that is of no use is refused in one line", async () => {
  await using directory = await temporaryDirectory();
  const one = await makeCertificate(directory.path, "one");
  const two = await makeCertificate(directory.path, "two");
  const encrypted = `${directory.path}/encrypted.key`;
  await new Deno.Command("openssl", {
    args: ["pkcs8", "-topk8", "-in", one.keyFile, "-out", encrypted, "-passout", "pass:secret"],
  }).output();
  const cases: [certFile: string, keyFile: string, message: RegExp][] = [
    ["", one.keyFile, /TLS needs a certificate: name its file with --tls-cert-file/],
    [one.certFile, "", /TLS needs a private key: name its file with --tls-key-file/],
    ["/nowhere.crt", one.keyFile, /there is no file \/nowhere\.crt/],
    [directory.path, one.keyFile, /cannot read the certificate in/],
    [one.keyFile, one.keyFile, /holds no certificate in PEM form/],
    [one.certFile, one.certFile, /holds no private key in PEM form/],
    [one.certFile, two.keyFile, /the private key in \S+ is not that of the certificate in \S+/],
    [one.certFile, encrypted, /is encrypted; only plain ones can be used/],
  ];
  const start = ["--storage", "memory", "--port", "0"];
  for (const [certFile, keyFile, message] of cases) {
    const files = flags({ ...one, certFile, keyFile });
    const { code, stdout, stderr } = await run([...start, ...files]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  }
  const allowed = await run([...start, ...flags(one)], ["--no-prompt", "--allow-net"]);
  assert.equal(allowed.code, 1);
  assert.match(allowed.stderr, /reading the certificate of TLS needs --allow-read=\S+one\.crt\n$/);
  const clients = await run([...start, ...flags(one), "--tls-auth-clients", "yes"]);
  assert.equal(clients.code, 1);
  assert.match(clients.stderr, /the runtime cannot ask clients for certificates/);
});

test("keys come in every form that openssl writes", async () => {
  await using directory = await temporaryDirectory();
  const { certFile, keyFile, cert } = await makeCertificate(directory.path, "forms");
  const traditional = `${directory.path}/sec1.key`;
  await new Deno.Command("openssl", {
    args: ["ec", "-in", keyFile, "-out", traditional],
    stderr: "null",
  }).output();
  assert.match(await Deno.readTextFile(traditional), /BEGIN EC PRIVATE KEY/);
  await using server = await startRedlite({
    args: flags({ certFile, keyFile: traditional, cert, key: "" }),
  });
  await using client = await RespClient.connect({ port: server.tlsPort ?? 0, certificate: cert });
  assert.equal(format(await client.send("PING")), "+PONG");
});
