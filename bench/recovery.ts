/**
 * How long the log before the database takes to be applied, and what is told meanwhile. A power cut is simulated that
 * takes everything but the log: the file is as it was before the first turn.
 */

import { cpuUsage } from "node:process";
import { crashed } from "../tests/store/log/crashes.ts";
import { commandTable } from "../src/commands/table/commands.ts";
import { Core } from "../src/embedded/running/core.ts";
import { toText } from "../src/embedded/data.ts";
import { chooseDriver } from "../src/sqlite/drivers.ts";
import { Store } from "../src/store/store.ts";
import {
  decimals,
  printTable,
  progress,
  rate,
  readOptions,
  toNumber,
  VALUE_BYTES,
} from "./harness.ts";

const USAGE = `
deno run -A bench/recovery.ts [options]

  --only NAME      the rows whose names contain NAME
  --megabytes N    size of the log (100)
  --keys N         keys to choose from at random (300000)
`;

const options = readOptions(USAGE, { only: "", megabytes: "100", keys: "300000" });
const bytes = toNumber("megabytes", options.megabytes) * 1024 * 1024;
const keys = toNumber("keys", options.keys);

const VALUE = "x".repeat(VALUE_BYTES);
const random = () => Math.floor(Math.random() * keys);
/** Turns of one command each. */
const ROWS: readonly (readonly [string, () => readonly string[]])[] = [
  ["SET", () => ["SET", `key:${random()}`, VALUE]],
  ["SET of 1000 bytes", () => ["SET", `key:${random()}`, "x".repeat(1000)]],
  ["INCR of one key", () => ["INCR", "counter"]],
  ["HSET", () => ["HSET", "hash", `field:${random()}`, VALUE]],
  ["ZADD", () => ["ZADD", "sorted", String(random()), `member:${random()}`]],
  ["LPUSH", () => ["LPUSH", "list", VALUE]],
];

/** Makes a log of so many bytes. @returns A database that lacks all of it. */
async function makeLog(path: string, command: () => readonly string[]): Promise<string> {
  // While a checkpoint is made turns are committed as they end, and the WAL is synced.
  const store = new Store(chooseDriver({ driver: "ffi" }), path, {
    durability: "no",
    externalCheckpoints: true,
  });
  if (store.log === undefined) throw new Error("there is no log in memory");
  store.log.wanted = true;
  const core = new Core(store, commandTable());
  const { behind } = store.log;
  if (behind === undefined) throw new Error(`no log can be kept: ${store.log.obstacle}`);
  // It goes on in one file, as if no sync of the WAL ended.
  behind.fileBytes = 2 * bytes;
  const before = crashed(path, "before.db");
  while (behind.size < bytes) {
    for (let i = 0; i < 1000; i++) {
      core.run(command(), toText);
      store.endTurn();
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  Deno.copyFileSync(`${path}-log`, `${before}-log`);
  await core.close();
  return before;
}

const rows: string[][] = [];
for (const [name, command] of ROWS.filter(([name]) => name.includes(options.only))) {
  progress(name);
  const directory = await Deno.makeTempDir();
  try {
    const path = await makeLog(`${directory}/app.db`, command);
    const { size } = await Deno.stat(`${path}-log`);
    let lines = 0, turns = 0;
    const startedAt = performance.now(), cpu = cpuUsage();
    const store = new Store(chooseDriver({ driver: "ffi" }), path);
    const report = (line: string) => {
      lines++;
      if (line.includes("cannot be applied")) throw new Error(line);
      turns = Number(/^(\d+) turns/.exec(line)?.[1] ?? turns);
    };
    const core = new Core(store, commandTable(), { report });
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = cpuUsage(cpu);
    await core.close();
    rows.push([
      name,
      decimals(size / 2 ** 20),
      String(turns),
      decimals(seconds),
      decimals((user + system) / 1e6),
      rate(turns / seconds),
      String(lines),
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
printTable(["", "MB", "turns", "seconds", "of the processor", "turns a second", "lines"], rows);
