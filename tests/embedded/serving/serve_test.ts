/** Servers in process, for tests of programs above all. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import geo from "../../../ext/geo.ts";
import { Redlite } from "../../../mod.ts";
import { RespClient } from "../../harness/resp_client.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { say } from "./served.ts";

const connect = (port: number) => RespClient.connect({ port });
const MODULE = new URL("../../../mod.ts", import.meta.url).href;

Deno.test("a server in process has its database, and is gone at the end of its block", async () => {
  let port = 0;
  {
    await using server = await Redlite.serve(":memory:");
    ({ port } = server);
    assert.equal(server.url, `redis://127.0.0.1:${port}`);
    await using client = await connect(port);
    server.db.set("k", "v");
    assert.deepEqual(await say(client, "GET k"), ['"v"']);
  }
  await assert.rejects(connect(port), Deno.errors.ConnectionRefused);
});

Deno.test("without any argument it is in memory, at a free port", async () => {
  await using one = await Redlite.serve();
  await using two = await Redlite.serve();
  assert.notEqual(one.port, two.port);
  assert.equal(one.db.info().path, ":memory:");
});

Deno.test("options are of the database and of the server", async () => {
  await using server = await Redlite.serve(":memory:", {
    databases: 2,
    maxmemory: "1mb",
    password: "secret",
    maxclients: 5,
    extensions: [geo()],
  });
  server.db.geoadd("towns", [[2.35, 48.85, "Paris"]]);
  await using client = await RespClient.connect({ port: server.port, password: "secret" });
  assert.deepEqual(await say(client, "SELECT 2", "CONFIG GET maxclients", "ZCARD towns"), [
    "-ERR DB index is out of range",
    '["maxclients", "5"]',
    ":1",
  ]);
});

Deno.test("SHUTDOWN closes the database with its server", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "app.db");
  const server = await Redlite.serve(path);
  const client = await connect(server.port);
  await say(client, "SET k v");
  await client.raw(new TextEncoder().encode("SHUTDOWN\r\n"));
  await server.closed;
  assert.throws(() => server.db.get("k"), /the database is closed/);
  await server.close();
  client.close();
  using db = Redlite.open(path);
  assert.equal(db.get("k"), "v");
});

Deno.test("closing the database closes the server", async () => {
  const server = await Redlite.serve();
  await server.db.close();
  await server.closed;
  await assert.rejects(connect(server.port), Deno.errors.ConnectionRefused);
});

Deno.test("a database that cannot be opened is not served, and one that cannot be served is not left open", async () => {
  await using directory = await temporaryDirectory();
  await assert.rejects(Redlite.serve(join(directory.path, "none", "app.db")));
  const path = join(directory.path, "app.db");
  await using taken = await Redlite.serve();
  await assert.rejects(Redlite.serve(path, { port: taken.port }), Deno.errors.AddrInUse);
  assert.deepEqual([...Deno.readDirSync(directory.path)].map(({ name }) => name), ["app.db"]);
  // @ts-expect-error there is no such option
  await assert.rejects(Redlite.serve(path, { prot: 1 }), /there is no option prot/);
});

/** Runs a program. */
async function run(program: string, ...flags: string[]) {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, "program.ts");
  await Deno.writeTextFile(file, program);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--quiet", "--no-prompt", ...flags, file],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("serving needs the permission for its address and no other, prints nothing, and lets the program end", async () => {
  const { port } = await freePort();
  const outcome = await run(
    `import { Redlite } from "${MODULE}";
     const server = await Redlite.serve(":memory:", { port: ${port}, driver: "builtin" });
     using connection = await Deno.connect({ port: ${port}, hostname: "127.0.0.1" });
     await connection.write(new TextEncoder().encode("SET k v\\r\\nSHUTDOWN\\r\\n"));
     await server.closed;`,
    `--allow-net=127.0.0.1:${port}`,
  );
  assert.deepEqual(outcome, { code: 0, stdout: "", stderr: "" });
});

Deno.test("without the permission it is named", async () => {
  const outcome = await run(
    `import { Redlite } from "${MODULE}";
     using db = Redlite.open(":memory:", { driver: "builtin" });
     try {
       await db.listen({ port: 6379 });
     } catch (error) {
       console.log(error.message);
     }`,
  );
  assert.equal(outcome.stdout, "listening on 127.0.0.1:6379 needs --allow-net=127.0.0.1:6379\n");
});

Deno.test("a program's own signals stay its own", async () => {
  const outcome = await run(
    `import { Redlite } from "${MODULE}";
     await using server = await Redlite.serve();
     const ended = Promise.withResolvers();
     Deno.addSignalListener("SIGTERM", ended.resolve);
     Deno.kill(Deno.pid, "SIGTERM");
     await ended.promise;
     server.db.set("k", "v");
     console.log(server.db.get("k"));
     Deno.exit(0);`,
    "-A",
  );
  assert.equal(outcome.stdout, "v\n");
});

Deno.test("a program that serves nobody does not load the server", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", MODULE],
    stderr: "null",
  }).output();
  interface Module {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier?: string };
    }[];
  }
  const { modules }: { modules: readonly Module[] } = JSON.parse(new TextDecoder().decode(stdout));
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const load = (specifier: string) => {
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    for (const { isDynamic, code } of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (isDynamic !== true && code?.specifier !== undefined) load(code.specifier);
    }
  };
  load(pathToFileURL(new URL(MODULE).pathname).href);
  const ofServer = (specifier: string) => specifier.includes("/src/server/");
  assert.deepEqual([...loaded].filter(ofServer), []);
  // But it is a part of what is compiled or published.
  assert.ok([...bySpecifier.keys()].some((specifier) => specifier.endsWith("/program_server.ts")));
});

/** A port that is free now. */
async function freePort(): Promise<{ readonly port: number }> {
  await using server = await Redlite.serve();
  return { port: server.port };
}
