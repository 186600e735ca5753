import { strict as assert } from "node:assert";
import { SlowLog } from "../../src/clients/slow_log.ts";
import { called } from "./arguments.ts";

const CLIENT = { address: "127.0.0.1:1234", name: "joe" };
const decoder = new TextDecoder();

/** Adds a command made of words that took a millisecond. */
function add(log: SlowLog, ...words: readonly (string | Uint8Array)[]): void {
  const [command, args] = called(...words);
  log.add(CLIENT, command, args, 1000.9, 1_700_000_000_999);
}

/** The arguments of the newest entry. */
function shown(log: SlowLog): string[] {
  const [entry] = log.newest(1);
  return entry!.args.map((argument) => decoder.decode(argument));
}

Deno.test("an entry tells when, how long, what and who", () => {
  const log = new SlowLog();
  add(log, "SET", "k", "v");
  const [entry] = log.newest(10);
  assert.deepEqual({ ...entry, args: shown(log) }, {
    id: 0,
    unixSeconds: 1_700_000_000,
    microseconds: 1000,
    args: ["SET", "k", "v"],
    argumentCount: 3,
    address: CLIENT.address,
    clientName: CLIENT.name,
  });
});

Deno.test("an entry keeps its bytes when the buffer they came in goes on", () => {
  const log = new SlowLog();
  const value = new TextEncoder().encode("before");
  add(log, "SET", "k", value);
  value.fill(0x78);
  assert.deepEqual(shown(log), ["SET", "k", "before"]);
});

Deno.test("the newest entries come first and the oldest go", () => {
  const log = new SlowLog();
  log.maxLength = 3;
  for (let i = 0; i < 5; i++) add(log, "GET", `k${i}`);
  const ids = (count: number) => [...log.newest(count)].map(({ id }) => id);
  assert.equal(log.length, 3);
  assert.deepEqual(ids(10), [4, 3, 2]);
  assert.deepEqual(ids(2), [4, 3]);
  assert.deepEqual(ids(0), []);
});

Deno.test("ids go on after a reset", () => {
  const log = new SlowLog();
  add(log, "GET", "a");
  add(log, "GET", "b");
  log.reset();
  assert.equal(log.length, 0);
  assert.deepEqual([...log.newest(10)], []);
  log.maxLength = 1;
  add(log, "GET", "c");
  add(log, "GET", "d");
  assert.deepEqual([...log.newest(10)].map(({ id }) => id), [3]);
});

Deno.test("a smaller length takes effect with the next entry, and a length of 0 adds none", () => {
  const log = new SlowLog();
  for (let i = 0; i < 5; i++) add(log, "GET", `k${i}`);
  log.maxLength = 2;
  assert.equal(log.length, 5);
  add(log, "GET", "last");
  assert.deepEqual([...log.newest(10)].map(({ id }) => id), [5, 4]);
  log.maxLength = 0;
  add(log, "GET", "none");
  assert.deepEqual([...log.newest(10)].map(({ id }) => id), [5, 4]);
});

Deno.test("of more than 32 arguments the last tells how many more there were", () => {
  const log = new SlowLog();
  const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
  add(log, "DEL", ...keys.slice(0, 31));
  assert.deepEqual(shown(log), ["DEL", ...keys.slice(0, 31)]);
  add(log, "DEL", ...keys.slice(0, 32));
  assert.deepEqual(shown(log), ["DEL", ...keys.slice(0, 30), "... (2 more arguments)"]);
  add(log, "DEL", ...keys);
  assert.equal(shown(log).at(-1), "... (10 more arguments)");
});

Deno.test("of more than 128 bytes an argument tells how many more there were", () => {
  const log = new SlowLog();
  add(log, "GET", "x".repeat(128));
  assert.equal(shown(log)[1], "x".repeat(128));
  add(log, "GET", "x".repeat(128) + "yz");
  assert.equal(shown(log)[1], `${"x".repeat(128)}... (2 more bytes)`);
});

Deno.test("EXEC is not logged", () => {
  const log = new SlowLog();
  add(log, "EXEC");
  assert.equal(log.length, 0);
});

const HIDDEN = "(redacted)";
const REDACTIONS: readonly (readonly [string, string])[] = [
  ["auth secret", `auth ${HIDDEN}`],
  ["AUTH user secret", `AUTH ${HIDDEN} ${HIDDEN}`],
  ["hello 3 auth user secret setname me", `hello 3 auth ${HIDDEN} ${HIDDEN} setname me`],
  ["hello 3 setname auth auth user secret", `hello 3 setname auth auth ${HIDDEN} ${HIDDEN}`],
  ["acl setuser bob >secret on", `acl setuser ${HIDDEN} ${HIDDEN} ${HIDDEN}`],
  ["ACL GETUSER bob", `ACL GETUSER ${HIDDEN}`],
  ["acl deluser bob joe", `acl deluser ${HIDDEN} ${HIDDEN}`],
  ["ACL RESTTOKEN bob secret", `ACL RESTTOKEN ${HIDDEN} ${HIDDEN}`],
  ["acl whoami", "acl whoami"],
  ["config set maxclients 10 RequirePass secret", `config set maxclients 10 RequirePass ${HIDDEN}`],
  ["config set masterauth secret", `config set masterauth ${HIDDEN}`],
  ["config get requirepass", "config get requirepass"],
  ["set requirepass visible", "set requirepass visible"],
];

for (const [line, wanted] of REDACTIONS) {
  Deno.test(`passwords are not shown: ${line}`, () => {
    const log = new SlowLog();
    add(log, ...line.split(" "));
    assert.equal(shown(log).join(" "), wanted);
  });
}
