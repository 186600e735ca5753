/**
 * How long `sqlite3` waits for the write lock of a file that a server writes to, one client's SET after the other, with
 * a log before the database and without: once for each time it opens the file, and for what it asks next.
 */

import {
  decimals,
  launch,
  median,
  printTable,
  progress,
  readOptions,
  toNumber,
  VALUE_BYTES,
} from "./harness.ts";

const USAGE = `
deno run -A bench/lock_waits.ts [options]

  --visits N       how often sqlite3 opens the file (100)
  --pause N        milliseconds between two commands of the client (2)
`;

const options = readOptions(USAGE, { visits: "100", pause: "2" });
const visits = toNumber("visits", options.visits), pause = toNumber("pause", options.pause, 0);

const TWICE = `.timeout 10000
.timer on
BEGIN IMMEDIATE;
COMMIT;
BEGIN IMMEDIATE;
COMMIT;
`;

/** Takes the write lock twice. @returns Milliseconds that it took. */
async function visit(path: string): Promise<number[]> {
  const child = new Deno.Command("sqlite3", { args: [path], stdin: "piped", stdout: "piped" })
    .spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(TWICE));
  await stdin.close();
  const { success, stdout } = await child.output();
  const times = [...new TextDecoder().decode(stdout).matchAll(/Run Time: real ([\d.]+)/g)]
    .map(([, seconds]) => 1000 * Number(seconds));
  if (!success || times.length !== 4) throw new Error("sqlite3 was refused");
  return [times[0] ?? NaN, times[2] ?? NaN];
}

const rows: string[][] = [];
for (const behind of ["no", "yes"]) {
  progress(`write-behind ${behind}`);
  await using stack = new AsyncDisposableStack();
  const args = ["--write-behind", behind];
  const server = await launch(stack, "redlite", { appendfsync: "everysec", args });
  const client = await server.connect();
  let going = true;
  const writing = (async () => {
    for (let i = 0; going; i++) {
      await client.send("SET", `key:${i % 10_000}`, "x".repeat(VALUE_BYTES));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  })();
  const waits: number[][] = [];
  for (let i = 0; i < visits; i++) {
    // Long enough for the log to have begun again.
    await new Promise((resolve) => setTimeout(resolve, behind === "yes" ? 700 : 10));
    waits.push(await visit(server.databaseFile ?? ""));
  }
  going = false;
  await writing;
  client.close();
  const column = (at: number) => waits.map((wait) => wait[at] ?? NaN);
  const cells = (times: number[]) => [decimals(median(times)), decimals(Math.max(...times))];
  rows.push([`write-behind ${behind}`, ...cells(column(0)), ...cells(column(1))]);
}
printTable(["", "first ms", "at most", "next ms", "at most"], rows);
