/** Users that the start is given: by a file, or by flags. */

import { strict as assert } from "node:assert";
import { named, standIn } from "../harness/lacking.ts";
import { format } from "../harness/resp_client.ts";
import {
  startRedis,
  startRedlite,
  temporaryDirectory,
  type TestServer,
} from "../harness/servers.ts";
import { run } from "./run.ts";

async function ask(server: TestServer, ...lines: string[]): Promise<string[]> {
  await using client = await server.connect();
  return (await client.pipeline(lines.map((line) => line.split(" ")))).map(format);
}

for (const [name, start] of [["Redlite", startRedlite], ["Redis", startRedis]] as const) {
  Deno.test({
    ...named(`${name} takes users from an aclfile and saves them there`, standIn()),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/users.acl`;
      await Deno.writeTextFile(path, "user bob on >pw ~* &* +@all -eval\n");
      await using server = await start({ args: ["--aclfile", path] });
      assert.deepEqual(
        await ask(server, "AUTH bob pw", "ACL WHOAMI", "ACL SETUSER eve on nopass", "ACL SAVE"),
        ["+OK", '"bob"', "+OK", "+OK"],
      );
      const saved = await Deno.readTextFile(path);
      assert.match(saved, /^user eve on nopass (sanitize-payload )?resetchannels -@all$/m);
      assert.match(saved, /^user bob on .* \+@all -eval$/m);
      assert.deepEqual(
        (await Array.fromAsync(Deno.readDir(directory.path))).map(({ name }) => name),
        ["users.acl"],
      );
      await Deno.writeTextFile(path, "user default on nopass ~* &* +@all\nuser x +nope\n");
      assert.deepEqual(await ask(server, "ACL LOAD", "ACL USERS", "CONFIG GET aclfile"), [
        `-ERR ${path}:2: Error in applying operation '+nope': Unknown command or category name in ` +
        "ACL. WARNING: ACL errors detected, no change to the previously active ACL rules was " +
        "performed",
        '["bob", "default", "eve"]',
        `["aclfile", "${path}"]`,
      ]);
      await Deno.remove(path);
      assert.deepEqual(await ask(server, "ACL LOAD"), [
        `-ERR Error loading ACLs, opening file '${path}': No such file or directory`,
      ]);
    },
  });
}

Deno.test({
  ...named("--user makes a user, as often as it is given, and wins over the database's", standIn()),
  async fn() {
    await using directory = await temporaryDirectory();
    {
      await using server = await startRedlite({ directory: directory.path });
      await ask(server, "ACL SETUSER bob on >old", "ACL SETUSER carl on >pw", "ACL SAVE");
    }
    await using server = await startRedlite({
      directory: directory.path,
      args: ["--user", "bob on >pw ~* +@all", "--user", "eve", "on", "nopass", "-@all", "+get"],
    });
    assert.deepEqual(
      await ask(server, "AUTH bob old", "AUTH bob pw", "AUTH carl pw", "AUTH eve x", "SET a b"),
      [
        "-WRONGPASS invalid username-password pair or user is disabled.",
        ...["+OK", "+OK", "+OK"],
        "-NOPERM User eve has no permissions to run the 'set' command",
      ],
    );
  },
});

Deno.test("wrong users and files of users are refused at the start in one line", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/users.acl`;
  await Deno.writeTextFile(path, "user bob +nope\n");
  const start = (...args: string[]) => run(["--storage", "memory", "--addr", ":0", ...args]);
  for (
    const [args, error] of [
      [["--user", "bob +nope"], /^redlite: user 'bob' has the rule '\+nope': Unknown command/],
      [["--aclfile", path], /^redlite: \S+:1: Error in applying operation '\+nope'/],
      [["--aclfile", `${path}x`], /^redlite: Error loading ACLs, .* No such file or directory$/m],
      [["--aclfile", path, "--user", "bob on"], /^redlite: --user and --aclfile exclude each/],
    ] as const
  ) {
    const { code, stderr } = await start(...args);
    assert.equal(code, 1);
    assert.match(stderr, error);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});
