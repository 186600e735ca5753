/** DUMP and RESTORE of vector sets between Redlite and Redis 8. */

import { strict as assert } from "node:assert";
import { vec } from "../../../ext/vec.ts";
import { Redlite } from "../../../mod.ts";
import { named, noOracle } from "../../harness/lacking.ts";
import { type Argument, format, latin1, type Reply } from "../../harness/resp_client.ts";
import { startOracle } from "../../harness/servers.ts";
import { dice } from "./generated.ts";

const elements = (reply: Reply) =>
  reply.type === "array"
    ? reply.items.map((item) => item.type === "bulk" ? latin1(item.value) : "")
    : [];

/** What one set is made of: how it is kept, how many vectors of how many numbers, and REDUCE. */
const SETS: readonly (readonly [string, number, number, number])[] = [
  ["NOQUANT", 60, 6, 0],
  ["Q8", 250, 12, 0],
  ["BIN", 250, 130, 0],
  ["Q8", 80, 10, 5],
  ["Q8", 2500, 8, 0],
  ["Q8", 1, 3, 0],
];

for (const [quantization, count, dim, reduced] of SETS) {
  Deno.test({
    ...named(
      `${count} vectors of ${dim} numbers (${quantization}${
        reduced ? ", reduced" : ""
      }) go to Redis 8 and back by DUMP`,
      noOracle("redis-8"),
    ),
    async fn() {
      await using redis = await startOracle("redis-8");
      await using client = await redis.connect();
      using db = Redlite.open(":memory:", { extensions: [vec()] });
      const random = dice(count);
      const vectors = Array.from(
        { length: count },
        () => new Uint8Array(Float32Array.from({ length: dim }, () => random() - 0.5).buffer),
      );
      const add = (i: number): Argument[] => [
        ...["VADD", "k", ...reduced ? ["REDUCE", String(reduced)] : [], "FP32"],
        vectors[i]!,
        ...[`e${i}`, quantization, ...i % 3 === 0 ? ["SETATTR", `{"n":${i}}`] : []],
      ];
      for (let i = 0; i < count; i++) db.call("VADD", ...add(i).slice(1));
      const search = ["COUNT", "5", "WITHSCORES", "TRUTH"];
      const ours = (key: string, query: Uint8Array) =>
        db.call("VSIM", key, "FP32", query, ...search) as Map<string, number>;

      const payload = db.bytes.dump("k")!;
      assert.equal(format(await client.send("RESTORE", "k", "0", payload)), "+OK");
      const facts = format(await client.send("VINFO", "k"));
      assert.ok(facts.includes(`+size, :${count}`), facts);
      assert.ok(facts.includes(`+attributes-count, :${Math.ceil(count / 3)}`), facts);
      let found = 0, there = 0;
      for (let i = 0; i < Math.min(count, 20); i++) {
        const truth = elements(await client.send("VSIM", "k", "FP32", vectors[i]!, ...search));
        const scores = truth.filter((_, j) => j % 2 === 1).map(Number);
        const mine = [...ours("k", vectors[i]!).values()];
        for (const [j, score] of scores.entries()) assert.ok(Math.abs(score - mine[j]!) < 1e-6);
        // The links that it was given lead to what is near.
        const graph = elements(
          await client.send(
            "VSIM",
            "k",
            "FP32",
            vectors[i]!,
            "COUNT",
            "5",
            "WITHSCORES",
            "EF",
            "200",
          ),
        );
        const last = scores.at(-1)!;
        found += graph.filter((_, j) =>
          j % 2 === 1
        ).filter((score) => Number(score) >= last).length;
        there += scores.length;
      }
      assert.ok(found / there > 0.8, `Redis finds ${found} of ${there} by the links`);
      // It goes on with what it was given.
      const another = add(0).map((word) => word === "e0" ? "x" : word);
      assert.equal(format(await client.send(...another)), ":1");
      await client.send("VREM", "k", "x");

      const back = await client.send("DUMP", "k");
      assert.ok(back.type === "bulk");
      db.restore("back", 0, back.value);
      assert.equal(db.vcard("back"), count);
      assert.deepEqual(db.call("VEMB", "back", "e0", "RAW"), db.call("VEMB", "k", "e0", "RAW"));
      for (let i = 0; i < Math.min(count, 10); i++) {
        assert.deepEqual(
          [...ours("back", vectors[i]!).values()],
          [...ours("k", vectors[i]!).values()],
        );
      }
      assert.equal(db.vgetattr("back", "e0"), '{"n":0}');
    },
  });
}

Deno.test("a payload that is damaged is refused, and nothing is stored", () => {
  using db = Redlite.open(":memory:", { extensions: [vec()] });
  for (let i = 0; i < 20; i++) db.vadd("k", `e${i}`, [i, 1, 2], { setattr: "{}" });
  const payload = db.bytes.dump("k")!;
  const random = dice(9);
  for (let i = 0; i < 300; i++) {
    const damaged = payload.slice();
    damaged[Math.floor(random() * damaged.length)]! ^= 1 << Math.floor(random() * 8);
    assert.throws(() => db.restore("damaged", 0, damaged));
    assert.throws(() =>
      db.restore("damaged", 0, payload.slice(0, Math.floor(random() * payload.length)))
    );
    assert.equal(db.exists("damaged"), 0);
  }
});
