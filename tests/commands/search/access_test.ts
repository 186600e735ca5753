/** What users with few permissions may ask of indexes. */

import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

const REFUSED = "-NOPERM User does not have the required permissions to query the index";

Deno.test("an index is asked by users who may read its name and all keys with its prefixes", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  const ask = async (client: typeof admin, line: string) =>
    format(await client.send(...line.split(" ")));
  for (
    const line of [
      "FT.CREATE idx PREFIX 1 d: SCHEMA t TEXT g TAG",
      "HSET d:1 t hello g a",
      "HSET d:secret t hello g secret",
      "ACL SETUSER all on >p ~* +@all",
      "ACL SETUSER some on >p ~idx ~d:* +@all -acl",
      "ACL SETUSER read on >p ~idx %R~d* +@all -acl",
      "ACL SETUSER other on >p ~idx ~x:* +@all -acl",
      "ACL SETUSER part on >p ~idx ~d:1 ~d:[a* +@all -acl",
      "ACL SETUSER write on >p ~idx %W~d:* +@all -acl",
      "ACL SETUSER nameless on >p ~d:* +@all -acl",
      "ACL SETUSER searcher on >p +@search ~idx (~d:* +@read)",
      "ACL SETUSER none on >p ~* +@all -@search",
    ]
  ) assert.doesNotMatch(await ask(admin, line), /^-/, line);
  const asked = [
    "FT.SEARCH idx hello NOCONTENT",
    "FT.AGGREGATE idx * LOAD 1 t",
    "FT.TAGVALS idx g",
    "FT.SPELLCHECK idx helo",
    "FT.PROFILE idx SEARCH QUERY hello",
    "FT.CURSOR READ idx 1",
    "FT.INFO idx",
    "FT.EXPLAIN idx hello",
    "FT.EXPLAINCLI idx hello",
    "FT.SYNDUMP idx",
    "FT.ALIASLIST idx",
  ];
  for (const user of ["all", "some", "read"]) {
    await using client = await server.connect();
    await client.send("AUTH", user, "p");
    for (const line of asked) assert.doesNotMatch(await ask(client, line), /NOPERM/, line);
  }
  // Permissions of several selectors do not add up.
  for (const user of ["other", "part", "write", "searcher"]) {
    await using client = await server.connect();
    await client.send("AUTH", user, "p");
    for (const line of asked) assert.equal(await ask(client, line), REFUSED, `${user}: ${line}`);
    if (user === "searcher") continue;
    for (const line of ["FT.ALTER idx SCHEMA ADD u TEXT", "FT.SYNUPDATE idx s hi hello"]) {
      assert.equal(await ask(client, line), REFUSED, `${user}: ${line}`);
    }
    assert.equal(await ask(client, "FT.DROPINDEX idx DD"), REFUSED);
    const script = "return redis.call('FT.SEARCH',KEYS[1],'hello')";
    const answer = format(await client.send("EVAL", script, "1", "idx"));
    assert.match(answer, /NOPERM User does not have the required permissions|ACL failure/);
    await client.send("MULTI");
    await client.send("FT.SEARCH", "idx", "hello");
    assert.equal(await ask(client, "EXEC"), `[${REFUSED}]`);
  }
  for (
    const [user, error] of [["nameless", "No permissions to access a key"], ["none", "User none"]]
  ) {
    await using client = await server.connect();
    await client.send("AUTH", user!, "p");
    for (const line of asked) assert.match(await ask(client, line), RegExp(`^-NOPERM ${error}`));
  }
  assert.equal(await ask(admin, "EXISTS d:1 d:secret"), ":2");
});

Deno.test("a cursor is read by its index's name alone, unless the user may do anything", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  const ask = async (client: typeof admin, line: string) =>
    format(await client.send(...line.split(" ")));
  for (
    const line of [
      "FT.CREATE secret PREFIX 1 s: SCHEMA t TEXT SORTABLE",
      "FT.CREATE open PREFIX 1 o: SCHEMA t TEXT",
      "FT.ALIASADD alias secret",
      "HSET s:1 t a",
      "HSET s:2 t b",
      "ACL SETUSER some on >p ~open ~o:* +@all -acl",
      "ACL SETUSER reader on >p ~secret ~alias ~s:* +@all -acl",
    ]
  ) assert.doesNotMatch(await ask(admin, line), /^-/, line);
  const opened = async () => {
    const answer = await ask(admin, "FT.AGGREGATE secret * LOAD 1 t WITHCURSOR COUNT 1");
    return /:(\d+)\]$/.exec(answer)?.[1] ?? "";
  };
  const id = await opened();
  await using some = await server.connect();
  await some.send("AUTH", "some", "p");
  for (const name of ["open", "o:x"]) {
    assert.equal(await ask(some, `FT.CURSOR READ ${name} ${id}`), "-Cursor not found");
    assert.equal(await ask(some, `FT.CURSOR DEL ${name} ${id}`), "-Cursor does not exist");
  }
  await using reader = await server.connect();
  await reader.send("AUTH", "reader", "p");
  assert.match(await ask(reader, `FT.CURSOR READ alias ${id}`), /"b"/);
  assert.equal(await ask(reader, `FT.CURSOR DEL secret ${id}`), "+OK");
  // As in RediSearch, where any name will do.
  assert.match(await ask(admin, `FT.CURSOR READ open ${await opened()}`), /"b"/);
});
