import { strict as assert } from "node:assert";
import { encode, latin1 } from "../harness/resp_client.ts";
import { ALL, Caching, invalidate } from "./caching.ts";

const published = (keys: string) => "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n" + keys;
const broken = (id: number) => `>2\r\n$21\r\ntracking-redir-broken\r\n:${id}\r\n`;

Deno.test("the messages go to the client that REDIRECT names", () => {
  using caching = new Caching();
  const target = caching.connect();
  const client = caching.track({ redirect: target.id });
  caching.read(client, "x");
  caching.write(undefined, "x");
  assert.equal(client.told(), "");
  assert.equal(target.told(), invalidate("x"));
});

Deno.test("a RESP2 client gets messages like those of a channel, while it is subscribed", () => {
  using caching = new Caching();
  const target = caching.connect(2);
  const client = caching.connect(2);
  caching.enable(client, { redirect: target.id });
  caching.read(client, "x");
  caching.write(undefined, "x");
  assert.equal(target.told(), "");
  target.subscriptions = { isSubscribed: true };
  caching.read(client, "x");
  caching.write(undefined, "x");
  caching.flush();
  assert.equal(target.told(), published(latin1(encode(["x"]))) + published("$-1\r\n"));
  target.subscriptions.isSubscribed = false;
  caching.read(client, "x");
  caching.write(undefined, "x");
  assert.equal(target.told(), "");
});

Deno.test("a RESP2 client gets no messages of its own", () => {
  using caching = new Caching();
  const client = caching.connect(2);
  client.subscriptions = { isSubscribed: true };
  caching.enable(client);
  caching.read(client, "x");
  caching.write(undefined, "x");
  assert.equal(client.told(), "");
});

Deno.test("a RESP3 client gets the messages of RESP3, whatever the tracking client speaks", () => {
  using caching = new Caching();
  const target = caching.connect(3);
  const client = caching.connect(2);
  caching.enable(client, { redirect: target.id, broadcast: true });
  caching.write(undefined, "x");
  caching.flush();
  caching.endTurn();
  assert.equal(target.told(), ALL + invalidate("x"));
});

Deno.test("a client whose target is gone is told so in place of each message", () => {
  using caching = new Caching();
  const target = caching.connect();
  const client = caching.track({ redirect: target.id });
  caching.read(client, "x", "y");
  caching.disconnect(target);
  assert.equal(client.tracking?.brokenRedirect, false);
  caching.write(undefined, "x", "y");
  assert.equal(client.told(), broken(target.id) + broken(target.id));
  assert.equal(client.tracking?.brokenRedirect, true);
  caching.enable(client);
  assert.equal(client.tracking?.brokenRedirect, false);
});

Deno.test("a RESP2 client whose target is gone is told nothing", () => {
  using caching = new Caching();
  const target = caching.connect();
  const client = caching.connect(2);
  caching.enable(client, { redirect: target.id });
  caching.read(client, "x");
  caching.disconnect(target);
  caching.write(undefined, "x");
  assert.equal(client.told(), "");
  assert.equal(client.tracking?.brokenRedirect, true);
});
