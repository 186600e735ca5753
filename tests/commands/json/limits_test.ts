/** Documents and paths beyond what there is room for are refused in clear words, and leave nothing behind. */

import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

Deno.test("containers stand inside each other up to 127 deep, however they come there", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = async (...words: string[]) => format(await client.send(...words));
  assert.equal(await ask("JSON.SET", "d", "$", nested(127)), "+OK");
  assert.equal(
    await ask("JSON.SET", "e", "$", nested(128)),
    "-recursion limit exceeded at line 1 column 128",
  );
  assert.equal(await ask("JSON.SET", "e", "$", nested(100)), "+OK");
  const inner = `$${"[0]".repeat(99)}`;
  assert.equal(await ask("JSON.ARRAPPEND", "e", inner, nested(27)), "[:1]");
  assert.equal(await ask("JSON.ARRAPPEND", "e", inner, nested(28)), "-recursion limit exceeded");
  assert.equal(await ask("JSON.SET", "e", `${inner}[0]`, nested(28)), "-recursion limit exceeded");
  assert.equal(
    await ask("JSON.MERGE", "e", `${inner}[0]`, `{"a":${nested(27)}}`),
    "-recursion limit exceeded",
  );
  assert.equal(await ask("JSON.MSET", "e", `${inner}[0]`, nested(28)), "-recursion limit exceeded");
  assert.equal(await ask("JSON.ARRLEN", "e", inner), "[:1]");
  assert.equal(
    await ask("JSON.SET", "f", "$", "[".repeat(1_000_000)),
    "-recursion limit exceeded at line 1 column 128",
  );
});

Deno.test("a path that meets values again and again is refused", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("JSON.SET", "d", "$", nested(100));
  const path = `$${"..*".repeat(12)}`;
  assert.equal(
    format(await client.send("JSON.GET", "d", path)),
    "-ERR the path leads to too many values",
  );
  assert.match(
    format(await client.send("JSON.GET", "d", `$[?(${"(".repeat(1000)}@`)),
    /^-ERR too many conditions/,
  );
  assert.equal(format(await client.send("PING")), "+PONG");
});

Deno.test("a document of more memory or bytes than there is room for is refused", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const many = `[${"[],".repeat(8_000_000)}0]`;
  assert.match(
    format(await client.send("JSON.SET", "d", "$", many)),
    /^-ERR a JSON document may take \d+ bytes/,
  );
  const long = `"${"x".repeat(65 * 1024 * 1024)}"`;
  assert.match(
    format(await client.send("JSON.SET", "d", "$", long)),
    /^-ERR a JSON document has at most 67108864 bytes/,
  );
  assert.equal(format(await client.send("EXISTS", "d")), ":0");
  const half = `["${"x".repeat(40 * 1024 * 1024)}"]`;
  assert.equal(format(await client.send("JSON.SET", "d", "$", half)), "+OK");
  assert.match(
    format(await client.send("JSON.ARRAPPEND", "d", "$", half)),
    /^-ERR a JSON document has at most/,
  );
  assert.equal(format(await client.send("JSON.ARRLEN", "d", "$")), "[:1]");
});

Deno.test("an insertion takes any number of values", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("JSON.SET", "d", "$", "[1,2]");
  const values = Array.from({ length: 200_000 }, (_, i) => String(i));
  const [inserted] = await client.pipeline([["JSON.ARRINSERT", "d", "$", "1", ...values]]);
  assert.equal(inserted && format(inserted), "[:200002]");
  assert.equal(format(await client.send("JSON.GET", "d", "$[0,1,-2,-1]")), '"[1,0,199999,2]"');
  assert.equal(format(await client.send("JSON.DEL", "d", "$[?(@>=0)]")), ":200002");
  assert.equal(format(await client.send("JSON.GET", "d")), '"[]"');
});
