import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { INLINE_LIMIT, TYPE } from "../../../src/store/file/schema.ts";
import type { Document } from "../../../src/store/json/document.ts";
import { LONGEST_PIECE } from "../../../src/store/json/layout.ts";
import { loadPieces } from "../../../src/store/json/loading.ts";
import { parseJson } from "../../../src/store/json/parser.ts";
import { jsonText } from "../../../src/store/json/text.ts";
import {
  isContainer,
  JsonArray,
  JsonObject,
  type JsonValue,
} from "../../../src/store/json/values.ts";
import type { Store } from "../../../src/store/store.ts";
import { Dice, randomJson } from "../../commands/json/generated.ts";
import { memoryStore, slice, testOnDrivers } from "../open.ts";

interface Row {
  readonly position: number;
  readonly text: string;
  readonly bytes: number;
}

const decoder = new TextDecoder();

function rowsOf(store: Store, { id }: Collection): Row[] {
  const statement = store.engine.prepare(
    "SELECT position, text FROM json WHERE key_id = ?1 ORDER BY position",
  );
  statement.bindInteger(1, id);
  const rows: Row[] = [];
  while (statement.step()) {
    const bytes = statement.columnBlob(1);
    const position = statement.columnNumber(0);
    rows.push({ position, text: decoder.decode(bytes), bytes: bytes.length });
  }
  statement.finalize();
  return rows;
}

function create(store: Store, text: string): Document {
  store.engine.write();
  const collection = store.documents.create(0, slice("k"), parseJson(text, true), text.length);
  return store.documents.read(collection);
}

/** A place in a value where there is something, the root included. */
function randomPlace(dice: Dice, root: JsonValue): number[] {
  const place: number[] = [];
  let value = root;
  while (isContainer(value) && value.items.length > 0 && dice.below(5) > 0) {
    const index = dice.below(value.items.length);
    place.push(index);
    value = value.items[index]!;
  }
  return place;
}

function at(root: JsonValue, place: readonly number[]): JsonValue {
  return place.reduce<JsonValue>((value, i) => isContainer(value) ? value.items[i]! : null, root);
}

function randomChange(dice: Dice, document: Document): void {
  const { root } = document;
  const value = () => parseJson(randomJson(dice, dice.pick([0, 0, 3, 60, 600])), true);
  const place = randomPlace(dice, root);
  const there = at(root, place);
  switch (dice.below(6)) {
    case 0:
      if (place.length > 1 || place.length === 1 && dice.below(20) === 0) document.delete(place);
      break;
    case 1:
      if (place.length > 1 || !isContainer(root)) document.replace(place, value());
      break;
    case 2:
      if (isContainer(there) && place.length > 1) document.clear(place);
      break;
    case 3:
      if (there instanceof JsonArray && there.items.length > 0) {
        const from = dice.below(there.items.length);
        document.remove(place, from, 1 + dice.below(Math.min(20, there.items.length - from)));
      }
      break;
    default:
      if (there instanceof JsonArray) {
        const more = Array.from({ length: 1 + dice.below(4) }, value);
        document.insert(place, dice.below(there.items.length + 1), more);
      } else if (there instanceof JsonObject) {
        document.add(place, `name ${dice.below(1e9)}`, value());
      }
  }
}

const LARGE = JSON.stringify({
  list: Array.from(
    { length: 400 },
    (_, i) => ({ id: i, name: `name ${i}`, tags: ["a", "b", i / 4] }),
  ),
  deep: { a: { b: Array.from({ length: 300 }, (_, i) => [i, `text ${i}`.repeat(3)]) } },
  small: 1,
});

function assertStored(store: Store, collection: Collection, root: JsonValue, told: string): void {
  const rows = rowsOf(store, collection);
  const { metadata, length } = collection;
  const stored = metadata.length > 0
    ? decoder.decode(metadata)
    : rows.map(({ text }) => text).join("");
  assert.equal(stored, jsonText(root), told);
  assert.equal(length, new TextEncoder().encode(stored).length, told);
  assert.equal(metadata.length > 0, length <= INLINE_LIMIT && rows.length === 0, told);
  if (rows.length === 0) return;
  const { holder, pieces } = loadPieces(rows);
  assert.deepEqual(
    pieces.leaves().map(({ position }) => position),
    rows.map(({ position }) => position),
    told,
  );
  assert.deepEqual(pieces.dropped, [], told);
  assert.equal(jsonText(holder.items[0]!), stored, told);
  for (const leaf of pieces.leaves()) {
    assert.equal(
      pieces.render(leaf),
      rows.find(({ position }) => position === leaf.position)?.text,
      told,
    );
    assert.ok(leaf.bytes <= LONGEST_PIECE || leaf.count === 1, told);
  }
}

testOnDrivers("rows put together are the document, whatever changes in it", (driver) => {
  for (const seed of [1, 2, 3]) {
    const dice = new Dice(seed);
    const store = memoryStore(driver);
    let document = create(store, LARGE);
    const { collection } = document;
    for (let step = 0; step < 400; step++) {
      randomChange(dice, document);
      if (dice.below(3) > 0) continue;
      store.endTurn();
      assertStored(store, collection, document.root, `seed ${seed}, step ${step}`);
      if (dice.below(4) === 0) {
        // Out of memory, so that it is read anew.
        collection.rest = undefined;
        collection.version++;
      }
      store.engine.write();
      document = store.documents.read(collection);
    }
  }
});

testOnDrivers(
  "a number that changes in a large document is written with its piece alone",
  (driver) => {
    const store = memoryStore(driver);
    const document = create(store, LARGE);
    const { collection } = document;
    store.endTurn();
    const before = rowsOf(store, collection);
    assert.ok(before.length > 8);
    store.engine.write();
    document.replace([0, 200, 0], -5);
    store.endTurn();
    const after = rowsOf(store, collection);
    assert.equal(after.length, before.length);
    assert.equal(after.filter((row, i) => row.text !== before[i]!.text).length, 1);
    assert.match(after.map(({ text }) => text).join(""), /\{"id":-5,"name":"name 200"/);
  },
);

testOnDrivers("a short document is in its key's row alone", (driver) => {
  const store = memoryStore(driver);
  const { collection } = create(store, '{"a":1}');
  store.endTurn();
  assert.deepEqual(rowsOf(store, collection), []);
  assert.equal(decoder.decode(collection.metadata), '{"a":1}');
});

testOnDrivers(
  "rows that were cut elsewhere are read, and cut as they should be by the next change",
  (driver) => {
    const store = memoryStore(driver);
    const { collection } = create(store, LARGE);
    store.endTurn();
    store.engine.write();
    const text = jsonText(store.documents.read(collection).root);
    const encoder = new TextEncoder();
    store.engine.connection.exec("DELETE FROM json");
    const insert = store.engine.prepare("INSERT INTO json VALUES (?1, ?2, ?3)");
    for (let i = 0; i < text.length; i += 1000) {
      const piece = encoder.encode(text.slice(i, i + 1000));
      insert.bindInteger(1, collection.id);
      insert.bindInteger(2, i);
      insert.bindBlob(3, piece, 0, piece.length);
      insert.run();
    }
    insert.finalize();
    collection.rest = undefined;
    collection.version++;
    const document = store.documents.read(collection);
    document.replace([2], 2);
    store.endTurn();
    assertStored(store, collection, document.root, "after the change");
  },
);

testOnDrivers("a turn that is rolled back takes a document's changes along", (driver) => {
  const store = memoryStore(driver);
  create(store, LARGE);
  store.endTurn();
  store.engine.write();
  const find = () => {
    assert.equal(store.keyspace.find(0, slice("k")), TYPE.JSON);
    return store.documents.read(store.keyspace.row.collection!);
  };
  find().replace([2], "changed");
  store.engine.rollback();
  assert.match(jsonText(find().root), /"small":1\}$/);
});

testOnDrivers(
  "an array that grows bit by bit is cut as it grows, and joined as it shrinks",
  (driver) => {
    const store = memoryStore(driver);
    const members = Array.from(
      { length: 60 },
      (_, i) => ({ id: i, name: "x".repeat(40), tags: ["a"], more: i }),
    );
    const document = create(store, JSON.stringify({ members }));
    const { collection } = document;
    const place = [0, 30, 2];
    for (let i = 0; i < 1600; i++) {
      store.engine.write();
      document.insert(place, i + 1, [`tag ${i}`]);
      store.endTurn();
      if (i % 100 === 0) assertStored(store, collection, document.root, `${i} added`);
    }
    assertStored(store, collection, document.root, "all added");
    for (let left = 1600; left > 0; left -= 10) {
      store.engine.write();
      document.remove(place, 1, 10);
      store.endTurn();
      if (left % 100 === 0) assertStored(store, collection, document.root, `${left} left`);
    }
    assertStored(store, collection, document.root, "all gone");
    assert.ok(rowsOf(store, collection).length < 8);
  },
);

testOnDrivers("documents are written over by others, long and short, read or not", (driver) => {
  const dice = new Dice(4);
  const store = memoryStore(driver);
  const texts = [LARGE, '{"a":1}', `["${"x".repeat(500)}"]`, "[]"];
  for (let step = 0; step < 60; step++) {
    store.engine.write();
    for (let i = dice.below(3); i >= 0; i--) {
      const text = dice.pick(texts);
      store.documents.set(0, slice("k"), parseJson(text, true), text.length);
      assert.equal(store.keyspace.find(0, slice("k")), TYPE.JSON);
      const collection = store.keyspace.row.collection!;
      const way = dice.below(4);
      if (way < 2) {
        assert.equal(jsonText(store.documents.read(collection).root), text);
      } else if (way === 2) {
        assert.equal(decoder.decode(store.documents.text(collection).view()), text);
      }
    }
    store.endTurn();
    store.keyspace.find(0, slice("k"));
    const collection = store.keyspace.row.collection!;
    const told = `step ${step}`;
    assertStored(store, collection, store.documents.read(collection).root, told);
    if (dice.below(2) === 0) {
      collection.rest = undefined;
      collection.version++;
    }
  }
});

testOnDrivers(
  "trees of more documents than there is room for are let go, written or not",
  (driver) => {
    const store = memoryStore(driver);
    store.cacheBytes = 1 << 20;
    const count = 60;
    const find = (i: number) => {
      assert.equal(store.keyspace.find(0, slice(`k${i}`)), TYPE.JSON);
      return store.keyspace.row.collection!;
    };
    for (let i = 0; i < count; i++) {
      store.engine.write();
      store.documents.create(0, slice(`k${i}`), parseJson(LARGE, true), LARGE.length);
    }
    // All in one turn: what was changed is written before its tree goes.
    for (let i = 0; i < count; i++) store.documents.read(find(i)).replace([2], i);
    const held = Array.from({ length: count }, (_, i) => find(i)).filter(({ rest }) =>
      rest !== undefined
    );
    assert.ok(held.length < count / 2, `${held.length}`);
    store.endTurn();
    for (let i = 0; i < count; i++) {
      const document = store.documents.read(find(i));
      assert.equal(jsonText(document.root), LARGE.replace('"small":1', `"small":${i}`));
      assertStored(store, document.collection, document.root, `document ${i}`);
    }
  },
);
