/** Random shapes lie to each other as RediSearch says. */

import { strict as assert } from "node:assert";
import fc from "../../../harness/properties.ts";
import {
  type CoordinateSystem,
  isRelated,
  parseShape,
  type Relation,
  type Shape,
} from "../../../../src/store/geo/shapes.ts";
import { named, noOracle } from "../../../harness/lacking.ts";
import { latin1, type RespClient } from "../../../harness/resp_client.ts";
import { startOracle } from "../../../harness/servers.ts";
import { shapeText } from "./random_shapes.ts";

const RELATIONS: readonly Relation[] = ["WITHIN", "CONTAINS", "INTERSECTS", "DISJOINT"];
const DOCUMENTS = 100;
const QUERIES = 150;
/** What an error says of where edges cross depends on the ellipsoid, and of where they touch on how that was found. */
const DETAILS = /(?<=self-intersections\.).*|(?<= with apex at).*/s;

function parsed(text: string, system: CoordinateSystem): Shape | string {
  try {
    return parseShape(text, system);
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
}

/** The keys of the documents that a relation is true of, or the error. */
async function found(client: RespClient, relation: Relation, query: string) {
  const reply = await client.send(
    ...["FT.SEARCH", "index", `@shape:[${relation} $query]`, "PARAMS", "2", "query", query],
    ...["DIALECT", "3", "NOCONTENT", "LIMIT", "0", String(DOCUMENTS)],
  );
  if (reply.type === "error") return reply.value.replace("Error querying geoshape index: ", "");
  assert.ok(reply.type === "array");
  return new Set(reply.items.map((item) => item.type === "bulk" ? latin1(item.value) : ""));
}

async function compare(client: RespClient, system: CoordinateSystem): Promise<void> {
  await client.send("FT.CONFIG", "SET", "TIMEOUT", "0");
  const schema = ["SCHEMA", "shape", "GEOSHAPE", system.toUpperCase()];
  await client.send("FT.CREATE", "index", "PREFIX", "1", "d:", ...schema);
  const documents = new Map<string, { text: string; shape: Shape }>();
  for (const [i, text] of fc.sample(shapeText, { numRuns: DOCUMENTS, seed: 1 }).entries()) {
    const shape = parsed(text, system);
    if (typeof shape !== "string") documents.set(`d:${i}`, { text, shape });
    await client.send("HSET", `d:${i}`, "shape", text);
  }
  for (const text of fc.sample(shapeText, { numRuns: QUERIES, seed: 2 })) {
    const query = parsed(text, system);
    for (const relation of RELATIONS) {
      const wanted = await found(client, relation, text);
      if (typeof wanted === "string" || typeof query === "string") {
        const plain = (outcome: unknown) => String(outcome).replace(DETAILS, "");
        assert.equal(plain(query), plain(wanted), text);
        continue;
      }
      for (const [key, { text: document, shape }] of documents) {
        const told = `${document} ${relation} ${text}`;
        assert.equal(isRelated(relation, shape, query, system), wanted.has(key), told);
      }
    }
  }
}

for (const system of ["flat", "spherical"] as const) {
  Deno.test({
    ...named(
      `random ${system} shapes lie to each other as RediSearch says`,
      noOracle("redis-stack"),
    ),
    async fn() {
      await using stack = await startOracle("redis-stack");
      await using client = await stack.connect();
      await compare(client, system);
    },
  });
}
