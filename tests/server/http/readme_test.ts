/** What the README's chapter on HTTP shows is what happens. */

import { strict as assert } from "node:assert";
import { Redis } from "@upstash/redis";
import { Redlite } from "@redlite/redlite";
import { named, noTool } from "../../harness/lacking.ts";
import { ReadmeChapter } from "../../harness/readme_chapter.ts";
import { serve } from "./served.ts";

const chapter = new ReadmeChapter("By HTTP");
/** Where the README's server is. */
const PLACE = "localhost:8079";

Deno.test({
  ...named("the README's calls of curl answer as it says", noTool("curl")),
  async fn() {
    await using server = await serve();
    const calls = chapter.blocks("sh").join("\n").matchAll(/^(curl .*)\n# (.*)$/gm);
    let count = 0;
    for (const [, call = "", answer] of calls) {
      const line = call.replace("curl ", "curl -s ").replace(
        PLACE,
        `localhost:${server.http.port}`,
      );
      const { stdout } = await new Deno.Command("bash", { args: ["-c", line] }).output();
      assert.equal(new TextDecoder().decode(stdout).trimEnd(), answer, call);
      count++;
    }
    assert.equal(count, (chapter.text.match(/^# /gm) ?? []).length);
  },
});

Deno.test("the README's client of serverless platforms", async () => {
  await using server = await serve();
  const [block = ""] = chapter.blocks("ts");
  const [url = ""] = /http:[^"]*/.exec(block) ?? [];
  assert.ok(url.endsWith(":8079"));
  const redis = new Redis({ url: server.url, token: "secret" });
  const code = block.replace(/^(?:import|const redis) .*$/gm, "").replace(
    /^await (.*); \/\/ (.*)$/m,
    "assert.deepEqual(await $1, $2);",
  );
  assert.match(code, /assert/);
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  await new AsyncFunction("redis", "assert", code)(redis, assert);
});

Deno.test("the README's program with a server of its own", async () => {
  await using db = Redlite.open(":memory:", { driver: "builtin" });
  const [, block = ""] = chapter.blocks("ts");
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const app: Deno.HttpServer<Deno.NetAddr> = await new AsyncFunction("db", `${block}\nreturn app;`)(
    db,
  );
  try {
    const url = `http://127.0.0.1:${app.addr.port}`;
    assert.equal(await (await fetch(url)).text(), "the app");
    const headers = { Authorization: "Bearer secret" };
    assert.deepEqual(await (await fetch(`${url}/ping`, { headers })).json(), { result: "PONG" });
  } finally {
    await app.shutdown();
  }
});

Deno.test("the README's users of tokens and of metrics may do what it says", async () => {
  await using server = await serve({ password: "secret" });
  const { db, url } = server;
  const lines = [...chapter.text.matchAll(/(?:> |`)(ACL (?:SETUSER|RESTTOKEN) [^`\n]*)/g)];
  assert.equal(lines.length, 4);
  const replies = lines.map(([, line = ""]) => {
    const [name = "", ...args] = line.split(" ");
    return db.call(name, ...args);
  });
  const [, token, readOnly] = replies;
  const set = async (token: unknown) =>
    (await fetch(`${url}/set/shop:1/x`, { headers: { Authorization: `Bearer ${token}` } })).json();
  assert.deepEqual(await set(token), { result: "OK" });
  assert.match((await set(readOnly) as { error: string }).error, /^NOPERM/);
  const headers = { Authorization: `Basic ${btoa("prometheus:scrape")}` };
  const metrics = await (await fetch(`${url}/metrics`, { headers })).text();
  assert.match(metrics, /^redis_slowlog_length /m);
});
