/** Extensions of a server. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { format } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { run } from "../server/run.ts";

const EXAMPLE = new URL("./example/top_list.ts", import.meta.url).pathname;

Deno.test("a server loads an extension by its file", async () => {
  await using server = await startRedlite({ args: ["--ext", EXAMPLE] });
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await ask("TOP.ADD best ann 3"), ":1");
  assert.equal(await ask("TYPE best"), "+toplist");
  assert.equal(await ask("CONFIG GET extensions"), `["extensions", "${EXAMPLE}"]`);
});

Deno.test("MODULE LIST, INFO and HELLO tell of extensions as Redis tells of modules", async () => {
  await using server = await startRedlite({ args: ["--ext", EXAMPLE, "--toplist.capacity", "2"] });
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  const module = '["name", "toplist", "ver", :1, "path", "", "args", []]';
  assert.equal(await ask("MODULE LIST"), `[${module}]`);
  assert.ok((await ask("HELLO 2")).endsWith(`"modules", [${module}]]`));
  for (const member of ["a", "b", "c"]) await ask(`TOP.ADD best ${member} 1`);
  assert.match(
    await ask("INFO modules"),
    /# Modules\\r\\nmodule:name=toplist,ver=1,api=1,.*# toplist\\r\\ntoplist_capacity:2\\r\\ntoplist_dropped:1/,
  );
  assert.doesNotMatch(await ask("INFO all"), /# toplist/);
  assert.equal(await ask("COMMAND LIST FILTERBY MODULE toplist"), '["top.add", "top.list"]');
  assert.equal(await ask("ACL CAT toplist"), '["top.add", "top.list"]');
  assert.match(await ask("COMMAND INFO TOP.LIST"), /\[\+@read, \+@slow, \+@toplist\]/);
  assert.match(
    await ask("COMMAND DOCS TOP.LIST"),
    /"summary", "Returns the members.*"module", "toplist", "arguments", \[\[/,
  );
});

Deno.test("parameters of extensions are flags, are set by CONFIG, and put work into the background", async () => {
  await using server = await startRedlite({ args: ["--ext", EXAMPLE] });
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await ask("CONFIG GET toplist.*"), '["toplist.capacity", "100"]');
  for (let i = 0; i < 20; i++) await ask(`TOP.ADD best member:${i} ${i}`);
  await using watcher = await server.connect();
  await watcher.send("CONFIG", "SET", "notify-keyspace-events", "EA");
  await watcher.send("SUBSCRIBE", "__keyevent@0__:toptrim");
  assert.equal(await ask("CONFIG SET toplist.capacity 3"), "+OK");
  assert.equal(
    format(await watcher.readReply()),
    '["message", "__keyevent@0__:toptrim", "best"]',
  );
  assert.equal(
    await ask("TOP.LIST best"),
    '["member:19", "19", "member:18", "18", "member:17", "17"]',
  );
  assert.equal(
    await ask("CONFIG SET toplist.capacity 0"),
    "-ERR CONFIG SET failed (possibly related to argument 'toplist.capacity') - " +
      "argument must be between 1 and 999999",
  );
});

Deno.test("a server that cannot load an extension that is asked for tells why, and ends", async () => {
  await using directory = await temporaryDirectory();
  const write = (name: string, text: string) => {
    const path = `${directory.path}/${name}.ts`;
    Deno.writeTextFileSync(path, text);
    return path;
  };
  const odd = write("odd", "export default { commands: 3 };");
  const broken = write("broken", "import './nowhere.ts';");
  const taken = write(
    "taken",
    `export default { name: "taken", commands: [{ name: "get", fullName: "get", categories: [] }] };`,
  );
  const missing = `${directory.path}/missing.ts`;
  const cases: [ext: string, message: RegExp][] = [
    ["nothing", /redlite: there is no extension nothing.*; one of your own is named by its file/],
    [missing, /redlite: --ext .*missing\.ts cannot be loaded: there is no file .*missing\.ts/],
    [directory.path, /redlite: --ext .* cannot be loaded: .* is no file/],
    [odd, /redlite: .*odd\.ts has no extension as its default export, nor a function that makes/],
    [broken, /redlite: --ext .*broken\.ts cannot be loaded: Module not found .*nowhere\.ts/],
    [taken, /redlite: taken: there is a command GET already, of Redlite/],
    [`${EXAMPLE},${EXAMPLE}`, /redlite: two extensions are named toplist/],
  ];
  for (const [ext, message] of cases) {
    const { code, stderr } = await run(["--addr", "127.0.0.1:0", "--db", ":memory:", "--ext", ext]);
    assert.match(stderr, message);
    assert.equal(code, 1, stderr);
  }
  const flags = ["--addr", "127.0.0.1:0", "--db", ":memory:", "--ext", EXAMPLE];
  const unknown = await run([...flags, "--toplist.size", "3"]);
  assert.match(
    unknown.stderr,
    /there is no flag --toplist\.size: no extension that is loaded has it/,
  );
  const unfit = await run([...flags, "--toplist.capacity", "0"]);
  assert.match(unfit.stderr, /--toplist\.capacity cannot be "0": argument must be between 1 and/);
});

Deno.test("an extension's file that may not be read is told by the permission that is missing", async () => {
  const { stderr } = await run(
    ["--addr", "127.0.0.1:0", "--db", ":memory:", "--ext", EXAMPLE],
    ["--allow-net", "--allow-ffi", "--allow-read=nowhere"],
  );
  assert.match(stderr, /redlite: --ext .*top_list\.ts cannot be loaded: .*may not be read/);
});

Deno.test("a server without the extension says which one a command needs, and keeps the rules that name it", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({
      directory: directory.path,
      args: ["--ext", EXAMPLE],
    });
    await using client = await server.connect();
    await client.send("TOP.ADD", "best", "ann", "3");
    await client.send("ACL", "SETUSER", "u", "on", "nopass", "~*", "+@toplist", "-top.add", "+get");
    await client.send("ACL", "SAVE");
  }
  await using server = await startRedlite({ directory: directory.path });
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(
    await ask("top.list best"),
    "-ERR top.list needs the extension toplist: start the server with --ext toplist",
  );
  assert.match(await ask("TOP.NONE best"), /^-ERR unknown command 'TOP\.NONE'/);
  assert.equal(await ask("TYPE best"), "+toplist");
  assert.match(await ask("ACL LIST"), /user u on nopass .*\+@toplist -top\.add \+get/);
  assert.equal(await ask("AUTH u x"), "+OK");
  assert.match(await ask("DEL best"), /^-NOPERM/);
});

Deno.test("two servers on a file, one with the extension and one without, leave it whole", async () => {
  await using directory = await temporaryDirectory();
  await using first = await startRedlite({ directory: directory.path, args: ["--ext", EXAMPLE] });
  await using second = await startRedlite({ directory: directory.path });
  await using has = await first.connect();
  await using lacks = await second.connect();
  await lacks.send("HISTORY", "ENABLE", "GLOBAL");
  const key = (i: number) => `list:${i % 7}`;
  const adding = async () => {
    for (let i = 0; i < 400; i++) {
      const reply = format(await has.send("TOP.ADD", key(i * 5), `member:${i}`, String(i)));
      // The other process may have made a string of it.
      assert.match(reply, /^(:[01]|-WRONGTYPE .*)$/);
    }
  };
  const meddling = async () => {
    for (let i = 0; i < 120; i++) {
      const [one, other] = [key(i), key(i * 3 + 1)];
      const commands = [
        ["RENAME", one, other],
        ["COPY", one, other, "REPLACE"],
        ["DEL", one],
        ["PEXPIRE", other, "1"],
        ["MOVE", one, "1"],
        ["SET", one, "a string"],
        ["UNLINK", one],
      ];
      const reply = format(await lacks.send(...commands[i % commands.length] ?? []));
      assert.match(reply, /^(\+OK|:\d|-ERR no such key)$/);
    }
  };
  await Promise.all([adding(), meddling()]);
  for (const client of [has, lacks]) {
    await client.send("TOP.ADD", "end", "ann", "1");
    assert.equal(format(await client.send("INTEGRITY")), "+OK");
  }
  assert.equal(format(await lacks.send("TYPE", "end")), "+toplist");
});

Deno.test("keys of an extension's type are evicted like others, with their rows", async () => {
  await using server = await startRedlite({ args: ["--ext", EXAMPLE] });
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  await ask("CONFIG SET maxmemory 20000 maxmemory-policy allkeys-random");
  for (let list = 0; list < 20; list++) {
    const members = Array.from({ length: 90 }, (_, i) => ["TOP.ADD", `l:${list}`, `m:${i}`, "1"]);
    await client.pipeline(members);
  }
  const keys = Number((await ask("DBSIZE")).slice(1));
  assert.ok(keys > 0 && keys < 20, `${keys} keys are left of 20`);
  assert.equal(await ask("INTEGRITY"), "+OK");
});

Deno.test("unasked, a server has the extensions that come with it", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await ask("CONFIG GET extensions"), '["extensions", "geo,vec"]');
  assert.equal(await ask("GEOADD towns 13.361389 38.115556 Palermo"), ":1");
  assert.equal(await ask("VADD points VALUES 2 1 0 a"), ":1");
  assert.equal(await ask("TYPE points"), "+vectorset");
});

Deno.test("a server that only reads does without the extensions that the file knows nothing of", async () => {
  await using directory = await temporaryDirectory();
  {
    using db = Redlite.open(`${directory.path}/redlite.db`);
    db.zadd("towns", [[3479099956230698, "Palermo"]]);
  }
  await using server = await startRedlite({ directory: directory.path, args: ["--readonly"] });
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await ask("CONFIG GET extensions"), '["extensions", "geo"]');
  assert.match(await ask("GEOPOS towns Palermo"), /13\.36/);
  assert.match(
    server.log,
    /the extension vec is not loaded: .*has not what the extension vec needs, and is open for read/,
  );
});
