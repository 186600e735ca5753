/** Indexes by typed methods. */

import { strict as assert } from "node:assert";
import { Redlite, RedliteError } from "../../../../mod.ts";

Deno.test("an index of a program finds what it is told to, typed by its schema", () => {
  using db = Redlite.open(":memory:");
  const films = db.ft.create("films", {
    prefix: ["film:", "movie:"],
    filter: "@year > 1900",
    stopwords: ["the"],
    schema: {
      title: { type: "text", weight: 2, sortable: true },
      year: { type: "numeric", sortable: true },
      genre: { type: "tag", separator: ";" },
    },
  });
  db.hset("film:1", { title: "The Third Man", year: "1949", genre: "thriller;noir" });
  db.hset("movie:2", { title: "Man of the Moon", year: "1999", genre: "drama" });
  db.hset("film:3", { title: "A Trip to the Moon", year: "1902" });
  db.hset("film:4", { title: "A man before films", year: "1890" });

  const found = films.search("man", { sortby: { field: "year", direction: "desc" } });
  assert.equal(found.total, 2);
  assert.deepEqual(found.documents.map(({ key }) => key), ["movie:2", "film:1"]);
  const year: number | undefined = found.documents[0]?.fields.year;
  assert.equal(year, 1999);

  assert.deepEqual(
    films.search("moon @genre:{$genre}", { params: { genre: "drama" }, return: ["title"] })
      .documents.map(({ fields }) => fields),
    [{ title: "Man of the Moon" }],
  );
  assert.deepEqual(films.search("*", { limit: { count: 0 } }).documents, []);
  assert.equal(films.search("*", { inkeys: ["film:3"] }).total, 1);
  assert.equal(films.search("moon", { infields: ["genre"] }).total, 0);
  assert.deepEqual(db.ft.tagvals("films", "genre"), ["drama", "noir", "thriller"]);
  assert.throws(() => films.search("@title:("), RedliteError);
  assert.throws(() => db.ft.create("films", { schema: { title: "text" } }), RedliteError);
  // @ts-expect-error There is no such option.
  assert.throws(() => films.search("*", { order: "year" }), TypeError);
});

Deno.test("indexes are altered, go by other names and are dropped", async () => {
  using db = Redlite.open(":memory:");
  db.json.set("user:1", "$", { name: "Ada", age: 36, city: "London" });
  const users = db.ft.create("users", {
    on: "json",
    prefix: "user:",
    schema: { name: { type: "text", path: "$.name" }, age: { type: "numeric", path: "$.age" } },
  });
  while (db.ft.info("users")["indexing"] !== 0) await new Promise((next) => setTimeout(next, 5));
  assert.equal(users.search("ada @age:[30 40]").total, 1);

  db.ft.alter("users", { city: { type: "tag", path: "$.city" } });
  while (db.ft.info("users")["indexing"] !== 0) await new Promise((next) => setTimeout(next, 5));
  assert.equal(db.ft.search("users", "@city:{london}").total, 1);

  db.ft.aliasadd("people", "users");
  assert.equal(db.ft.search("people", "*").total, 1);
  db.ft.aliasdel("people");
  assert.throws(() => db.ft.search("people", "*"), RedliteError);

  db.ft.synupdate("users", "first", "ada", "countess");
  assert.deepEqual(db.ft.syndump("users").get("countess"), ["first"]);
  assert.match(db.ft.explain("users", "ada -@age:[1 2]"), /^INTERSECT \{/);
  assert.deepEqual(db.ft.list(), ["users"]);
  users.drop(true);
  assert.deepEqual(db.ft.list(), []);
  assert.equal(db.exists("user:1"), 0);
});
