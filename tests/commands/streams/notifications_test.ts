import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

/** Commands, and the events of which they tell, in order. */
const EVENTS: readonly (readonly [line: string, ...events: string[]])[] = [
  ["XADD s 1-1 a b", "xadd s"],
  ["XADD s MAXLEN 1 1-2 a b", "xadd s", "xtrim s"],
  ["XADD s MAXLEN 5 1-3 a b", "xadd s"],
  ["XDEL s 1-1"],
  ["XDEL s 1-2", "xdel s"],
  ["XTRIM s MAXLEN 5"],
  ["XTRIM s MAXLEN 0", "xtrim s"],
  ["XADD s 1-4 a b", "xadd s"],
  ["XSETID s 5-0", "xsetid s"],
  ["XGROUP CREATE s g 0", "xgroup-create s"],
  ["XGROUP CREATECONSUMER s g c", "xgroup-createconsumer s"],
  ["XGROUP CREATECONSUMER s g c"],
  ["XREADGROUP GROUP g d STREAMS s >", "xgroup-createconsumer s"],
  ["XREADGROUP GROUP g d STREAMS s 0"],
  ["XCLAIM s g e 0 1-4", "xgroup-createconsumer s"],
  ["XAUTOCLAIM s g f 0 0", "xgroup-createconsumer s"],
  ["XACK s g 1-4"],
  ["XGROUP SETID s g 0", "xgroup-setid s"],
  ["XGROUP DELCONSUMER s g c", "xgroup-delconsumer s"],
  ["XGROUP DELCONSUMER s g c"],
  ["XGROUP DESTROY s g", "xgroup-destroy s"],
  ["XGROUP DESTROY s g"],
];

Deno.test("streams tell of their events as Redis does", async () => {
  await using server = await startRedlite();
  await using listener = await server.connect();
  await using client = await server.connect();
  await client.send("CONFIG", "SET", "notify-keyspace-events", "KEA");
  await listener.send("PSUBSCRIBE", "__keyevent@0__:*");
  for (const [line, ...events] of EVENTS) {
    await client.send(...line.split(" "));
    await client.send("PUBLISH", "__keyevent@0__:end", "x");
    for (const event of [...events, "end x"]) {
      const [name, key] = event.split(" ");
      assert.equal(
        format(await listener.readReply()),
        `["pmessage", "__keyevent@0__:*", "__keyevent@0__:${name}", "${key}"]`,
        line,
      );
    }
  }
});
