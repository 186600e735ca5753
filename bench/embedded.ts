/**
 * The embedded API against what a good user writes by hand over `node:sqlite`: one prepared statement per operation,
 * WAL, `synchronous=NORMAL`, a page cache that holds the data. The peer has no types, no expiry and no versions.
 *
 * The peer has two table layouts; Redlite is judged against the faster one. Its text operations store and bind text
 * as it is, which spares it the conversions that binary safety costs Redlite.
 *
 * With `--write-behind` there is one more Redlite, with the log before the database, whose sets are to be three times
 * the peer's, and 150,000 a second.
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Redlite } from "../mod.ts";
import {
  decimals,
  directoryOnDisk,
  inTurn,
  keyName,
  median,
  printTable,
  progress,
  randomIntegers,
  rate,
  readOptions,
  settleDisk,
  spread,
  toNumber,
  VALUE_BYTES,
  verdict,
} from "./harness.ts";

const USAGE = `
deno run -A bench/embedded.ts [options]

  --driver NAME   ffi or builtin; without it both
  --write-behind  also with the log before the database, synced every second
  --only NAME     operations whose name contains NAME
  --rounds N      counted rounds (5)
  --seconds N     how long one measurement takes (1)
  --keys N        keys in the database (300000)
  --stretch N     operations in one synchronous stretch of code (1000)
  --seed N        seed of the random order (1)
`;

const DRIVERS = ["ffi", "builtin"] as const;
type DriverName = typeof DRIVERS[number];

/** Sets in one transaction of the transaction operation. */
const TRANSACTION_SETS = 100;

/** The peer's page cache in KiB; all its pages fit. */
const PEER_CACHE_KIB = 65536;

/** Values that take turns, so that a set changes what is stored. */
const VALUES = Array.from({ length: 64 }, (_, index) => String(index).padStart(VALUE_BYTES, "v"));

/** Random numbers drawn beforehand, a power of two, so that drawing them costs nothing while measuring. */
const DRAWS = 1 << 20;

/** One way of doing the operations. Keys go by their number. */
interface Subject extends Disposable {
  name: string;
  /** Whether it is held to {@linkcode Operation.goalBehind}. */
  writeBehind?: boolean;
  getText(key: number): string | null;
  getBytes(key: number): Uint8Array | null;
  set(key: number, value: string): void;
  transaction(sets: () => void): void;
}

/** The keys, as text and as bytes. */
interface Keys {
  text: string[];
  bytes: Uint8Array[];
}

interface Operation {
  name: string;
  /** How many operations one call of `run` counts for. */
  size: number;
  writes: boolean;
  /** The least ratio to the faster peer that is acceptable, where one is set. */
  goal?: { floor: number; aim: number };
  /** The same with the log before the database, if it is another. */
  goalBehind?: { floor: number; aim: number };
  /** Does the operation on the key at a place in the random order; false if the value was not there. */
  run(subject: Subject, order: Uint32Array, at: number): boolean;
}

const OPERATIONS: Operation[] = [
  {
    name: "get text",
    size: 1,
    writes: false,
    goal: { floor: 1.5, aim: 3 },
    run: (subject, order, at) => subject.getText(order[at]!)?.length === VALUE_BYTES,
  },
  {
    name: "get bytes",
    size: 1,
    writes: false,
    goal: { floor: 1.5, aim: 3 },
    run: (subject, order, at) => subject.getBytes(order[at]!)?.length === VALUE_BYTES,
  },
  {
    name: "set",
    size: 1,
    writes: true,
    goal: { floor: 1.2, aim: 2 },
    goalBehind: { floor: 3, aim: 3 },
    run(subject, order, at) {
      subject.set(order[at]!, VALUES[at % VALUES.length]!);
      return true;
    },
  },
  {
    name: `set, ${TRANSACTION_SETS} a transaction`,
    size: TRANSACTION_SETS,
    writes: true,
    run(subject, order, at) {
      subject.transaction(() => {
        for (let index = 0; index < TRANSACTION_SETS; index++) {
          subject.set(order[(at + index) % DRAWS]!, VALUES[(at + index) % VALUES.length]!);
        }
      });
      return true;
    },
  },
];

/** @param writeBehind Whether turns go to a log before they go to the database. */
function openRedlite(
  directory: string,
  driver: DriverName,
  keys: Keys,
  writeBehind = false,
): Subject {
  const name = writeBehind ? `${driver}-behind` : driver;
  const db = Redlite.open(`${directory}/redlite-${name}.db`, { driver, writeBehind });
  const bytes = db.bytes;
  db.transaction(() => {
    for (const key of keys.text) db.set(key, VALUES[0]!);
  });
  return {
    name: `redlite ${name}`,
    writeBehind,
    getText: (key) => db.get(keys.text[key]!),
    getBytes: (key) => bytes.get(keys.bytes[key]!),
    set: (key, value) => void db.set(keys.text[key]!, value),
    transaction: (sets) => void db.transaction(sets),
    [Symbol.dispose]: () => db[Symbol.dispose](),
  };
}

type Layout = "WITHOUT ROWID" | "rowid";

/** One file of the peer's, with an empty table. */
function openPeerFile(path: string, layout: Layout): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -${PEER_CACHE_KIB};
    CREATE TABLE keys(key BLOB PRIMARY KEY, value BLOB)${
    layout === "rowid" ? "" : " WITHOUT ROWID"
  };
  `);
  return db;
}

const PEER_GET = "SELECT value FROM keys WHERE key = ?";
const PEER_SET = `INSERT INTO keys(key, value) VALUES (?, ?)
  ON CONFLICT(key) DO UPDATE SET value = excluded.value`;

function inTransaction(db: DatabaseSync, body: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    body();
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

/** The peer: a file of texts and a file of bytes, each used by its own operations only. */
function openPeer(directory: string, layout: Layout, keys: Keys): Subject {
  const name = layout === "rowid" ? "rowid" : "without-rowid";
  const texts = openPeerFile(`${directory}/peer-${name}-text.db`, layout);
  const blobs = openPeerFile(`${directory}/peer-${name}-bytes.db`, layout);
  const setText = texts.prepare(PEER_SET);
  inTransaction(texts, () => {
    for (const key of keys.text) setText.run(key, VALUES[0]!);
  });
  const blob = new TextEncoder().encode(VALUES[0]);
  const setBytes = blobs.prepare(PEER_SET);
  inTransaction(blobs, () => {
    for (const key of keys.bytes) setBytes.run(key, blob);
  });
  const getText = texts.prepare(PEER_GET);
  const getBytes = blobs.prepare(PEER_GET);
  const value = (statement: StatementSync, key: string | Uint8Array) => {
    const row = statement.get(key);
    return row === undefined ? null : row["value"];
  };
  return {
    name: `node:sqlite ${layout}`,
    getText: (key) => value(getText, keys.text[key]!) as string | null,
    getBytes: (key) => value(getBytes, keys.bytes[key]!) as Uint8Array | null,
    set: (key, value) => void setText.run(keys.text[key]!, value),
    transaction: (sets) => inTransaction(texts, sets),
    [Symbol.dispose]() {
      texts.close();
      blobs.close();
    },
  };
}

/** Random key numbers, the same for every subject. */
function randomOrder(keys: number, seed: number): Uint32Array {
  const draw = randomIntegers(seed);
  return Uint32Array.from({ length: DRAWS }, () => draw(keys));
}

/**
 * Repeats an operation for so many seconds, giving the event loop a pass after each synchronous stretch: what a
 * subject puts off until then counts.
 *
 * @returns operations per second
 */
async function pace(
  operation: Operation,
  subject: Subject,
  order: Uint32Array,
  start: number,
  seconds: number,
  stretch: number,
): Promise<number> {
  const calls = Math.ceil(stretch / operation.size);
  const begin = performance.now();
  let done = 0;
  let at = start % DRAWS;
  let elapsed = 0;
  while (elapsed < seconds * 1000) {
    for (let call = 0; call < calls; call++) {
      if (!operation.run(subject, order, at)) {
        throw new Error(`${subject.name}: key ${order[at]} has no value of ${VALUE_BYTES} bytes`);
      }
      at = (at + operation.size) % DRAWS;
    }
    done += calls * operation.size;
    await new Promise((resolve) => setImmediate(resolve));
    elapsed = performance.now() - begin;
  }
  return done / elapsed * 1000;
}

async function main(): Promise<void> {
  const options = readOptions(USAGE, {
    driver: "",
    "write-behind": false,
    only: "",
    rounds: "5",
    seconds: "1",
    keys: "300000",
    stretch: "1000",
    seed: "1",
  });
  const drivers = DRIVERS.filter((name) => options.driver === "" || options.driver === name);
  if (drivers.length === 0) throw new Error(`--driver takes ${DRIVERS.join(" or ")}`);
  const operations = OPERATIONS.filter((operation) => operation.name.includes(options.only));
  const rounds = toNumber("rounds", options.rounds);
  const seconds = toNumber("seconds", options.seconds, 0.01);
  const stretch = toNumber("stretch", options.stretch);
  const count = toNumber("keys", options.keys);

  await using stack = new AsyncDisposableStack();
  const directory = await directoryOnDisk(stack);
  const text = Array.from({ length: count }, (_, index) => keyName(index));
  const keys: Keys = { text, bytes: text.map((key) => new TextEncoder().encode(key)) };
  const order = randomOrder(count, toNumber("seed", options.seed));
  progress(`filling the databases with ${rate(count)} keys`);
  const ours = drivers.map((driver) => stack.use(openRedlite(directory, driver, keys)));
  if (options["write-behind"]) ours.push(stack.use(openRedlite(directory, "ffi", keys, true)));
  const peers = (["WITHOUT ROWID", "rowid"] as const)
    .map((layout) => stack.use(openPeer(directory, layout, keys)));
  const subjects = [...ours, ...peers];

  const results: string[][] = [];
  for (const operation of operations) {
    const rates = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
    // The first round warms up.
    for (let round = -1; round < rounds; round++) {
      for (const subject of inTurn(subjects, round + 1)) {
        if (operation.writes) await settleDisk(directory);
        const start = (round + 1) * 100_003;
        const result = await pace(operation, subject, order, start, seconds, stretch);
        if (round >= 0) rates.get(subject)?.push(result);
      }
    }
    progress(`${operation.name}: done`);
    results.push(...report(operation, ours, peers, (subject) => rates.get(subject) ?? []));
  }
  console.log(
    `${rate(count)} keys of 16 bytes, values of ${VALUE_BYTES} bytes, random order, ` +
      `${rounds} rounds, ${stretch} operations a stretch`,
  );
  printTable(
    [
      "operation",
      "subject",
      "ops/s",
      "µs/op",
      ...peers.map((peer) => `× ${peer.name.replace("node:sqlite ", "")}`),
      "floor",
      "aim",
      "verdict",
    ],
    results,
  );
}

/** A line for each subject; Redlite's with its ratio to each peer, judged by the lower one. */
function report(
  operation: Operation,
  ours: Subject[],
  peers: Subject[],
  rates: (subject: Subject) => number[],
): string[][] {
  const line = (subject: Subject) => [
    operation.name,
    subject.name,
    spread(rates(subject), rate),
    decimals(1e6 / median(rates(subject))),
  ];
  return [
    ...ours.map((subject) => {
      const goal = subject.writeBehind ? operation.goalBehind ?? operation.goal : operation.goal;
      const ratios = peers.map((peer) => median(rates(subject)) / median(rates(peer)));
      return [
        ...line(subject),
        ...ratios.map(decimals),
        goal ? decimals(goal.floor) : "",
        goal ? decimals(goal.aim) : "",
        goal ? verdict(Math.min(...ratios), goal.floor, goal.aim) : "",
      ];
    }),
    ...peers.map((peer) => [...line(peer), ...peers.map(() => ""), "", "", ""]),
  ];
}

if (import.meta.main) await main();
