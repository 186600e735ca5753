/** Encryption at rest, where the machine has SQLCipher's library. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { format } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { sqlcipherLibrary } from "../harness/sqlcipher.ts";
import { run } from "./run.ts";

const library = sqlcipherLibrary() ?? "";
const SECRET = "a value that nobody shall read";

/** Registers a test that needs the library. */
function testEncrypted(name: string, body: (directory: string) => Promise<void>): void {
  Deno.test({
    name: library === ""
      ? `${name} (skipped: no library of SQLCipher 4.5 or newer: see deno task companions)`
      : name,
    ignore: library === "",
    fn: async () => {
      await using directory = await temporaryDirectory();
      await body(directory.path);
    },
  });
}

/** Whether a file has these bytes in it. */
async function contains(path: string, text: string): Promise<boolean> {
  return new TextDecoder("latin1").decode(await Deno.readFile(path)).includes(text);
}

async function keyFile(directory: string, key: string): Promise<string> {
  const path = `${directory}/${crypto.randomUUID()}.key`;
  await Deno.writeTextFile(path, key);
  return path;
}

testEncrypted(
  "no log is kept before an encrypted database, and the server says so",
  async (directory) => {
    const key = await keyFile(directory, "secret");
    const args = ["--sqlite-lib", library, "--key-file", key, "--write-behind", "yes"];
    await using server = await startRedlite({ directory, args });
    assert.match(
      server.log,
      /write-behind has no effect: the database is encrypted, and a log would/,
    );
    await using client = await server.connect();
    await client.send("SET", "k", SECRET);
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => /-log2?$/.test(name)), []);
  },
);

testEncrypted("nothing that is written can be read without the key", async (directory) => {
  const key = await keyFile(directory, "it's a secret\n");
  const args = ["--sqlite-lib", library, "--key-file", key];
  {
    await using server = await startRedlite({ directory, args });
    await using client = await server.connect({ resp: 3 });
    await client.pipeline(
      Array.from({ length: 200 }, (_, i) => ["SET", `key:${i}`, SECRET]),
    );
    assert.match(format(await client.send("BACKUP", "copy.db")), /^%\{"path"/);
    assert.equal(format(await client.send("INTEGRITY")), "+OK");
    assert.match(format(await client.send("SQL", "SELECT count(*) FROM keys")), /\[\[:200\]\]/);
    assert.equal(await contains(`${directory}/redlite.db-wal`, SECRET), false);
    await client.send("SAVE");
  }
  for (const name of ["redlite.db", "copy.db"]) {
    assert.equal(await contains(`${directory}/${name}`, SECRET), false, name);
    assert.equal(await contains(`${directory}/${name}`, "SQLite format"), false, name);
  }
  await using server = await startRedlite({ directory, args });
  await using client = await server.connect();
  assert.equal(format(await client.send("GET", "key:199")), `"${SECRET}"`);
  await Deno.rename(`${directory}/copy.db`, `${directory}/other.db`);
  await using copy = Redlite.open(`${directory}/other.db`, { library, key: "it's a secret" });
  assert.equal(copy.get("key:0"), SECRET);
});

testEncrypted("a wrong key, none, or one too many is a line that says so", async (directory) => {
  const path = `${directory}/app.db`, plain = `${directory}/plain.db`;
  {
    await using db = Redlite.open(path, { library, key: "right" });
    db.set("k", "v");
    await using other = Redlite.open(plain, { library });
    other.set("k", "v");
  }
  const start = async (db: string, ...args: string[]) => {
    const { code, stderr } = await run(["--db", db, "--addr", "127.0.0.1:0", ...args]);
    assert.equal(code, 1);
    return stderr;
  };
  const wrong = ["--sqlite-lib", library, "--key-file", await keyFile(directory, "wrong")];
  const right = ["--key-file", await keyFile(directory, "right")];
  const line = (db: string) =>
    `redlite: the key does not fit ${db}: it has another one, or is not encrypted\n`;
  assert.equal(await start(path, ...wrong), line(path));
  assert.equal(await start(plain, ...wrong), line(plain));
  assert.match(await start(path, "--sqlite-lib", library), /^redlite: .* or is encrypted; .*\n$/);
  assert.match(
    await start(path, "--sqlite-driver", "builtin", ...right),
    /^redlite: .*cannot encrypt.*\n$/,
  );
  assert.match(
    await start(path, "--key-file", `${directory}/none`),
    /^redlite: cannot read the key file .*\n$/,
  );
  assert.throws(() => Redlite.open(path, { library, key: "wrong" }), /the key does not fit/);
});

testEncrypted("the key itself may be given in hexadecimal digits", async (directory) => {
  const path = `${directory}/app.db`;
  const key = `x'${"0123456789abcdef".repeat(4)}'`;
  {
    await using db = Redlite.open(path, { library, key });
    db.set("k", "v");
  }
  await using db = Redlite.open(path, { library, key, readonly: true });
  assert.equal(db.get("k"), "v");
});

Deno.test("a key needs a library that encrypts, or nothing is opened", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app.db`;
  assert.throws(
    () => Redlite.open(path, { driver: "builtin", key: "secret" }),
    /node:sqlite cannot encrypt: a key needs the library of SQLCipher/,
  );
  assert.throws(() => Redlite.open(path, { driver: "builtin", key: "" }), /must have characters/);
  const { code, stderr } = await run([
    "--db",
    path,
    "--addr",
    "127.0.0.1:0",
    "--sqlite-driver",
    "builtin",
    "--key-file",
    await keyFile(directory.path, "secret"),
  ]);
  assert.equal(code, 1);
  assert.equal(
    stderr,
    "redlite: node:sqlite cannot encrypt: a key needs the library of SQLCipher\n",
  );
});
