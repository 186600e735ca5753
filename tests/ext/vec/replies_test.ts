/** What Redis 8.0 cannot be asked about, and what is Redlite's own. */

import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

type Line = readonly [line: string, resp2: string, resp3?: string];

const LINES: readonly Line[] = [
  ...["b", "a", "ab", "c"].map((element): Line => [`VADD s VALUES 2 1 0.5 ${element}`, ":1", "#t"]),
  ["VRANGE s - +", '["a", "ab", "b", "c"]'],
  ["VRANGE s - + 2", '["a", "ab"]'],
  ["VRANGE s - + -1", '["a", "ab", "b", "c"]'],
  ["VRANGE s - + 0", "[]"],
  ["VRANGE s [ab (c", '["ab", "b"]'],
  ["VRANGE s (a [b", '["ab", "b"]'],
  ["VRANGE s [z +", "[]"],
  ["VRANGE s + -", "[]"],
  ["VRANGE s [b [a", "[]"],
  ["VRANGE absent - +", "[]"],
  ["VRANGE s a b", "-ERR min or max not valid string range item"],
  ["VRANGE s - + x", "-ERR COUNT value is not an integer"],
  ["VRANGE s -", "-ERR wrong number of arguments for 'VRANGE' command"],
  ["VADD n VALUES 2 3 4 a NOQUANT SETATTR x", ":1", "#t"],
  ["VGET n a", '["3", "4"]', "[,3, ,4]"],
  ["VGETALL n", '[["a", ["3", "4"]]]', '[["a", [,3, ,4]]]'],
  ["VGETALL absent", "[]"],
  ["VEXISTS n a", ":1", "#t"],
  ["VEXISTS n b", ":0", "#f"],
  ["VGETATTRIBUTES n a b", '["a", "x", "b", $-1]', '%{"a": "x", "b": _}'],
  ["VSETATTRIBUTES n a y", "+OK"],
  ["VSETATTRIBUTES n b y", "-ERR element not found in set"],
  ["VGETATTR n a", '"y"'],
  ["VDELATTRIBUTES n a", "+OK"],
  ["VDELATTRIBUTES n b", "-ERR element not found in set"],
  ["VGETATTR n a", "$-1", "_"],
  ["VADD n VALUES 2 -4 3 b BF16", ":1", "#t"],
  ["VSIMBATCH 3 n absent s VALUES 2 3 4 COUNT 1", '[["n", ["a"]], ["absent", []], ["s", ["b"]]]'],
  [
    "VSIMBATCH 1 n ELE a WITHSCORES",
    '[["n", ["a", "1", "b", "0.5"]]]',
    '[["n", %{"a": ,1, "b": ,0.5}]]',
  ],
  ["VSIMBATCH 0 n ELE a", "-ERR numkeys should be greater than 0"],
  ["VSIMBATCH 9 n ELE a", "-ERR Number of keys can't be greater than number of args"],
  ["VSIMBATCH 1 n ELE z", "-ERR element not found in set"],
  ["VLINKS n a", '[["b"]]'],
  ["VLINKS n a WITHSCORES", '[["b", "0.5"]]', '[%{"b": ,0.5}]'],
  ["VADD i VALUES 2 1 inf a", "-ERR invalid vector specification"],
  ["VADD i VALUES 2 1 1e39 a", "-ERR invalid vector specification"],
  ["EXISTS i", ":0"],
  ["SET string s", "+OK"],
  ["VRANGE string - +", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
  ["VGETALL string", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
  ["COMMAND GETKEYS VSIMBATCH 2 a b ELE x", '["a", "b"]'],
];

for (const resp of [2, 3] as const) {
  Deno.test(`vector sets have their replies in RESP${resp}`, async () => {
    await using server = await startRedlite({ args: ["--ext", "vec"] });
    await using client = await server.connect({ resp });
    for (const [line, resp2, resp3] of LINES) {
      assert.equal(
        format(await client.send(...line.split(" "))),
        resp === 3 ? resp3 ?? resp2 : resp2,
        line,
      );
    }
  });
}

Deno.test("changes of vector sets are told as events of modules", async () => {
  await using server = await startRedlite({
    args: ["--ext", "vec", "--notify-keyspace-events", "EAd"],
  });
  await using client = await server.connect({ resp: 3 });
  await using listener = await server.connect({ resp: 3 });
  await listener.send("PSUBSCRIBE", "*");
  await client.pipeline([
    ["VADD", "s", "VALUES", "1", "1", "a"],
    ["VSETATTR", "s", "a", "{}"],
    ["VREM", "s", "absent"],
    ["VREM", "s", "a"],
  ]);
  const told: string[] = [];
  while (told.length < 4) told.push(format(await listener.readReply()));
  assert.deepEqual(
    told.map((message) => /:(\w+)"/.exec(message)?.[1]),
    ["vadd", "vsetattr", "vrem", "del"],
  );
});

Deno.test("blobs of FP32 that are no vector, or one that is not finite, store nothing", async () => {
  await using server = await startRedlite({ args: ["--ext", "vec"] });
  await using client = await server.connect();
  const blob = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  const bad = [
    blob(),
    new Uint8Array(3),
    new Uint8Array(5),
    blob(1, NaN),
    blob(Infinity),
    blob(-Infinity, 1),
  ];
  for (const vector of bad) {
    for (const command of ["VADD", "VSIM"]) {
      const reply = format(
        await client.send(command, "s", "FP32", vector, ...command === "VADD" ? ["e"] : []),
      );
      assert.equal(reply, command === "VADD" ? "-ERR invalid vector specification" : "[]");
    }
  }
  assert.equal(format(await client.send("EXISTS", "s")), ":0");
  await client.send("VADD", "s", "FP32", blob(1, 2), "e");
  for (const vector of bad) {
    assert.equal(
      format(await client.send("VSIM", "s", "FP32", vector)),
      "-ERR invalid vector specification",
    );
  }
  const huge = String(2 ** 62);
  for (
    const line of [
      `VADD s VALUES ${huge} 1 x`,
      `VADD s VALUES 131073 1 x`,
      `VADD t REDUCE ${huge} VALUES 1 1 x`,
    ]
  ) {
    assert.equal(
      format(await client.send(...line.split(" "))),
      "-ERR invalid vector specification",
    );
  }
  assert.equal(format(await client.send("VSIM", "s", "ELE", "e", "COUNT", huge)), '["e"]');
  assert.equal(
    format(await client.send("VRANDMEMBER", "s", "-" + huge)),
    "-ERR value is out of range",
  );
  assert.equal(format(await client.send("VCARD", "s")), ":1");
});
