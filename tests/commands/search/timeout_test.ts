/** Queries stop when their time is up, whatever they are at, and give what they have by then. */

import { strict as assert } from "node:assert";
import { type Command, format, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../../harness/servers.ts";

const DOCUMENTS = 4000;
const UP = "Timeout limit was reached";

/** A server with documents that are much to read, and with many words. */
async function started(): Promise<{ server: TestServer; client: RespClient }> {
  const server = await startRedlite({ appendfsync: "no" });
  const client = await server.connect({ resp: 3 });
  await client.send(
    ...["FT.CREATE", "idx", "SCHEMA", "t", "TEXT", "NOSTEM", "g", "TAG", "n", "NUMERIC"],
    ...["SORTABLE", "s", "GEOSHAPE", "FLAT"],
  );
  const filling = "x ".repeat(5_000);
  const commands: Command[] = [];
  for (let i = 0; i < DOCUMENTS; i++) {
    const words = Array.from({ length: 20 }, (_, k) => `aaaaaaaaaaaaaaa${i * 20 + k}`);
    commands.push([
      ...["HSET", `d:${i}`, "t", `common ${words.join(" ")}`, "g", `tag${i}`, "n", String(i)],
      ...["s", `POLYGON((0 0, 0 ${i + 1}, 1 ${i + 1}, 1 0, 0 0))`, "filling", filling],
    ]);
  }
  for (const reply of await client.pipeline(commands)) assert.equal(reply.type, "integer");
  return { server, client };
}

const circle = Array.from({ length: 2000 }, (_, i) => {
  const turn = i / 1000 * Math.PI;
  return `${Math.cos(turn).toFixed(6)} ${Math.sin(turn).toFixed(6)}`;
});
const CIRCLE = `POLYGON((${circle.join(", ")}, ${circle[0]}))`;

/** Words like all that there are, and not like enough. */
const FUZZY = Array.from({ length: 100 }, (_, i) => `%%%a${i}${"a".repeat(13)}zz%%%`).join("|");

/** Each takes long in another way. */
const QUERIES: readonly (readonly [what: string, query: readonly string[]])[] = [
  ["reading what is shown", ["FT.SEARCH", "idx", "*", "LIMIT", "0", "100000"]],
  ["highlighting", ["FT.SEARCH", "idx", "common", "LIMIT", "0", "100000", "HIGHLIGHT"]],
  ["explaining", [
    ...["FT.SEARCH", "idx", "common", "WITHSCORES", "EXPLAINSCORE", "NOCONTENT"],
    ...["LIMIT", "0", "100000"],
  ]],
  ["sorting by what is not kept", ["FT.SEARCH", "idx", "*", "SORTBY", "t", "NOCONTENT"]],
  ["looking for keys", ["FT.SEARCH", "idx", "*", "INKEYS", "9999", ...Array(9999).fill("k")]],
  ["a pattern of many stars", ["FT.SEARCH", "idx", `w'${"*a".repeat(300)}*b'`]],
  ["fuzzy words", ["FT.SEARCH", "idx", FUZZY]],
  ["an infix", ["FT.SEARCH", "idx", "*zz*|*yy*|*xx*|*ww*|*vv*|*uu*|*tt*"]],
  ["shapes", ["FT.SEARCH", "idx", "@s:[WITHIN $q]", "PARAMS", "2", "q", CIRCLE]],
  ["loading whole documents", ["FT.AGGREGATE", "idx", "*", "LOAD", "*"]],
  ["loading fields", ["FT.AGGREGATE", "idx", "*", "LOAD", "1", "filling"]],
  ["sorting", ["FT.AGGREGATE", "idx", "*", "LOAD", "1", "filling", "SORTBY", "1", "@filling"]],
  ["functions", [
    ...["FT.AGGREGATE", "idx", "*", "LOAD", "1", "filling"],
    ...Array(50).fill(["APPLY", "upper(lower(@filling))", "AS", "x"]).flat(),
  ]],
  ["groups of lists", [
    ...["FT.AGGREGATE", "idx", "*", "APPLY", `split("${"ab,".repeat(300)}")`, "AS", "x"],
    ...["GROUPBY", "3", "@x", "@x", "@x", "REDUCE", "COUNT", "0"],
  ]],
];

Deno.test("a query stops when its time is up", async (test) => {
  const { server, client } = await started();
  await using _server = server;
  await using _client = client;
  const stopped = async (query: readonly string[]) =>
    format(await client.send(...query, "TIMEOUT", "1", "DIALECT", "2"));

  await test.step("whatever it is at, and gives what it has", async () => {
    for (const [what, query] of QUERIES) {
      const answer = await stopped(query);
      assert.ok(answer.includes(UP), `${what}: ${answer.slice(0, 300)}`);
    }
  });

  await test.step("with an error, if that is wished", async () => {
    await client.send("FT.CONFIG", "SET", "ON_TIMEOUT", "FAIL");
    for (const [what, query] of QUERIES) assert.equal(await stopped(query), `-${UP}`, what);
    await client.send("FT.CONFIG", "SET", "ON_TIMEOUT", "RETURN");
  });

  await test.step("and has all that it finds shown if it has none", async () => {
    const load = ["FT.AGGREGATE", "idx", "*", "LOAD", "1", "n"];
    for (const query of [["FT.SEARCH", "idx", "*"], load]) {
      const answer = format(await client.send(...query, "LIMIT", "0", "100000", "TIMEOUT", "0"));
      assert.equal(answer.match(/extra_attributes/g)?.length, DOCUMENTS);
      assert.ok(!answer.includes(UP));
    }
  });

  await test.step("as do all parts of a profile together", async () => {
    const answer = format(
      await client.send(
        ...["FT.PROFILE", "idx", "SEARCH", "QUERY", "common ".repeat(500), "NOCONTENT"],
        ...["TIMEOUT", "1"],
      ),
    );
    assert.match(answer, /Counter:? :?0\b/);
  });
});
