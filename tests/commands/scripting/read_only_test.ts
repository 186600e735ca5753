/** The read-only forms: EVAL_RO, EVALSHA_RO and FCALL_RO. */

import { strict as assert } from "node:assert";
import { named, noRedis } from "../../harness/lacking.ts";
import { type Command, format } from "../../harness/resp_client.ts";
import { startRedis, startRedlite } from "../../harness/servers.ts";

const WRITES = "return redis.call('set', KEYS[1], 'v')";
const LIBRARY = "#!lua name=lib\n" +
  "redis.register_function('writes', function(k) return redis.call('set', k[1], 'v') end)\n" +
  "redis.register_function{function_name='reads', flags={'no-writes'}, " +
  "callback=function(k) return redis.call('get', k[1]) end}";

const COMMANDS: readonly Command[] = [
  ["EVAL_RO", WRITES, "1", "k"],
  ["EVAL_RO", "return redis.pcall('set', KEYS[1], 'v')", "1", "k"],
  ["EVAL_RO", "return redis.call('get', KEYS[1])", "1", "k"],
  ["EVAL_RO", "#!lua\nreturn 1", "0"],
  ["EVAL_RO", "#!lua flags=no-writes\nreturn 1", "0"],
  ["SCRIPT", "LOAD", "return 1"],
  ["EVALSHA_RO", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0"],
  ["EVALSHA_RO", "ffffffffffffffffffffffffffffffffffffffff", "0"],
  ["FUNCTION", "LOAD", LIBRARY],
  ["FCALL_RO", "writes", "1", "k"],
  ["FCALL_RO", "reads", "1", "k"],
  ["FCALL", "writes", "1", "k"],
  ["FCALL_RO", "reads", "1", "k"],
  ["COMMAND", "GETKEYS", "EVAL_RO", "return 1", "1", "a", "b"],
  ["COMMAND", "GETKEYS", "FCALL_RO", "f", "1", "a", "b"],
];

Deno.test({
  ...named("the read-only forms refuse writes as Redis does", noRedis(7)),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    const answers = await ours.pipeline(COMMANDS);
    const wanted = await theirs.pipeline(COMMANDS);
    for (const [i, command] of COMMANDS.entries()) {
      assert.equal(format(answers[i]!), format(wanted[i]!), command.join(" "));
    }
  },
});

Deno.test("no script reads the past, for which keys it reads is not known before", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  for (const inner of [["EVAL_RO", "return 1", "0"], ["FCALL_RO", "f", "0"]]) {
    assert.match(
      format(await client.send("HISTORY", "AT", "1", ...inner)),
      /^-ERR HISTORY AT runs no scripts/,
    );
  }
});
