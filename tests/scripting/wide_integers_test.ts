/** Integers beyond 32 bits, which the interpreter's own `long` does not hold. */

import { strict as assert } from "node:assert";
import { named, noRedis } from "../harness/lacking.ts";
import { format } from "../harness/resp_client.ts";
import { startRedis, startRedlite } from "../harness/servers.ts";

const SCRIPTS = String.raw`
return string.sub("abc",1,2^31)
return string.sub("abc",1,2^40)
return string.format("%d",1700000000000)
return string.format("%x",2^33)
return string.format("%5d|%-20d|%020d|%+d|%u|%i",2^40,2^40,2^40,2^40,-1,2^62)
return string.format("%#x|%#o|%X|%#X|%.20d|%30.20x|% d",2^40,2^40,2^40+10,2^45,2^40,2^50,2^41)
return string.rep("a",-2^40)
return string.byte("abc",-2^40,2^40)
return string.format("%.3d %c",2^40,2^33+65)
return string.format("%d", "1700000000000")
return string.format("%d %s %%", 3.99e12, nil)
return string.format("%s %5s %q %d %%", 3.99e12, "a", "b", 2^40)
return string.format("%d")
return string.format("%y", 2^40)
return string.format("%+++++++d", 2^40)
return string.format("%d",2^63)
return string.format("%d",-2^63)
return string.format("%u",2^63)
return string.format("%x",-1)
return string.format("%o",2^40)
return string.format("%d",1e300)
return tonumber("ffffffffff",16)
return tonumber("zzzzzzzz",36)
return tostring(tonumber("-ffffffff",16))
return tostring(tonumber("  0xffffffffff  ",16))
return tostring(tonumber("11111111111111111111111111111111111111111111",2))
return tonumber("12345678g",16)
return tostring(tonumber("ffffffffffffffffffffff",16))
return ("x"):format(2^40)
return ("%d"):rep(3):format(1,2,2^40)
return string.format(12, 2^40)
return string.sub()
return string.sub("a","b")
return ("abc"):sub({})
return string.find("abcabc","b",2^40)
return table.concat({"a"},",",1,2^33)
return {unpack({1,2},1,2^40)}
return {unpack({1,2},2)}
return string.sub(12345678901,1,3)
return string.byte(12345678901,2)
return string.rep(12345678901,2)
return {string.find(12345678901,"23")}
return {string.find("a12345678901",12345678901)}
return {string.match("aaa","a",-2^40)}
return {string.match("aaa","a",2^40) or "none"}
return table.concat({1,2},9876543210)
redis.setresp(3) return {verbatim_string={string="\128\159\255",format="txt"}}
return redis.error_reply("E \128\159\255")
return {pcall(redis.call,"object","\128\159\255","k")}
return {pcall(error,"\128\159\255")}
`.trim().split("\n");

Deno.test({
  ...named("integers beyond 32 bits are formatted, parsed and cut as in Redis", noRedis(7)),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    for (const script of SCRIPTS) {
      assert.equal(
        format(await ours.send("EVAL", script, "0")),
        format(await theirs.send("EVAL", script, "0")),
        script,
      );
    }
  },
});
