/** KV Connect as it is on the wire: what clients that keep to it never ask for, and rights. */

import { strict as assert } from "node:assert";
import { MessageReader, MessageWriter } from "../../../../src/commands/kv/protobuf.ts";
import { startRedlite } from "../../../harness/servers.ts";
import { ask } from "../rest_requests.ts";
import { serve } from "../served.ts";

const encoder = new TextEncoder();
const bytes = (text: string) => encoder.encode(text);

interface Asked {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly body: Uint8Array;
}

/** A client that says what it is told to. */
class RawClient {
  readonly url: string;
  readonly #token: string | undefined;
  id = "";

  constructor(url: string, token?: string) {
    this.url = url;
    this.#token = token;
  }

  async post(path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Asked> {
    const authorization = this.#token === undefined
      ? undefined
      : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(this.url + path, {
      method: "POST",
      body,
      headers: { ...authorization, ...headers },
    });
    const answer = await response.bytes();
    const text = new TextDecoder().decode(answer);
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text,
      body: answer,
    };
  }

  async metadata(path: string, supportedVersions: readonly number[]) {
    const { status, text } = await this.post(path, JSON.stringify({ supportedVersions }));
    assert.equal(status, 200, text);
    const metadata = JSON.parse(text);
    this.id = metadata.databaseId;
    return metadata;
  }

  data(method: string, message: MessageWriter, headers: Record<string, string> = {}) {
    return this.post(`/kv/${method}`, message.message.slice(), {
      "x-denokv-version": "3",
      "x-denokv-database-id": this.id,
      ...headers,
    });
  }
}

const message = () => new MessageWriter();
const set = (key: string, value: string) =>
  message().bytes(1, bytes(key)).bytes(2, message().bytes(1, bytes(value)).number(2, 3).message)
    .number(3, 1).message;
const write = (key: string, value: string) => message().bytes(2, set(key, value));
const read = (start: string, end: string, limit: number) =>
  message().bytes(
    1,
    message().bytes(1, bytes(start)).bytes(2, bytes(end)).number(3, limit).message,
  );

/** The fields of a message. */
function fields(bytes: Uint8Array): [number, number | Uint8Array][] {
  const reader = new MessageReader(bytes);
  const found: [number, number | Uint8Array][] = [];
  while (reader.next()) {
    let value: number | Uint8Array;
    try {
      value = reader.number;
    } catch {
      value = reader.bytes;
    }
    found.push([reader.field, value]);
  }
  return found;
}

Deno.test("a client is told where the data is, by the newest version that both can do", async () => {
  await using server = await serve();
  const client = new RawClient(server.url, "anything");
  const newest = await client.metadata("", [1, 2, 3, 4]);
  assert.deepEqual({ ...newest, expiresAt: "", databaseId: "" }, {
    version: 3,
    databaseId: "",
    endpoints: [{ url: "kv", consistency: "strong" }],
    token: "anything",
    expiresAt: "",
  });
  assert.match(newest.databaseId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.ok(Date.parse(newest.expiresAt) > Date.now());
  assert.equal((await client.metadata("/kv", [2])).endpoints[0].url, "./kv");
  const oldest = JSON.parse((await client.post("/kv", "")).text);
  assert.deepEqual([oldest.version, oldest.endpoints[0].url], [1, `${server.url}/kv`]);
});

Deno.test("what cannot be agreed on is refused in words", async () => {
  await using server = await serve();
  const client = new RawClient(server.url);
  const { status, type, text } = await client.post("/", '{"supportedVersions":[7]}');
  assert.deepEqual([status, type], [400, "text/plain; charset=utf-8"]);
  assert.match(text, /could not negotiate a protocol version/);
  assert.equal((await client.post("/kv", "[]")).status, 400);
  assert.equal((await client.post("/kv", "{")).status, 400);
});

Deno.test("the root answers commands of the REST API as before", async () => {
  await using server = await serve();
  assert.deepEqual(await ask(server.url, "/", ["SET", "k", "v"]), [200, { result: "OK" }]);
  assert.equal((await ask(server.url, "/", { no: "command" }))[0], 400);
});

Deno.test("reads and writes are messages", async () => {
  await using server = await serve();
  const client = new RawClient(server.url);
  await client.metadata("", [3]);
  const written = await client.data("atomic_write", write("k", "value"));
  assert.equal(written.type, "application/x-protobuf");
  const stamp = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  assert.deepEqual(fields(written.body), [[1, 1], [2, stamp]]);
  const { body, type } = await client.data("snapshot_read", read("a", "z", 10));
  assert.equal(type, "application/x-protobuf");
  const [ranges, ...rest] = fields(body);
  assert.deepEqual(rest, [[4, 1], [8, 1]]);
  const [[, entry] = []] = fields(ranges![1] as Uint8Array);
  assert.deepEqual(fields(entry as Uint8Array), [[1, bytes("k")], [2, bytes("value")], [3, 3], [
    4,
    stamp,
  ]]);
  // Which checks failed.
  const check = message().bytes(1, bytes("k")).message;
  const failing = message().bytes(1, message().bytes(1, bytes("x")).message).bytes(1, check);
  const { body: failed } = await client.data("atomic_write", failing.bytes(2, set("k", "no")));
  assert.deepEqual(fields(failed), [[1, 2], [4, new Uint8Array([1])]]);
});

Deno.test("a request for another database, or of another version, is refused", async () => {
  await using server = await serve();
  const client = new RawClient(server.url);
  await client.metadata("", [3]);
  const other = { "x-denokv-database-id": crypto.randomUUID() };
  const answers = [
    await client.data("snapshot_read", read("a", "z", 1), other),
    await client.data("atomic_write", write("k", "v"), other),
    await client.post("/kv/snapshot_read", ""),
    await client.data("snapshot_read", read("a", "z", 1), { "x-denokv-version": "4" }),
  ];
  assert.deepEqual(answers.map(({ status, text }) => `${status} ${text}`), [
    "400 Invalid database id.",
    "400 Invalid database id.",
    "400 Invalid database id.",
    "400 Expected protocol version 1, 2 or 3.",
  ]);
  const old = { "x-transaction-domain-id": client.id };
  assert.equal((await client.post("/kv/snapshot_read", "", old)).status, 200);
});

Deno.test("what is malformed or past a limit is refused", async () => {
  await using server = await serve();
  const client = new RawClient(server.url);
  await client.metadata("", [3]);
  const key = "k".repeat(2049), value = "v".repeat(65537);
  const many = (count: number, field: number, part: Uint8Array) => {
    const all = message();
    for (let i = 0; i < count; i++) all.bytes(field, part);
    return all;
  };
  const kind = (type: number) =>
    message().bytes(2, message().bytes(1, bytes("k")).number(3, type).message);
  const stamp = message().bytes(1, message().bytes(1, bytes("k")).bytes(2, bytes("short")).message);
  const refused: [string, MessageWriter, string][] = [
    [
      "snapshot_read",
      read("a", "z", 0),
      "The read range limit of the snapshot read request is invalid.",
    ],
    ["snapshot_read", read(key + "k", "z", 1), "A key exceeds the key size limit."],
    [
      "snapshot_read",
      read("a", "z", 1001),
      "The total number of entries requested across read ranges in the read request is too large.",
    ],
    [
      "snapshot_read",
      many(11, 1, message().number(3, 1).message),
      "Too many read ranges requested in one read request.",
    ],
    ["atomic_write", write(key, "v"), "A key exceeds the key size limit."],
    ["atomic_write", write("k", value), "A value exceeds the value size limit."],
    [
      "atomic_write",
      many(1001, 2, set("k", "v")),
      "Too many mutations / enqueues included in atomic write.",
    ],
    ["atomic_write", many(101, 1, message().message), "Too many checks included in atomic write."],
    [
      "atomic_write",
      many(20, 2, set("k", "v".repeat(60_000))),
      "The total size of the atomic write is too large.",
    ],
    ["atomic_write", kind(1), "Invalid mutation kind or arguments."],
    ["atomic_write", kind(6), "Invalid mutation kind or arguments."],
    ["atomic_write", stamp, "Invalid versionstamp."],
    [
      "atomic_write",
      message().bytes(3, message().message),
      "Enqueue operations are not supported.",
    ],
    ["watch", many(11, 1, message().message), "Too many keys watched in one watch request."],
  ];
  for (const [method, request, text] of refused) {
    const answer = await client.data(method, request);
    assert.deepEqual([answer.status, answer.text], [400, text]);
  }
  for (const garbage of ["\x0a\x7f", "\x0b", "\xff\xff\xff", "\x0a"]) {
    const body = Uint8Array.from(garbage, (character) => character.charCodeAt(0));
    const headers = { "x-denokv-version": "3", "x-denokv-database-id": client.id };
    const { status, text } = await client.post("/kv/atomic_write", body, headers);
    assert.equal(status, 400);
    assert.match(text, /^Request protobuf is invalid: /);
  }
  assert.deepEqual(fields((await client.data("snapshot_read", read("a", "z", 9))).body)[0], [
    1,
    new Uint8Array(0),
  ]);
});

Deno.test("a user does what its rules let it", async () => {
  await using server = await serve({ password: "secret" });
  const { url } = server;
  const command = async (...words: string[]) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: "Bearer secret" },
      body: JSON.stringify(words),
    });
    return (await response.json()).result;
  };
  await command("ACL", "SETUSER", "reader", "on", ">r", "~*", "+@read", "+acl|resttoken");
  await command("ACL", "SETUSER", "narrow", "on", ">n", "~app:*", "+@all");
  const readToken = await command("ACL", "RESTTOKEN", "reader", "r");
  const narrowToken = await command("ACL", "RESTTOKEN", "narrow", "n");
  const reader = new RawClient(url, readToken);
  await reader.metadata("", [3]);
  assert.equal((await reader.data("snapshot_read", read("a", "z", 1))).status, 200);
  const refused = await reader.data("atomic_write", write("k", "v"));
  assert.equal(refused.status, 403);
  assert.match(refused.text, /^NOPERM /);
  const narrow = await new RawClient(url, narrowToken).post("/kv", '{"supportedVersions":[3]}');
  assert.equal(narrow.status, 403);
  for (
    const [token, text] of [[undefined, "Malformed authorization header."], [
      "x",
      "Invalid access token.",
    ]]
  ) {
    const answer = await new RawClient(url, token).post("/kv", '{"supportedVersions":[3]}');
    assert.deepEqual([answer.status, answer.text], [401, text]);
  }
});

Deno.test("a server that is a replica takes no writes, and says so in the protocol's words", async () => {
  await using server = await startRedlite({ args: ["--http", "0"] });
  await using resp = await server.connect();
  const client = new RawClient(server.httpUrl!);
  await client.metadata("", [3]);
  // Nobody is there: it waits for its master.
  await resp.send("REPLICAOF", "127.0.0.1", "1");
  const { status, body } = await client.data("atomic_write", write("k", "v"));
  assert.deepEqual([status, fields(body)], [200, [[1, 5]]]);
  await resp.send("REPLICAOF", "NO", "ONE");
  assert.deepEqual(fields((await client.data("atomic_write", write("k", "v"))).body)[0], [1, 1]);
});

/** Watches the key `k`. */
async function watch({ url, id }: RawClient): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await fetch(`${url}/kv/watch`, {
    method: "POST",
    headers: { "x-denokv-version": "3", "x-denokv-database-id": id },
    body: message().bytes(1, message().bytes(1, bytes("k")).message).message.slice(),
  });
  assert.equal(response.headers.get("content-type"), "application/octet-stream");
  return response.body!.getReader();
}

Deno.test("a watch is a client that can be killed, and ends with the server", async () => {
  await using server = await serve();
  const client = new RawClient(server.url);
  await client.metadata("", [3]);
  const [one, two] = [await watch(client), await watch(client)];
  await one.read();
  await two.read();
  const waiting = one.read();
  const watching = String(server.db.call("CLIENT", "LIST")).split("\n")
    .filter((line) => line.includes("cmd=kv|read"));
  assert.equal(watching.length, 2);
  server.db.call("CLIENT", "KILL", "ID", /^id=(\d+)/.exec(watching[0]!)![1]!);
  await Promise.race([waiting, two.read()]).then(({ done }) => assert.ok(done));
  await server.http.close();
  for (const reader of [one, two]) while (!(await reader.read()).done);
});

Deno.test("what another process writes is seen by who watches", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using one = await startRedlite({ directory, args: ["--http", "0"] });
    await using two = await startRedlite({ directory, args: ["--http", "0"] });
    const [watcher, writer] = [new RawClient(one.httpUrl!), new RawClient(two.httpUrl!)];
    await watcher.metadata("", [3]);
    await writer.metadata("", [3]);
    assert.equal(watcher.id, writer.id);
    const frames = await watch(watcher);
    const next = async () => {
      while (true) {
        const { value } = await frames.read();
        if (value!.length > 4) return fields(value!.subarray(4));
      }
    };
    assert.deepEqual(await next(), [[1, 1], [2, new Uint8Array([8, 1])]]);
    await writer.data("atomic_write", write("k", "v"));
    const [, [, entry] = []] = await next();
    assert.deepEqual(fields(entry as Uint8Array)[0], [1, 1]);
    await frames.cancel();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
