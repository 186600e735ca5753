import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { type Line, testReplies } from "../replies.ts";

const DRAWS = ["HRANDFIELD h", "SRANDMEMBER s", "ZRANDMEMBER z"];
const COLLECTIONS: Line[] = [["HSET h a 1", ":1"], ["SADD s a", ":1"], ["ZADD z 1 a", ":1"]];

testReplies("draws from an absent key are none, however many are asked for", [
  ...DRAWS.map((draw): Line => [`${draw} -20000000`, "[]"]),
  ...DRAWS.map((draw): Line => [`${draw} -9223372036854775807`, "[]"]),
]);

testReplies("draws with repetition of which a reply would be too large are refused", [
  ...COLLECTIONS,
  ...DRAWS.flatMap((draw): Line[] =>
    ["-9223372036854775807", "-100000000"].map((count) => [
      `${draw} ${count}`,
      "-ERR value is out of range",
    ])
  ),
  ["PING", "+PONG"],
]);

testReplies("draws from long elements are refused when their reply gets too large", [
  [`HSET h ${"f".repeat(9000)} 1`, ":1"],
  [`SADD s ${"m".repeat(9000)}`, ":1"],
  [`ZADD z 1 ${"m".repeat(9000)}`, ":1"],
  ...DRAWS.map((draw): Line => [`${draw} -70000`, "-ERR value is out of range"]),
  ["PING", "+PONG"],
]);

Deno.test("many more draws than there are elements come in one reply", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  for (const [line] of COLLECTIONS) await client.send(...line.split(" "));
  for (const draw of DRAWS) {
    const reply = await client.send(...draw.split(" "), "-200000");
    assert.ok(reply.type === "array" && reply.items.length === 200_000, draw);
    assert.ok(reply.items.every((item) => format(item) === '"a"'), draw);
  }
});
