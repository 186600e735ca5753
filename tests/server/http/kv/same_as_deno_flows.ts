/// <reference lib="deno.unstable" />
/** The same operations on Deno's own local database: the results are the same. See deno_kv_test.ts. */

import { strict as assert } from "node:assert";
import fc from "../../../harness/properties.ts";
import { serve } from "../served.ts";

const RUNS = 40;

/** A part of a key; there are few, so that operations meet. */
const part = fc.constantFrom<Deno.KvKeyPart>(
  "a",
  "b",
  "a\0",
  "é",
  1,
  -1.5,
  2n,
  -300n,
  true,
  new Uint8Array([0, 1]),
);
const key = fc.array(part, { maxLength: 3 });
/** Keys that hold numbers of 64 bits only. */
const counter = fc.constantFrom<Deno.KvKey>(["#", 1], ["#", 2], ["#", 3]);
const amount = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 40 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const mutation = fc.oneof(
  fc.record({ type: fc.constant("set" as const), key, value }),
  fc.record({ type: fc.constant("delete" as const), key }),
  fc.record({
    type: fc.constantFrom("sum" as const, "min" as const, "max" as const),
    key: counter,
    value: amount,
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const selector = fc.oneof(
  fc.record({ prefix: key }),
  fc.record({ start: key, end: key }),
  fc.tuple(key, part).map(([prefix, more]) => ({ prefix, start: [...prefix, more] })),
  fc.tuple(key, part).map(([prefix, more]) => ({ prefix, end: [...prefix, more] })),
);
const operation = fc.oneof(
  fc.record({ does: fc.constant("set" as const), key, value }),
  fc.record({ does: fc.constant("delete" as const), key }),
  fc.record({ does: fc.constant("get" as const), key }),
  fc.record({ does: fc.constant("many" as const), keys: fc.array(key, { maxLength: 10 }) }),
  fc.record({
    does: fc.constant("list" as const),
    selector,
    limit: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    batchSize: fc.integer({ min: 1, max: 5 }),
    reverse: fc.boolean(),
    consistency: fc.constantFrom("strong" as const, "eventual" as const),
  }),
  fc.record({
    does: fc.constant("atomic" as const),
    checks: fc.array(fc.tuple(key, fc.constantFrom("absent", "current", "old")), { maxLength: 2 }),
    mutations: fc.array(mutation, { maxLength: 6 }),
  }),
  fc.record({ does: fc.constant("wrong" as const), key, value: amount }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** One of the two databases, in a part of it that is empty. */
class Side {
  readonly #kv: Deno.Kv;
  readonly #root: Deno.KvKey;
  /** Which write a versionstamp is of, for the stamps themselves are no two databases' the same. */
  readonly #writes = new Map<string, number>();
  readonly #old = new Map<string, string>();

  constructor(kv: Deno.Kv, run: number) {
    this.#kv = kv;
    this.#root = [run];
  }

  #key(key: Deno.KvKey): Deno.KvKey {
    return [...this.#root, ...key];
  }

  #entry({ key, value, versionstamp }: Deno.KvEntryMaybe<unknown>): unknown {
    const write = versionstamp === null ? null : this.#writes.get(versionstamp);
    assert.notEqual(write, undefined);
    return { key, value, write };
  }

  #written(outcome: Deno.KvCommitResult | Deno.KvCommitError): boolean {
    if (outcome.ok) this.#writes.set(outcome.versionstamp, this.#writes.size);
    return outcome.ok;
  }

  async run(operation: Operation): Promise<unknown> {
    const kv = this.#kv;
    switch (operation.does) {
      case "set":
        return this.#written(await kv.set(this.#key(operation.key), operation.value));
      case "delete":
        return await kv.delete(this.#key(operation.key));
      case "get":
        return this.#entry(await kv.get(this.#key(operation.key)));
      case "many": {
        const entries = await kv.getMany(operation.keys.map((key) => this.#key(key)));
        return entries.map((entry) => this.#entry(entry));
      }
      case "list":
        return await this.#list(operation);
      case "atomic":
        return await this.#atomic(operation.checks, operation.mutations);
      case "wrong": {
        const key = this.#key(operation.key);
        await kv.set(key, "no number").then((outcome) => this.#written(outcome));
        const error = await kv.atomic().sum(key, operation.value).commit().catch((error) => error);
        assert.ok(error instanceof Error);
        // What Deno has around the message is not the same from afar.
        return /Failed to perform .*/.exec(error.message)?.[0];
      }
    }
  }

  async #list(operation: Extract<Operation, { does: "list" }>): Promise<unknown> {
    const { selector, limit, ...options } = operation;
    const whole = Object.fromEntries(
      Object.entries(selector).map(([name, key]) => [name, this.#key(key)]),
    ) as Deno.KvListSelector;
    try {
      const iterator = this.#kv.list(whole, { ...options, ...limit && { limit } });
      const found: unknown[] = [];
      for await (const entry of iterator) found.push(this.#entry(entry));
      return { found, cursor: iterator.cursor };
    } catch (error) {
      assert.ok(error instanceof TypeError);
      return error.message;
    }
  }

  async #atomic(
    checks: readonly (readonly [Deno.KvKey, string])[],
    mutations: readonly Mutation[],
  ): Promise<unknown> {
    const atomic = this.#kv.atomic();
    for (const [key, kind] of checks) {
      const whole = this.#key(key);
      const name = JSON.stringify(key, (_, part) => typeof part === "bigint" ? `${part}n` : part);
      const current = (await this.#kv.get(whole)).versionstamp;
      const versionstamp = kind === "absent"
        ? null
        : kind === "current"
        ? current
        : this.#old.get(name) ?? null;
      if (current !== null) this.#old.set(name, current);
      atomic.check({ key: whole, versionstamp });
    }
    for (const mutation of mutations) {
      const key = this.#key(mutation.key);
      if (mutation.type === "set") atomic.set(key, mutation.value);
      else if (mutation.type === "delete") atomic.delete(key);
      else atomic[mutation.type](key, mutation.value);
    }
    return this.#written(await atomic.commit());
  }

  async everything(): Promise<unknown[]> {
    const found: unknown[] = [];
    for await (const entry of this.#kv.list({ prefix: this.#root })) found.push(this.#entry(entry));
    return found;
  }
}

Deno.test("random operations come to the same as on Deno's own local database", async () => {
  await using server = await serve({ password: "secret-token" });
  using local = await Deno.openKv(":memory:");
  using remote = await Deno.openKv(server.url);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 60 }), async (operations) => {
      run++;
      const expected = new Side(local, run), actual = new Side(remote, run);
      for (const operation of operations) {
        assert.deepEqual(await actual.run(operation), await expected.run(operation));
      }
      assert.deepEqual(await actual.everything(), await expected.everything());
    }),
    { numRuns: RUNS },
  );
});

Deno.test("what is past a limit is refused in the same words", async () => {
  await using server = await serve({ password: "secret-token" });
  using local = await Deno.openKv(":memory:");
  using remote = await Deno.openKv(server.url);
  const keys = (count: number) => Array.from({ length: count }, (_, i) => ["k", i]);
  const attempts: ((kv: Deno.Kv) => Promise<unknown>)[] = [
    (kv) => kv.set(["x".repeat(2047)], 1),
    (kv) => kv.get(["x".repeat(3000)]),
    (kv) => kv.set(["v"], new Uint8Array(65537)),
    (kv) => kv.getMany(keys(11)),
    (kv) => keys(1001).reduce((atomic, key) => atomic.set(key, 1), kv.atomic()).commit(),
    (kv) =>
      keys(101).reduce((atomic, key) => atomic.check({ key, versionstamp: null }), kv.atomic())
        .commit(),
    (kv) =>
      keys(20).reduce((atomic, key) => atomic.set(key, new Uint8Array(60_000)), kv.atomic())
        .commit(),
    (kv) => kv.set([], 1),
    (kv) => Array.fromAsync(kv.list({ prefix: [] }, { batchSize: 1001 })),
    (kv) => kv.watch(keys(11)).getReader().read(),
    (kv) => kv.set(["k"], 1, { expireIn: -1 }),
  ];
  for (const attempt of attempts) {
    const [expected, actual] = await Promise.all(
      [local, remote].map((kv) =>
        (async () => await attempt(kv))().then(() => "done", (error) => `${error}`)
      ),
    );
    assert.equal(actual, expected, String(attempt));
  }
});
