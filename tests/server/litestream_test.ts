/** The recipe of the README for continuous replication, where the machine has Litestream. */

import { strict as assert } from "node:assert";
import { companion } from "../harness/companions.ts";
import { named } from "../harness/lacking.ts";
import { format } from "../harness/resp_client.ts";
import { hasTool, startRedlite, temporaryDirectory } from "../harness/servers.ts";

/** Litestream; undefined if there is none. */
const LITESTREAM = hasTool("litestream", "version") ? "litestream" : companion("litestream");

/** Runs Litestream until it is told to stop, and resolves when it says that it replicates. */
async function replicate(database: string, replica: string): Promise<() => Promise<string>> {
  const child = new Deno.Command(LITESTREAM ?? "", {
    args: ["replicate", database, `file://${replica}`],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let log = "";
  const started = Promise.withResolvers<void>();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream() as TransformStream)) {
      log += text;
      if (log.includes("snapshot complete")) started.resolve();
    }
    started.reject(new Error(log));
  };
  const ends = Promise.all([read(child.stdout), read(child.stderr)]);
  await started.promise;
  return async () => {
    child.kill("SIGINT");
    await child.status;
    await ends;
    return log;
  };
}

Deno.test({
  ...named(
    "what Litestream has copied is the database, whole, when it is restored",
    LITESTREAM === undefined ? "no litestream: see deno task companions" : undefined,
  ),
  fn: async () => {
    await using directory = await temporaryDirectory();
    await using restored = await temporaryDirectory();
    const replica = `${directory.path}/replica`;
    let digest: string;
    {
      await using server = await startRedlite({
        args: ["--checkpoints", "external", "--write-behind", "yes"],
      });
      await using client = await server.connect();
      await client.send("SET", "first", "1");
      const stop = await replicate(server.databaseFile ?? "", replica);
      for (let round = 0; round < 20; round++) {
        await client.pipeline(
          Array.from({ length: 200 }, (_, i) => ["SET", `key:${i}`, String(round).repeat(300)]),
        );
        await client.pipeline(Array.from({ length: 50 }, (_, i) => ["RPUSH", "list", `${i}`]));
      }
      digest = format(await client.send("DEBUG", "DIGEST"));
      // On its way out it copies what is left.
      assert.doesNotMatch(await stop(), /level=(WARN|ERROR)/);
      assert.doesNotMatch(server.log, / warning /);
    }
    const { code, stderr } = await new Deno.Command(LITESTREAM ?? "", {
      args: ["restore", "-o", `${restored.path}/redlite.db`, `file://${replica}`],
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    await using server = await startRedlite({ directory: restored.path });
    await using client = await server.connect();
    assert.equal(format(await client.send("DEBUG", "DIGEST")), digest);
    assert.equal(format(await client.send("INTEGRITY")), "+OK");
  },
});

Deno.test("with external checkpoints the server leaves the WAL as it is", async () => {
  await using server = await startRedlite({ args: ["--checkpoints", "external"] });
  await using client = await server.connect();
  assert.equal(
    format(await client.send("CONFIG", "GET", "checkpoints")),
    '["checkpoints", "external"]',
  );
  await client.pipeline(Array.from({ length: 100 }, (_, i) => ["SET", `k${i}`, "v".repeat(1000)]));
  const size = async () => (await Deno.stat(`${server.databaseFile}-wal`)).size;
  // With a log before the database the turn is not in the WAL at once.
  while (await size() < 100_000) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = await size();
  const database = await Deno.stat(server.databaseFile ?? "");
  for (const command of ["SAVE", "BGREWRITEAOF"]) {
    assert.match(format(await client.send(command)), /^\+/);
  }
  assert.ok(await size() >= before);
  assert.equal((await Deno.stat(server.databaseFile ?? "")).size, database.size);
});
