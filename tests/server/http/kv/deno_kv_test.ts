/** Deno's own KV API, which a program has only with a flag: so these run in a process of their own. */

import { strict as assert } from "node:assert";
import { ReadmeChapter } from "../../../harness/readme_chapter.ts";
import { startRedlite, temporaryDirectory } from "../../../harness/servers.ts";

const PASSWORD = "secret-token";

/** Runs Deno, and gives what it prints. */
async function deno(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL(".", import.meta.url),
    env: { DENO_KV_ACCESS_TOKEN: PASSWORD, NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  assert.equal(code, 0, decoder.decode(stdout) + decoder.decode(stderr));
  return decoder.decode(stdout);
}

for (const name of ["deno_kv_flows.ts", "same_as_deno_flows.ts"]) {
  Deno.test(`what ${name} says of Deno's KV API holds`, async () => {
    const output = await deno("test", "-A", "--no-check", "--quiet", "--unstable-kv", name);
    assert.match(output, /ok \| \d+ passed \| 0 failed/);
  });
}

Deno.test("the README's program prints what stands beside it", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRedlite({ args: ["--http", "0"], password: PASSWORD });
  const program = new ReadmeChapter("Deno KV").block("ts");
  const path = `${directory.path}/app.ts`;
  const url = "http://127.0.0.1:8080";
  assert.ok(program.includes(`"${url}"`));
  await Deno.writeTextFile(path, program.replace(url, server.httpUrl!));
  const expected = [...program.matchAll(/console\.log.*; \/\/ (.*)/g)].map(([, line]) => line);
  assert.equal(expected.length, 2);
  const output = await deno("run", "-A", "--no-check", "--unstable-kv", path);
  assert.deepEqual(output.trimEnd().split("\n"), expected);
});
