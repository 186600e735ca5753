/** Lists of documents say the same before, while and after they are merged and purged. */

import { strict as assert } from "node:assert";
import { Choice, SEED } from "../../commands/search/same_as_stack.ts";
import { commandTable } from "../../../src/commands/table/commands.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { toText } from "../../../src/embedded/data.ts";
import { Search } from "../../../src/search/search.ts";
import type { Index } from "../../../src/search/search_index.ts";
import { chooseDriver } from "../../../src/sqlite/drivers.ts";
import { Store } from "../../../src/store/store.ts";
import { Slice } from "../../../src/store/values/slice.ts";

/** A database whose background work is done by hand. */
class Database implements Disposable {
  readonly store: Store;
  readonly core: Core;

  constructor(path: string) {
    this.store = new Store(chooseDriver({}), path, {});
    this.core = new Core(this.store, commandTable());
  }

  run(...words: string[]): void {
    this.core.run(words, toText);
  }

  get index(): Index {
    return Search.of(this.store).get("idx");
  }

  /** Does slices of background work. */
  work(slices: number): void {
    for (let i = 0; i < slices; i++) {
      this.store.engine.begin();
      const { index } = this;
      if (index.contents.hasWork) {
        this.store.engine.write();
        index.contents.work(0);
      }
      this.store.endTurn();
    }
  }

  [Symbol.dispose](): void {
    this.core.closeNow();
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The keys that have a word, by a query. */
function keysWith(index: Index, query: string): string[] {
  const options = { dialect: 2, verbatim: true } as const;
  const matches = index.execute(index.parse(encoder.encode(query), options), options);
  const keys: string[] = [];
  while (matches.next()) keys.push(decoder.decode(index.documents.key(matches.number)));
  return keys.sort();
}

const WORDS = Array.from({ length: 30 }, (_, i) => `word${i}`);

/** Random changes and slices of work, with checks against what there should be. */
function play(database: Database, texts: Map<string, string>, choice: Choice, rounds: number) {
  const { limits } = database.index.contents;
  limits.pendingDocuments = 20;
  limits.deletedDocuments = 15;
  for (let round = 0; round < rounds; round++) {
    const key = `d:${choice.below(60)}`;
    if (choice.chance(0.2)) {
      database.run("DEL", key);
      texts.delete(key);
    } else {
      // Long texts make blocks beside the tails of lists.
      const words = Array.from({ length: 1 + choice.below(40) }, () => choice.of(WORDS));
      const text = words.join(" ");
      database.run("HSET", key, "t", text, "n", String(words.length), "g", words[0] ?? "");
      texts.set(key, text);
    }
    if (choice.chance(0.5)) database.work(1 + choice.below(4));
    if (choice.chance(0.1)) checkAll(database, texts, `round ${round} (seed ${SEED})`);
  }
}

function checkAll(database: Database, texts: Map<string, string>, when: string): void {
  const { index } = database;
  const having = (test: (words: string[]) => boolean) =>
    [...texts].filter(([, text]) => test(text.split(" "))).map(([key]) => key).sort();
  for (const word of WORDS) {
    assert.deepEqual(keysWith(index, word), having((words) => words.includes(word)), when + word);
  }
  assert.deepEqual(
    keysWith(index, "word1 word2"),
    having((words) => words.includes("word1") && words.includes("word2")),
    when,
  );
  assert.deepEqual(
    keysWith(index, '"word1 word2"'),
    [...texts].filter(([, text]) => ` ${text} `.includes(" word1 word2 ")).map(([key]) => key)
      .sort(),
    when,
  );
  assert.deepEqual(
    keysWith(index, "@n:[10 20]"),
    having(({ length }) => length >= 10 && length <= 20),
  );
  assert.deepEqual(keysWith(index, "@g:{word3}"), having(([first]) => first === "word3"), when);
  assert.deepEqual(
    keysWith(index, "word1*"),
    having((words) => words.some((w) => w.startsWith("word1"))),
  );
  const { facts, state } = index.contents;
  assert.equal(state.documents, texts.size, when);
  for (const [key, text] of texts) {
    const number = index.contents.numberOf(new Slice(encoder.encode(key)));
    assert.equal(facts.length(number), text.split(" ").length, when);
  }
  database.store.endTurn();
}

async function inDirectory(work: (path: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    work(`${directory}/test.db`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What {@linkcode create} asks for. */
function definition(database: Database): Index["definition"] {
  create(database);
  const { definition } = database.index;
  database.run("FT.DROPINDEX", "idx");
  return definition;
}

function create(database: Database): void {
  const schema = ["t", "TEXT", "n", "NUMERIC", "SORTABLE", "g", "TAG"];
  database.run("FT.CREATE", "idx", "PREFIX", "1", "d:", "SCHEMA", ...schema);
}

Deno.test("lists say the same however far they are merged and purged", () => {
  using database = new Database(":memory:");
  create(database);
  const texts = new Map<string, string>();
  play(database, texts, new Choice(SEED), 400);
  database.work(1000);
  checkAll(database, texts, "when all is merged");
  const { mergedTo, mergeTo } = database.index.contents.state;
  assert.equal(mergedTo, mergeTo);
  assert.ok(mergedTo > 0);
});

Deno.test("keys that exist are indexed one a slice where a slice has no more time", () => {
  using database = new Database(":memory:");
  for (let i = 0; i < 5; i++) database.run("HSET", `d:${i}`, "t", "word");
  database.store.engine.begin();
  Search.of(database.store).create({ ...definition(database), skipInitialScan: true });
  const { index } = database;
  index.beginScan();
  const scanned: number[] = [];
  while (index.isScanning) {
    index.work(0);
    scanned.push(index.contents.state.scanned);
  }
  database.store.endTurn();
  assert.deepEqual(scanned, [1, 2, 3, 4, 5]);
  assert.equal(keysWith(index, "word").length, 5);
});

Deno.test("a merge that a restart has interrupted appends nothing twice", async () => {
  await inDirectory((path) => {
    const texts = new Map<string, string>();
    const choice = new Choice(SEED);
    for (let restart = 0; restart < 6; restart++) {
      using database = new Database(path);
      if (restart === 0) create(database);
      checkAll(database, texts, `after restart ${restart}`);
      play(database, texts, choice, 60);
      database.work(choice.below(5));
    }
  });
});

Deno.test("two processes may merge the same lists", async () => {
  await inDirectory((path) => {
    using first = new Database(path);
    using second = new Database(path);
    create(first);
    const texts = new Map<string, string>();
    const choice = new Choice(SEED);
    for (let round = 0; round < 15; round++) {
      play(first, texts, choice, 12);
      play(second, texts, choice, 12);
      checkAll(first, texts, `round ${round}, first`);
      checkAll(second, texts, `round ${round}, second`);
    }
  });
});

Deno.test("a process that searches only follows the merges of another, slice by slice", async () => {
  await inDirectory((path) => {
    using writer = new Database(path);
    using reader = new Database(path);
    create(writer);
    const texts = new Map<string, string>();
    const choice = new Choice(SEED);
    writer.index.contents.limits.pendingDocuments = 20;
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 25; i++) {
        const text = Array.from({ length: 1 + choice.below(20) }, () => choice.of(WORDS)).join(" ");
        const key = `d:${round}-${i}`;
        writer.run("HSET", key, "t", text, "n", String(text.split(" ").length));
        writer.run("HSET", key, "g", text.split(" ")[0] ?? "");
        texts.set(key, text);
        if (choice.chance(0.2)) checkAll(reader, texts, `round ${round}, document ${i}`);
      }
      while (writer.index.contents.hasWork) {
        writer.work(1);
        if (choice.chance(0.7)) checkAll(reader, texts, `round ${round}, merging`);
        for (const word of WORDS) {
          const documents = reader.index.documentsOf(word);
          reader.store.endTurn();
          assert.equal(documents, writer.index.documentsOf(word), word);
        }
        writer.store.endTurn();
      }
    }
  });
});

Deno.test("what was merged leaves no record behind, and what was purged no deletion", () => {
  using database = new Database(":memory:");
  create(database);
  const texts = new Map<string, string>();
  play(database, texts, new Choice(SEED), 200);
  database.index.contents.limits.pendingDocuments = 1;
  database.index.contents.limits.deletedDocuments = 1;
  database.run("HSET", "d:1", "t", "word1");
  database.work(3000);
  const count = (table: string) => {
    const { engine } = database.store;
    engine.read();
    const statement = engine.prepare(`SELECT count(*) FROM ${table}`);
    statement.step();
    const rows = statement.columnNumber(0);
    statement.finalize();
    database.store.endTurn();
    return rows;
  };
  assert.equal(count("search_records"), 0);
  assert.ok(count("search_lists") > 0);
});
