import { strict as assert } from "node:assert";
import { format, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

/** A vector of two dimensions. */
function vector(x: number, y: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setFloat32(0, x, true);
  view.setFloat32(4, y, true);
  return bytes;
}

async function fill(client: RespClient): Promise<void> {
  await client.send(
    ...["FT.CREATE", "i", "SCHEMA", "t", "TEXT", "n", "NUMERIC", "SORTABLE", "v", "VECTOR", "FLAT"],
    ...["6", "TYPE", "FLOAT32", "DIM", "2", "DISTANCE_METRIC", "L2"],
  );
  const documents = [["hello world", 0, 0], ["hello", 3, 0], ["bye", 1, 0], [
    "other",
    9,
    9,
  ]] as const;
  for (const [i, [text, x, y]] of documents.entries()) {
    await client.send("HSET", `d${i}`, "t", text, "n", String(i), "v", vector(x, y));
  }
}

/** The rows of a reply as texts, without how long it took. */
function rows(reply: Reply): string {
  return format(reply).replace(/, \+?execution_time.*$/, "");
}

const NEAR = vector(1, 0);

Deno.test("words and a vector make one list by their ranks", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await fill(client);
  const reply = await client.send(
    ...["FT.HYBRID", "i", "SEARCH", "hello", "VSIM", "@v", "$q", "KNN", "2", "K", "2"],
    ...["PARAMS", "2", "q"],
    NEAR,
  );
  // d0 is second for the vector; d2 its first; d1 and d0 are found by words.
  assert.equal(reply.type, "map");
  const text = rows(reply);
  assert.match(text, /total_results: :3/);
  assert.match(text, /"__key": "d0".*"__key": "d[12]"/);
});

Deno.test("scores are added with weights, and have names", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await fill(client);
  const reply = await client.send(
    ...["FT.HYBRID", "i", "SEARCH", "bye", "YIELD_SCORE_AS", "words", "VSIM", "@v", "$q"],
    ...["KNN", "2", "K", "1", "YIELD_SCORE_AS", "near", "COMBINE", "LINEAR", "4", "ALPHA", "0"],
    ...["BETA", "2", "YIELD_SCORE_AS", "both", "LOAD", "1", "@__key", "PARAMS", "2", "q"],
    NEAR,
  );
  const text = rows(reply);
  assert.match(text, /"both": "2"/);
  assert.match(text, /"near": "1"/);
  assert.match(text, /"words": "/);
  assert.match(text, /"__key": "d2"/);
});

Deno.test("a filter chooses what the vector looks at, and steps shape what comes out", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await fill(client);
  const reply = await client.send(
    ...["FT.HYBRID", "i", "SEARCH", "nothing", "VSIM", "@v", "$q", "RANGE", "2", "RADIUS", "100"],
    ...["FILTER", "@n:[2 3]", "LOAD", "2", "@t", "@n", "APPLY", "@n * 2", "AS", "double"],
    ...["SORTBY", "1", "double", "DESC", "LIMIT", "0", "1", "PARAMS", "2", "q"],
    NEAR,
  );
  assert.match(rows(reply), /"t": "bye", "n": "2", "double": "4"/);
});

Deno.test("what is wrong with a hybrid query is told", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await fill(client);
  const refused = async (...words: string[]) =>
    format(await client.send("FT.HYBRID", "i", ...words));
  assert.match(await refused("SEARCH", "a"), /^-ERR wrong number of arguments/);
  assert.match(await refused("QUERY", "a", "VSIM", "@v", "$q"), /^-SEARCH argument is required/);
  assert.match(await refused("SEARCH", "a", "VSIM", "@t", "$q"), /no vector field/);
  assert.match(await refused("SEARCH", "a", "VSIM", "@v", "$q"), /No such parameter `q`/);
});
