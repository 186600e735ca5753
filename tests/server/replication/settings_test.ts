/** How a server is told whom to follow, and how it gets in there. */

import { strict as assert } from "node:assert";
import { hasOpenssl, makeCertificate } from "../../harness/certificate.ts";
import { named } from "../../harness/lacking.ts";
import { startRedlite, temporaryDirectory, type TestServer } from "../../harness/servers.ts";
import { caughtUp, fields, plain, until } from "./content.ts";

const masterOf = ({ port }: TestServer) => ["--replicaof", "127.0.0.1", String(port)];

Deno.test("a master that wants a password, or a user, gets it", async () => {
  await using master = await startRedlite({
    password: "secret",
    args: ["--user", "replica on >other +psync +replconf +ping"],
  });
  await using theirs = await master.connect({ resp: 2 });
  await theirs.send("SET", "a", "1");
  await using replica = await startRedlite({ args: masterOf(master) });
  await using ours = await replica.connect({ resp: 2 });
  await until(() => Promise.resolve(/answers .*NOAUTH/.test(replica.log)), "it is not let in");
  await ours.send("CONFIG", "SET", "masterauth", "secret");
  await caughtUp(ours, theirs);
  await using second = await startRedlite({
    args: [...masterOf(master), "--masteruser", "replica", "--masterauth", "other"],
  });
  await using atSecond = await second.connect({ resp: 2 });
  await caughtUp(atSecond, theirs);
  assert.equal(plain(await atSecond.send("GET", "a")), "1");
});

Deno.test({
  ...named("a master is followed over TLS", hasOpenssl() ? undefined : "openssl is missing"),
  fn: async () => {
    await using directory = await temporaryDirectory();
    const { certFile, keyFile } = await makeCertificate(directory.path, "master");
    await using master = await startRedlite({
      args: ["--tls-port", "0", "--tls-addr", "127.0.0.1:0", "--tls-cert-file", certFile]
        .concat("--tls-key-file", keyFile),
    });
    await using theirs = await master.connect({ resp: 2 });
    await theirs.send("SET", "a", "1");
    await using replica = await startRedlite({
      args: ["--replicaof", "127.0.0.1", String(master.tlsPort)]
        .concat("--tls-replication", "yes", "--tls-ca-cert-file", certFile),
    });
    await using ours = await replica.connect({ resp: 2 });
    await caughtUp(ours, theirs);
    assert.equal(plain(await ours.send("GET", "a")), "1");
  },
});

Deno.test("CONFIG REWRITE keeps who is followed, in the database or in the file", async () => {
  await using directory = await temporaryDirectory();
  const conf = `${directory.path}/redis.conf`;
  await Deno.writeTextFile(conf, "# ours\n");
  for (const options of [{}, { conf }]) {
    await using first = await startRedlite(options);
    await using client = await first.connect({ resp: 2 });
    await client.send("REPLICAOF", "127.0.0.1", "1");
    assert.equal(plain(await client.send("CONFIG", "REWRITE")), "OK");
    await first.stop();
    await using again = await startRedlite({ ...options, directory: first.directory });
    await using next = await again.connect({ resp: 2 });
    const told = await fields(next);
    assert.deepEqual([told.get("role"), told.get("master_port")], ["slave", "1"]);
    assert.equal(
      plain(await next.send("CONFIG", "SET", "replicaof", "127.0.0.1 2")),
      "ERR CONFIG SET failed (possibly related to argument 'replicaof') - can't set immutable config",
    );
  }
  assert.match(await Deno.readTextFile(conf), /^replicaof 127\.0\.0\.1 1$/m);
});
