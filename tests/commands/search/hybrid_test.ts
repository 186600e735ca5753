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

/** What is wrong with queries, each behind `FT.HYBRID i`, and what is said of it. */
const REFUSED: readonly (readonly [words: string, error: string])[] = [
  ["QUERY a VSIM @v $q", "Invalid subqueries count: expected an unsigned integer"],
  ["3 SEARCH a VSIM @v $q", "FT.HYBRID currently supports only two subqueries"],
  ["2 FIND a VSIM @v $q", "SEARCH keyword is required"],
  ["SEARCH a NOCONTENT VSIM @v $q", "Unknown argument `NOCONTENT` in SEARCH"],
  ["SEARCH a DIALECT 2 VSIM @v $q", "DIALECT is not supported in FT.HYBRID or any"],
  ["SEARCH a SCORER BM25STD YIELD_SCORE_AS x", "VSIM argument is required"],
  ["SEARCH a YIELD_SCORE_AS x VSIM v $q", "Missing @ prefix for vector field name"],
  ["SEARCH a YIELD_SCORE_AS x VSIM @v", "Missing vector argument"],
  ["SEARCH a VSIM @v blob", "Invalid vector argument, expected a parameter name starting with $"],
  ["SEARCH a VSIM @v $q KNN", "Missing argument count"],
  ["SEARCH a VSIM @v $q KNN x", "Invalid argument count: expected an unsigned integer"],
  ["SEARCH a VSIM @v $q KNN 3 K 3", "Invalid argument count: 3 (must be a positive even number"],
  ["SEARCH a VSIM @v $q KNN 4 K 3", "Expected arguments 4, but 2 were provided"],
  ["SEARCH a VSIM @v $q KNN 2 K 0", "Invalid K value"],
  ["SEARCH a VSIM @v $q KNN 2 K", "Missing argument value for K"],
  ["SEARCH a VSIM @v $q KNN 4 K 1 K 2", "Duplicate K argument"],
  ["SEARCH a VSIM @v $q KNN 2 EF_RUNTIME 5", "Missing required argument K"],
  ["SEARCH a VSIM @v $q KNN 2 RADIUS 5", "Unknown argument `RADIUS` in KNN"],
  ["SEARCH a VSIM @v $q RANGE 2 RADIUS -1", "Invalid RADIUS value"],
  ["SEARCH a VSIM @v $q RANGE 2 EPSILON 0", "Invalid EPSILON value"],
  ["SEARCH a VSIM @v $q RANGE 2 EPSILON 1", "Missing required argument RADIUS"],
  ["SEARCH a VSIM @v $q RANGE 2 K 1", "Unknown argument `K` in RANGE"],
  ["SEARCH a VSIM @v $q FILTER", "Missing argument count for FILTER"],
  ["SEARCH a VSIM @v $q FILTER 9 *", "Not enough arguments in FILTER, specified 9 but provided"],
  ["SEARCH a VSIM @v $q FILTER 3 * POLICY x", "POLICY: Invalid value for argument"],
  ["SEARCH a VSIM @v $q YIELD_SCORE_AS x YIELD_SCORE_AS y", "Duplicate YIELD_SCORE_AS argument"],
  ["SEARCH a VSIM @v $q COMBINE SUM 0", "COMBINE: Invalid value for argument"],
  ["SEARCH a VSIM @v $q COMBINE RRF", "Missing RRF argument count"],
  ["SEARCH a VSIM @v $q COMBINE RRF x", "Invalid RRF argument count, error: Could not convert"],
  ["SEARCH a VSIM @v $q COMBINE RRF 1 x", "RRF expects pairs of key value arguments"],
  ["SEARCH a VSIM @v $q COMBINE RRF 2 x", "Not enough arguments in RRF, specified 2 but provided"],
  ["SEARCH a VSIM @v $q COMBINE RRF 2 WINDOW 0", "WINDOW: Value below minimum"],
  ["SEARCH a VSIM @v $q COMBINE RRF 2 CONSTANT -1", "CONSTANT: Value below minimum"],
  ["SEARCH a VSIM @v $q COMBINE RRF 2 ALPHA 1", "ALPHA: Unknown argument"],
  ["SEARCH a VSIM @v $q COMBINE LINEAR 2 ALPHA 1", "Missing value for BETA"],
  ["SEARCH a VSIM @v $q COMBINE LINEAR 2 BETA 1", "Missing value for ALPHA"],
  ["SEARCH a VSIM @v $q COMBINE LINEAR 2 WINDOW x", "WINDOW: Could not convert argument"],
  [
    "SEARCH a VSIM @v $q COMBINE RRF 2 YIELD_SCORE_AS x YIELD_SCORE_AS y",
    "YIELD_SCORE_AS specified more than once",
  ],
  ["SEARCH a VSIM @v $q LIMIT 0", "LIMIT: Not enough arguments were provided"],
  ["SEARCH a VSIM @v $q LIMIT x 1", "LIMIT offset must be a non-negative integer"],
  ["SEARCH a VSIM @v $q LIMIT 1 x", "LIMIT count must be a non-negative integer"],
  ["SEARCH a VSIM @v $q LIMIT 1 0", "The `offset` of the LIMIT must be 0 when `num` is 0"],
  ["SEARCH a VSIM @v $q LIMIT 0 1 LIMIT 0 2", "LIMIT: Argument specified multiple times"],
  ["SEARCH a VSIM @v $q SORTBY 0", "SORTBY: Invalid argument count"],
  ["SEARCH a VSIM @v $q NOSORT SORTBY 1 @n", "NOSORT is not allowed with SORTBY"],
  ["SEARCH a VSIM @v $q LOAD x", "Bad arguments for LOAD: Expected number of fields or `*`"],
  ["SEARCH a VSIM @v $q LOAD 9 @t", "Not enough arguments for LOAD"],
  ["SEARCH a VSIM @v $q EXPLAINSCORE", "EXPLAINSCORE is not yet supported by FT.HYBRID"],
  ["SEARCH a VSIM @v $q VERBATIM", "VERBATIM: Unknown argument"],
  ["SEARCH a VSIM @v $q DIALECT 2", "DIALECT is not supported in FT.HYBRID or any"],
  ["SEARCH a VSIM @x $q", "Unknown field `x`"],
  ["SEARCH a VSIM @t $q", "Expected a VECTOR field at field `t`"],
  ["SEARCH a VSIM @v $q", "No such parameter `q`"],
  [
    "SEARCH @v:[VECTOR_RANGE$q] VSIM @v $q PARAMS 2 q x",
    "Syntax error",
  ],
  [
    "SEARCH a VSIM @v $q FILTER t=>{$weight:2} PARAMS 2 q x",
    "Weight attributes are not allowed in FT.HYBRID VSIM FILTER",
  ],
  [
    "SEARCH *=>[KNN$q] VSIM @v $q PARAMS 2 q x",
    "Syntax error",
  ],
];

Deno.test("what is wrong with a hybrid query is told", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await fill(client);
  const refused = async (...words: string[]) =>
    format(await client.send("FT.HYBRID", "i", ...words));
  assert.match(await refused("SEARCH", "a"), /^-ERR wrong number of arguments/);
  for (const [words, error] of REFUSED) {
    const answer = await refused(...words.split(" "));
    assert.ok(answer.startsWith(`-${error}`), `${words}: ${answer}`);
  }
  assert.equal(
    await refused(
      ...["SEARCH", "@v:[VECTOR_RANGE 1 $q]", "VSIM", "@v", "$q", "PARAMS", "2", "q", "12345678"],
    ),
    "-Vector expressions are not allowed in FT.HYBRID SEARCH",
  );
});

Deno.test("words are scored by BM25STD, and ten rows have keys and fused scores", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await fill(client);
  for (let i = 10; i < 40; i++) {
    await client.send("HSET", `d${i}`, "t", "hello", "v", vector(i, i));
  }
  const scored = async (...scorer: string[]) =>
    rows(
      await client.send(
        ...["FT.HYBRID", "i", "2", "SEARCH", "world", ...scorer, "YIELD_SCORE_AS", "words", "VSIM"],
        ...["@v", "$q", "KNN", "2", "K", "1", "LOAD", "1", "@__key", "PARAMS", "2", "q"],
        NEAR,
      ),
    );
  assert.equal(await scored(), await scored("SCORER", "BM25STD"));
  assert.notEqual(await scored(), await scored("SCORER", "TFIDF"));
  const reply = rows(
    await client.send(
      "FT.HYBRID",
      "i",
      "SEARCH",
      "hello",
      "VSIM",
      "@v",
      "$q",
      "PARAMS",
      "2",
      "q",
      NEAR,
    ),
  );
  assert.equal(reply.match(/"__key"/g)?.length, 10);
  assert.equal(reply.match(/"__score"/g)?.length, 10);
});

Deno.test("steps may name the distance and the fused score, and fields need no sign", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await fill(client);
  const text = rows(
    await client.send(
      ...["FT.HYBRID", "i", "SEARCH", "bye", "VSIM", "@v", "$q", "RANGE", "2", "RADIUS", "0.5"],
      ...["COMBINE", "RRF", "4", "CONSTANT", "1", "WINDOW", "5", "YIELD_SCORE_AS", "both"],
      ...["LOAD", "2", "t", "AS", "words", "n", "AS", "number", "APPLY", "@vector_distance", "AS"],
      ...["far", "APPLY", "@__combined_score", "AS", "score", "SORTBY", "1", "@number"],
      ...["PARAMS", "2", "q"],
      NEAR,
    ),
  );
  assert.match(text, /"words": "bye", "number": "2"/);
  assert.match(text, /"far": "0", "score": "1"/);
  assert.match(text, /"both": "1"/);
});

for (const resp of [2, 3] as const) {
  Deno.test(`FT.PROFILE HYBRID tells what was found, and what words and vector each found, RESP${resp}`, async () => {
    await using server = await startRedlite();
    await using client = await server.connect({ resp });
    await fill(client);
    const query = [
      ...["SEARCH", "hello", "VSIM", "@v", "$q", "KNN", "2", "K", "2", "PARAMS", "2", "q"],
      NEAR,
    ];
    const plain = await client.send("FT.HYBRID", "i", ...query);
    const reply = await client.send("FT.PROFILE", "i", "HYBRID", "QUERY", ...query);
    const text = format(reply), found = rows(plain).replace(/[\]}]$/, "");
    assert.ok(text.includes(found), `${text} has no ${found}`);
    assert.match(text, /HYBRID.*TEXT.*hello.*VECTOR/);
    assert.match(text, /Result processors profile/);
    const refused = await client.send("FT.PROFILE", "i", "HYBRID", "QUERY", "SEARCH", "hello");
    assert.equal(refused.type, "error");
  });
}
