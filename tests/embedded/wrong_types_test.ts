import { strict as assert } from "node:assert";
import { Redlite, RedliteError } from "../../mod.ts";
import { CAN_SERVE } from "../../src/runtime/runtime.ts";

/** Values that are no argument of any method, beyond what some methods take on purpose. */
const STRANGE: readonly unknown[] = [
  undefined,
  null,
  true,
  NaN,
  Symbol("s"),
  () => {},
  {},
  { foo: 1 },
  [[]],
  [null],
  new Date(NaN),
  new Map([["a", Symbol("s")]]),
  5,
  7n,
  "text",
];

/** What a TypeError of our own says. */
const CLEAR =
  /^(.+ must be .+, not .+|there is no option .+|the database is closed|a transaction is open .+|an aggregation takes the option bucket, .+)$/s;

/** Groups of methods on filters, sketches and time series. */
const FAMILIES = ["bf", "cf", "cms", "topk", "tdigest", "ts"] as const;

/** The methods of a database and of its `bytes`, with how many arguments they take at most. */
function methodsOf(db: Redlite): [name: string, method: (...args: unknown[]) => unknown][] {
  const prototypes = [Object.getPrototypeOf(db), Object.getPrototypeOf(db.bytes)];
  const names = new Set(prototypes.flatMap((prototype) => Object.getOwnPropertyNames(prototype)));
  for (
    const name of [
      "constructor",
      "core",
      "decode",
      "run",
      "runWaiting",
      "close",
      "history",
      "json",
      "ft",
      ...FAMILIES,
    ]
  ) {
    names.delete(name);
  }
  // These wait for ever by a number in the place of a timeout.
  for (const name of ["wait", "waitaof"]) names.delete(name);
  names.delete("function");
  const libraries = db.function;
  const documents = db.json;
  const search = db.ft;
  const families = FAMILIES.map((name) => db[name]);
  return [
    ...families.flatMap((family) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(family))
        .filter((name) => name !== "constructor").map((name) => methodOf(family, name))
    ),
    ...[...names].map((name) => methodOf(db, name)),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(libraries))
      .filter((name) => name !== "constructor").map((name) => methodOf(libraries, name)),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(search))
      .filter((name) => name !== "constructor").map((name) => methodOf(search, name)),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(documents))
      .filter((name) => name !== "constructor").map((name) => methodOf(documents, name)),
  ];
}

function methodOf(target: object, name: string): [string, (...args: unknown[]) => unknown] {
  const method = (target as Record<string, (...args: unknown[]) => unknown>)[name];
  assert.ok(typeof method === "function", name);
  return [name, method.bind(target)];
}

/** How many arguments a method that waits takes before its options. */
function placeOfOptions(name: string): number {
  if (name.startsWith("blmove")) return 4;
  if (name === "xreadgroupWait") return 3;
  return name.endsWith("mpop") ? 2 : 1;
}

/** Whether an error is one to give a caller for what it passed. */
function isClear(error: unknown): boolean {
  return error instanceof RedliteError ||
    error instanceof TypeError && CLEAR.test(error.message);
}

/** Calls, and gives what is wrong with the error, if it is not clear. */
async function unclear(call: () => unknown, what: string): Promise<string | undefined> {
  try {
    const result = call();
    if (result !== null && typeof result === "object" && "next" in result) {
      if (!(Symbol.asyncIterator in result)) (result as Iterator<unknown>).next();
      else await (result as AsyncIterator<unknown>).return?.();
    } else await result;
  } catch (error) {
    return isClear(error) ? undefined : `${what}: ${String(error)}`;
  }
  return undefined;
}

Deno.test("whatever a method is given, its errors are clear", async () => {
  await using db = Redlite.open(":memory:");
  const usual: unknown[] = ["k", "1", "2", "3"];
  const failures: string[] = [];
  for (const [name, method] of methodsOf(db)) {
    // Refused as a whole, whatever it is given.
    if (name === "listen" && !CAN_SERVE) continue;
    // A wait would last as long as what is waited for does not come.
    const signal = AbortSignal.abort(new RedliteError("ERR no wait"));
    for (const [i, strange] of STRANGE.entries()) {
      for (let at = 0; at < 4; at++) {
        const args = [...usual.slice(0, at), strange];
        if (/^b[lrz][a-z]+(?<!count)$|^xread.*Wait$/.test(name)) {
          while (args.length < placeOfOptions(name)) args.push("left");
          args.push({ signal });
        }
        const failure = await unclear(() => method(...args), `${name}, value ${i} at ${at}`);
        if (failure !== undefined) failures.push(failure);
      }
    }
  }
  assert.deepEqual(failures, []);
});

Deno.test("whatever the options of a range of samples are, the errors are clear", async () => {
  await using db = Redlite.open(":memory:");
  db.ts.add("s", 1000, 1, { labels: { a: "b" } });
  const { ts } = db;
  const calls: Record<string, (options: never) => unknown> = {
    get: (options) => ts.get("s", options),
    range: (options) => ts.range("s", "-", "+", options),
    revrange: (options) => ts.revrange("s", "-", "+", options),
    nrange: (options) => ts.nrange(["s"], "-", "+", options),
    nrevrange: (options) => ts.nrevrange(["s"], "-", "+", options),
    mget: (options) => ts.mget("a=b", options),
    mrange: (options) => ts.mrange("-", "+", "a=b", options),
    mrevrange: (options) => ts.mrevrange("-", "+", "a=b", options),
    samples: (options) => ts.samples("s", "-", "+", options),
    add: (options) => ts.add("s", 2000, 1, options),
    create: (options) => ts.create("new", options),
  };
  const names =
    "aggregation aggregations align bucket count latest filterByTs filterByValue empty groupBy " +
    "reduce selectedLabels withLabels excludeEmpty labels ignore retention";
  const failures: string[] = [];
  for (const [method, call] of Object.entries(calls)) {
    for (const strange of STRANGE) {
      const given = [
        strange,
        ...names.split(" ").map((name) => ({ bucket: 1, [name]: strange })),
        ...names.split(" ").map((name) => ({ [name]: strange })),
      ];
      for (const options of given) {
        const what = `${method} ${Deno.inspect(options)}`;
        const failure = await unclear(() => call(options as never), what);
        if (failure !== undefined) failures.push(failure);
      }
    }
  }
  assert.deepEqual(failures, []);
});
