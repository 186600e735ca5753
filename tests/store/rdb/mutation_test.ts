/**
 * Payloads with random changes. `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other changes and
 * more of them.
 */

import { strict as assert } from "node:assert";
import { RDB_TYPE } from "../../../src/store/rdb/format.ts";
import { readDump } from "../../../src/store/rdb/reader.ts";
import { CommandError } from "../../../src/store/values/errors.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { quote } from "../../harness/resp_client.ts";
import { startRedis } from "../../harness/servers.ts";
import { bodies, mutated } from "./mutations.ts";
import { type Contents, Recorder, sealed } from "./payloads.ts";
import { randomNumbers } from "./random.ts";
import { SEED } from "../../harness/seed.ts";

const RUNS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 20_000);

/** Changed payloads of types up to `newest`, one for each run. */
function* payloads(runs: number, newest: number): Generator<Uint8Array> {
  const below = randomNumbers(SEED);
  const all = bodies().filter(([type]) => type! <= newest);
  for (let run = 0; run < runs; run++) yield sealed(mutated(all[below(all.length)]!, below), 10);
}

/** What is read, undefined if the payload is refused: with the right error, and nothing told before. */
function readOrRefused(payload: Uint8Array): Contents | undefined {
  const recorder = new Recorder();
  try {
    readDump(new Slice(payload), recorder);
  } catch (error) {
    assert.ok(error instanceof CommandError, String(error));
    assert.equal(error.message, "ERR Bad data format");
    assert.equal(recorder.contents, undefined);
    return undefined;
  }
  assert.ok(recorder.contents !== undefined);
  return recorder.contents;
}

/** Runs a check and says of a failure how to get it again. */
function explained(payload: Uint8Array, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw new Error(`REDLITE_TEST_SEED=${SEED} gives it again: ${quote(payload)}`, {
      cause: error,
    });
  }
}

Deno.test("a changed payload is read whole or refused whole", () => {
  let read = 0, refused = 0;
  for (const payload of payloads(RUNS, RDB_TYPE.ARRAY)) {
    explained(payload, () => {
      const contents = readOrRefused(payload);
      if (contents === undefined) {
        refused++;
        return;
      }
      read++;
      const { kind, count, items, lastInserted } = contents;
      assert.ok(count > 0 || kind === "stream");
      assert.equal(items.length, count);
      if (kind === "string" || kind === "list") return;
      if (kind === "array") {
        const indexes = [lastInserted ?? 0, ...items.map(([index]) => index)];
        assert.ok(indexes.every((index) => BigInt(index!) < 2n ** 64n - 1n));
        return;
      }
      assert.equal(new Set(items.map(([first]) => first)).size, count, "a member twice");
      if (kind === "zset") assert.ok(items.every(([, score]) => score !== "NaN"));
      if (kind === "hash") assert.ok(items.every(([, , time]) => Number(time) < 2 ** 48));
    });
  }
  assert.ok(read > RUNS / 20 && refused > RUNS / 20, `${read} read, ${refused} refused`);
});

Deno.test({
  ...named("no changed payload is read that redis-server refuses", noRedis()),
  async fn() {
    await using server = await startRedis({ args: ["--sanitize-dump-payload", "yes"] });
    await using client = await server.connect();
    // A count of four or eight bytes: redis-server 7.0 takes memory for all that it claims.
    const claimsTooMuch = ([type, count]: Uint8Array) =>
      type! <= RDB_TYPE.ZSET_2 && count! >> 6 === 2;
    const all = [...payloads(RUNS / 5, RDB_TYPE.STREAM_2)]
      .filter((payload) => payload[0] === RDB_TYPE.STRING || !claimsTooMuch(payload));
    const answers = await client.pipeline(
      all.map((payload) => ["RESTORE", "k", "0", payload, "REPLACE"]),
    );
    for (const [i, payload] of all.entries()) {
      const answer = answers[i]!;
      explained(payload, () => {
        const contents = readOrRefused(payload);
        if (answer.type === "error") {
          assert.equal(answer.value, "ERR Bad data format");
          assert.equal(contents, undefined);
        }
      });
    }
  },
});
