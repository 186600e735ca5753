/** redis-cli and redis-benchmark, unmodified, drive the server. */

import { strict as assert } from "node:assert";
import { encode } from "../harness/resp_client.ts";
import { hasTool, startRedlite, type TestServer } from "../harness/servers.ts";

/** What a tool that has ended left behind. */
interface Outcome {
  code: number;
  out: string;
  err: string;
}

async function run(
  tool: string,
  server: TestServer,
  args: string[],
  input?: Uint8Array<ArrayBuffer>,
  env: Record<string, string> = {},
): Promise<Outcome> {
  const child = new Deno.Command(tool, {
    args: ["-h", server.hostname, "-p", String(server.port), ...args],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [output] = await Promise.all([
    child.output(),
    new Blob(input ? [input] : []).stream().pipeTo(child.stdin),
  ]);
  const text = new TextDecoder();
  return { code: output.code, out: text.decode(output.stdout), err: text.decode(output.stderr) };
}

function cli(server: TestServer, ...args: string[]): Promise<Outcome> {
  return run("redis-cli", server, args);
}

function testWith(tool: string, name: string, fn: () => Promise<void>): void {
  const ignore = !hasTool(tool);
  Deno.test({ name: ignore ? `${name} (skipped: no ${tool} on the PATH)` : name, ignore, fn });
}

testWith("redis-cli", "redis-cli sets and gets", async () => {
  await using server = await startRedlite();
  assert.equal((await cli(server, "SET", "k", "a value")).out, "OK\n");
  assert.equal((await cli(server, "GET", "k")).out, "a value\n");
  assert.equal((await cli(server, "--no-raw", "GET", "missing")).out, "(nil)\n");
  assert.equal((await cli(server, "--no-raw", "INCR", "n")).out, "(integer) 1\n");
  assert.equal((await cli(server, "-n", "3", "DBSIZE")).out, "0\n");
  assert.equal((await cli(server, "-3", "--no-raw", "GET", "k")).out, '"a value"\n');
});

testWith("redis-cli", "redis-cli reads commands from its standard input", async () => {
  await using server = await startRedlite();
  const input = new TextEncoder().encode('SET k "a b"\nGET k\nAPPEND k c\n');
  assert.equal((await run("redis-cli", server, [], input)).out, "OK\na b\n4\n");
});

testWith("redis-cli", "redis-cli --scan lists every key once", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const keys = Array.from({ length: 500 }, (_, i) => `key:${i}`);
  await client.send("MSET", ...keys.flatMap((key) => [key, "v"]), "other", "v");
  const all = await cli(server, "--scan");
  assert.deepEqual(all.out.trim().split("\n").sort(), [...keys, "other"].sort());
  const some = await cli(server, "--scan", "--pattern", "key:1??");
  const expected = keys.filter((key) => /^key:1\d\d$/.test(key)).sort();
  assert.deepEqual(some.out.trim().split("\n").sort(), expected);
});

testWith("redis-cli", "redis-cli --pipe inserts 10,000 keys", async () => {
  await using server = await startRedlite();
  const commands = Array.from({ length: 10_000 }, (_, i) => ["SET", `key:${i}`, `value ${i}`]);
  const { code, out } = await run("redis-cli", server, ["--pipe"], encode(...commands));
  assert.match(out, /errors: 0, replies: 10000/);
  assert.equal(code, 0);
  assert.equal((await cli(server, "DBSIZE")).out, "10000\n");
  assert.equal((await cli(server, "GET", "key:9999")).out, "value 9999\n");
});

testWith("redis-cli", "redis-cli INFO shows the sections", async () => {
  await using server = await startRedlite();
  await cli(server, "SET", "k", "v");
  const { out } = await cli(server, "INFO");
  assert.match(out, /^# Server\r?$/m);
  assert.match(out, /^redis_version:\d+\.\d+\.\d+\r?$/m);
  assert.match(out, new RegExp(`^tcp_port:${server.port}\\r?$`, "m"));
  assert.match(out, new RegExp(`^process_id:${server.pid}\\r?$`, "m"));
  assert.match(out, /^connected_clients:1\r?$/m);
  assert.match(out, /^db0:keys=1,expires=0,/m);
  const keyspace = (await cli(server, "INFO", "keyspace")).out;
  assert.match(keyspace, /^# Keyspace/);
  assert.doesNotMatch(keyspace, /redis_version/);
});

testWith("redis-cli", "redis-cli shows the errors of wrong input", async () => {
  await using server = await startRedlite();
  const errorOf = async (...args: string[]) => (await cli(server, ...args)).out.trim();
  assert.equal(
    await errorOf("NONSENSE", "a"),
    "ERR unknown command 'NONSENSE', with args beginning with: 'a'",
  );
  assert.equal(await errorOf("GET"), "ERR wrong number of arguments for 'get' command");
  assert.equal(
    await errorOf("SET", "k", "v", "EX", "x"),
    "ERR value is not an integer or out of range",
  );
  assert.equal(await errorOf("SET", "k", "v", "WHAT"), "ERR syntax error");
  const noDatabase = await cli(server, "-n", "99", "GET", "k");
  assert.match(noDatabase.out + noDatabase.err, /DB index is out of range/);
  const unclosed = await run(
    "redis-cli",
    server,
    [],
    new TextEncoder().encode('SET k "open\nPING\n'),
  );
  assert.match(unclosed.out, /Invalid argument\(s\)\nPONG/);
});

testWith("redis-cli", "redis-cli needs the password of a server that has one", async () => {
  await using server = await startRedlite({ password: "s3cret" });
  assert.match((await cli(server, "GET", "k")).out, /NOAUTH Authentication required/);
  const auth = { REDISCLI_AUTH: "s3cret" };
  assert.equal((await run("redis-cli", server, ["PING"], undefined, auth)).out, "PONG\n");
  const wrong = await cli(server, "--no-auth-warning", "-a", "wrong", "PING");
  assert.match(wrong.out + wrong.err, /WRONGPASS/);
});

testWith("redis-benchmark", "redis-benchmark measures SET and GET", async () => {
  await using server = await startRedlite();
  const args = ["-t", "set,get", "-n", "20000", "-c", "50", "-P", "16", "-q"];
  const { code, out, err } = await run("redis-benchmark", server, args);
  assert.equal(code, 0, err);
  assert.match(out, /SET: \d+\.\d+ requests per second/);
  assert.match(out, /GET: \d+\.\d+ requests per second/);
  assert.doesNotMatch(out + err, /^(Error|ERROR|ERR)\b/m);
});
