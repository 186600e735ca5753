/** The log: what is in it, in which form, how much of it, and where it goes. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { APPLICATION_ID, SCHEMA_VERSION } from "../../../src/store/file/schema.ts";
import { KEY_TABLES } from "../../../src/store/file/tables.ts";
import { KEY_VIEWS } from "../../../src/store/file/views.ts";
import { encode, format, RespClient } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory, type TestServer } from "../../harness/servers.ts";
import { Incidents } from "../../../src/server/log/incidents.ts";
import { Log, type LogFormat } from "../../../src/server/log/log.ts";
import { ProgressBar } from "../../../src/server/log/progress_bar.ts";
import { Job } from "../../../src/engine/jobs.ts";
import { run } from "../run.ts";

/** A log on a clock of its own, and what it has written. */
async function logged(
  format: LogFormat,
  write: (log: Log, advance: (ms: number) => void) => void,
): Promise<string[]> {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/log`;
  let now = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
  const log = new Log({ level: "notice", format, path, now: () => now });
  write(log, (ms) => now += ms);
  return (await Deno.readTextFile(path)).trimEnd().split("\n");
}

/** The lines of a server's log that match. @returns After at least one is there. */
async function linesOf(server: TestServer, pattern: RegExp): Promise<string[]> {
  await using client = await server.connect();
  while (true) {
    const lines = server.log.split("\n").filter((line) => pattern.test(line));
    if (lines.length > 0) return lines;
    await client.send("PING");
  }
}

Deno.test("a line has its time, its level and its message, and is one line whatever is in it", async () => {
  const lines = await logged("text", (log) => {
    log.report("a disk is full");
    log.report("ready", "notice");
    log.report("two\r\nlines and \x1b[31m colour");
    log.report("too much", "verbose");
  });
  assert.deepEqual(lines, [
    "2026-01-02T03:04:05.006Z warning a disk is full",
    "2026-01-02T03:04:05.006Z notice ready",
    "2026-01-02T03:04:05.006Z warning two  lines and  [31m colour",
  ]);
});

Deno.test("a long message is cut", async () => {
  const [line] = await logged("text", (log) => log.report("x".repeat(100_000)));
  assert.equal(line?.slice(25), `warning ${"x".repeat(1000)}…`);
});

Deno.test("the end of the log tells what was left out since it was last told", async () => {
  const lines = await logged("text", (log) => {
    for (let i = 0; i < 3; i++) log.limited("disk full", "refused");
    log.limited("another", "told once");
    log.end();
  });
  assert.deepEqual(lines.map((line) => line.slice(25)), [
    "warning refused",
    "warning told once",
    "notice left out of the log, 2 times more: disk full",
  ]);
});

Deno.test("as JSON each line is an object", async () => {
  const [line] = await logged("json", (log) => log.report('says "no"\n', "notice"));
  assert.deepEqual(JSON.parse(line!), {
    time: "2026-01-02T03:04:05.006Z",
    level: "notice",
    pid: Deno.pid,
    message: 'says "no"\n',
  });
});

Deno.test("a cause is told once a minute, and then how often it was left out", async () => {
  const lines = await logged("text", (log, advance) => {
    for (let i = 0; i < 5; i++) log.limited("disk", `refused ${i}`);
    log.limited("other", "another cause");
    advance(60_000);
    log.limited("disk", "refused again");
  });
  assert.deepEqual(lines.map((line) => line.slice(33)), [
    "refused 0",
    "another cause",
    "refused again (and 4 times more before)",
  ]);
});

Deno.test("more causes than are counted at a time are told all the same", async () => {
  const lines = await logged("text", (log) => {
    for (let i = 0; i < 1000; i++) log.limited(`cause ${i}`, `told ${i}`);
  });
  assert.equal(lines.length, 1000);
});

Deno.test("a log file that cannot be written to any more gives way to the standard error", () => {
  const log = new Log({ level: "notice", format: "text", path: "/nowhere/at/all" });
  const { error } = console;
  const written: unknown[] = [];
  console.error = (line: unknown) => void written.push(line);
  try {
    log.report("still told");
  } finally {
    console.error = error;
  }
  assert.match(String(written), /warning still told$/);
});

Deno.test("a server logs its start, each listener and its stop, one line each", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/server.log`;
  const socket = `${directory.path}/socket`;
  const args = ["--logfile", path, "--log-format", "json", "--unixsocket", socket];
  const server = await startRedlite({ args, directory: directory.path });
  await server.stop();
  assert.equal(server.log, "", "all of it is in the file");
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  const [started, tcp, unix, ...rest] = lines
    .map(({ level, message }) => `${level} ${message}`)
    .filter((line) => !line.includes("REDLITE_TEST"));
  assert.match(started!, /^notice Redlite \S+ started on \S+redlite.db: process \d+, Deno \d/);
  assert.equal(tcp, `notice listening on 127.0.0.1:${server.port}`);
  assert.equal(unix, `notice listening on ${socket}`);
  assert.deepEqual(rest, ["notice stopping: SIGTERM", "notice stopped"]);
});

Deno.test("SHUTDOWN is logged as what stopped the server", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.raw(encode(["SHUTDOWN"]));
  await client.readUntilClosed();
  await server.stop();
  assert.match(server.log, /notice stopping: SHUTDOWN\n.*notice stopped\n$/);
});

Deno.test("clients that are cut off are told of, with the reason", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  const cutOff = async (config: string[], act: (client: RespClient) => Promise<void>) => {
    assert.equal(format(await admin.send("CONFIG", "SET", ...config)), "+OK");
    await using client = await server.connect();
    await act(client).catch(() => {});
    await client.readUntilClosed().catch(() => []);
  };
  await cutOff(["client-query-buffer-limit", "1mb"], async (client) => {
    await client.raw(encode(["SET", "k", "x".repeat(3 * 1024 * 1024)]));
  });
  await cutOff(["client-output-buffer-limit", "normal 1mb 0 0"], async (client) => {
    const value = "x".repeat(500_000);
    await admin.send("SET", "k", value);
    await client.raw(encode(...Array.from({ length: 100 }, () => ["GET", "k"])));
    await linesOf(server, /client-output-buffer-limit/);
  });
  await cutOff(["timeout", "1"], async () => {});
  const [query] = await linesOf(server, /client-query-buffer-limit/);
  assert.match(
    query!,
    /warning client \d+ \(127\.0\.0\.1:\d+, user default\) is cut off: .* 1048576$/,
  );
  const [output] = await linesOf(server, /client-output-buffer-limit/);
  assert.match(
    output!,
    /is cut off: it leaves more unread than client-output-buffer-limit allows: 1048576 bytes, or/,
  );
  const [idle] = await linesOf(server, /idle/);
  assert.match(idle!, /is cut off: idle for \d+ s, which is the timeout$/);
});

Deno.test("with hide-user-data-from-log what clients call themselves is not told", async () => {
  await using server = await startRedlite({ args: ["--hide-user-data-from-log", "yes"] });
  await using client = await server.connect();
  await client.send("CLIENT", "SETNAME", "secret");
  await client.raw(new TextEncoder().encode("*1\r\n:oops\r\n"));
  await client.readUntilClosed();
  const [line] = await linesOf(server, /is cut off/);
  assert.match(
    line!,
    /client \d+ \(127\.0\.0\.1:\d+, \*redacted\*, user \*redacted\*\) is cut off/,
  );
  assert.doesNotMatch(server.log, /secret/);
});

Deno.test("protocol errors and refused connections are told once a minute", async () => {
  await using server = await startRedlite({ args: ["--maxclients", "2"] });
  await using _first = await server.connect();
  for (let i = 0; i < 3; i++) {
    await using client = await server.connect();
    await client.raw(new TextEncoder().encode("*1\r\n$x\r\n"));
    await client.readUntilClosed();
  }
  {
    await using _second = await server.connect();
    for (let i = 0; i < 3; i++) {
      await using refused = await RespClient.connect({ port: server.port });
      await refused.readUntilClosed();
    }
  }
  const about = (words: string) => server.log.split(words).length - 1;
  await linesOf(server, /maxclients/);
  assert.equal(about("protocol error"), 1);
  assert.equal(about("is turned away: maxclients is 2"), 1);
});

Deno.test("CONFIG SET loglevel changes what is logged: connections, at verbose", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  assert.equal(format(await admin.send("CONFIG", "SET", "loglevel", "verbose")), "+OK");
  (await server.connect()).close();
  const [line] = await linesOf(server, /closed$/);
  assert.match(line!, /verbose client \d+ \(127\.0\.0\.1:\d+, user default\) closed$/);
  assert.doesNotMatch(server.log, /client 1 .* connected/);
});

Deno.test("a variable that cannot be read, or that no flag has, is named at the start", async () => {
  await using named = await startRedlite({ env: { REDLITE_TIMEOUTS: "5" } });
  assert.match(named.log, /REDLITE_TIMEOUTS is the name of no flag/);
  const permissions = [
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-ffi",
    "--no-prompt",
  ];
  await using unseen = await startRedlite({ env: { REDLITE_TIMEOUT: "5" }, permissions });
  assert.match(unseen.log, /variables named REDLITE_\* are not looked at: that needs --allow-env/);
  const some = [...permissions, "--allow-env=REDLITE_TIMEOUT"];
  await using partly = await startRedlite({ env: { REDLITE_TIMEOUT: "5" }, permissions: some });
  assert.match(partly.log, /of the variables named REDLITE_\* only REDLITE_TIMEOUT may be read/);
  await using client = await partly.connect();
  assert.match(format(await client.send("CONFIG", "GET", "timeout")), /"5"/);
});

Deno.test("an error at the start names the file it is about", async () => {
  await using directory = await temporaryDirectory();
  const absent = `${directory.path}/none/app.db`;
  const outcome = await run(["--db", absent, "--addr", "127.0.0.1:0"]);
  assert.equal(outcome.code, 1);
  assert.equal(
    outcome.stderr,
    `redlite: cannot open the database file ${absent}; check --db, its directory and their permissions\n`,
  );
  const log = `${directory.path}/none/log`;
  const unwritable = await run(["--storage", "memory", "--logfile", log]);
  assert.equal(unwritable.code, 1);
  assert.match(unwritable.stderr, /^redlite: cannot write the log file \S+none\/log: /);
});

Deno.test("a start that fails is in the log file too", async () => {
  await using directory = await temporaryDirectory();
  const log = `${directory.path}/log`;
  const { code } = await run(["--db", `${directory.path}/none/app.db`, "--logfile", log]);
  assert.equal(code, 1);
  assert.match(await Deno.readTextFile(log), /warning the server ends: cannot open/);
});

Deno.test("how far a job is is told now and then, and its end with the time it took", async () => {
  let now = 0;
  const lines = await logged("text", (log) => {
    const incidents = new Incidents(log, () => now);
    const job = new Job("backup", now, (job) => incidents.progressed(job));
    for (; now < 12_000; now += 1000) job.at("copying", now, 20_000);
    incidents.ended(job, undefined);
    const brief = new Job("integrity", now, (job) => incidents.progressed(job));
    brief.at("pages", 1, 9);
    incidents.ended(brief, undefined);
    incidents.ended(new Job("vacuum", now - 500, () => {}), new Error("disk full"));
  });
  assert.deepEqual(lines.map((line) => line.slice(25)), [
    "notice backup: copying, 25 %",
    "notice backup: copying, 50 %",
    "notice backup: done after 12.0 s",
    "notice vacuum: failed (disk full) after 0.5 s",
  ]);
});

Deno.test("a failing checkpoint is told once, a slow one too, and that they succeed again", async () => {
  const lines = await logged("text", (log) => {
    const incidents = new Incidents(log, () => 0);
    incidents.checkpointEnded(10, undefined);
    for (let i = 0; i < 3; i++) incidents.checkpointEnded(10, new Error("disk full"));
    incidents.checkpointEnded(10, undefined);
    for (let i = 0; i < 3; i++) incidents.checkpointEnded(2500, undefined);
  });
  assert.deepEqual(lines.map((line) => line.slice(25)), [
    "warning a checkpoint failed, the next write tries again: disk full",
    "notice checkpoints succeed again",
    "warning a checkpoint took 2.5 s: the disk is slow",
  ]);
});

Deno.test("a bar shows on a terminal how far it is, and leaves no trace", () => {
  const written: string[] = [];
  const terminal = (isTerminal: boolean) => ({
    isTerminal: () => isTerminal,
    writeSync: (bytes: Uint8Array) => written.push(new TextDecoder().decode(bytes)),
  });
  const draw = (bar: ProgressBar) => {
    bar.draw({ job: "migration", phase: "to format 4", done: 1, total: 2 });
    bar.draw({ job: "migration", phase: "to format 4", done: 1, total: 2 });
    bar.draw({ job: "migration", phase: "on", done: 0, total: 0 });
    bar.end();
  };
  draw(new ProgressBar(terminal(false)));
  assert.deepEqual(written, []);
  draw(new ProgressBar(terminal(true)));
  const first = `migration: [${"#".repeat(15)}${"-".repeat(15)}] 50 % to format 4`;
  const second = "migration: on …".padEnd(first.length);
  assert.deepEqual(written, [`\r${first}`, `\r${second}`, `\r${" ".repeat(15)}\r`]);
});

Deno.test("a file of an older format is brought forward before the eyes of whoever reads the log", async () => {
  await using directory = await temporaryDirectory();
  const old = new DatabaseSync(`${directory.path}/redlite.db`);
  old.exec(`${KEY_TABLES} ${KEY_VIEWS}
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1;`);
  old.close();
  await using server = await startRedlite({ directory: directory.path });
  const phases = [...server.log.matchAll(/ notice migration: (.*)/g)].map(([, phase]) => phase);
  assert.deepEqual(phases, [
    "copying the file",
    ...Array.from({ length: SCHEMA_VERSION - 1 }, (_, i) => `to format ${i + 2}`),
    "done",
  ]);
});
