import { strict as assert } from "node:assert";
import { checkIntegrity } from "../../../src/store/file/integrity.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import { repair } from "../../../src/store/rescue/repair.ts";
import type { Store } from "../../../src/store/store.ts";
import { idText, MAX_ID, MIN_ID, setTime } from "../../../src/store/streams/ids.ts";
import { DatabaseFile, slice, testOnDrivers, text } from "../open.ts";

/** Makes a stream of ten entries, of which two consumers have some pending. */
function fill(store: Store, key: string): void {
  store.engine.write();
  const { streams } = store;
  const stream = streams.create(0, slice(key));
  const fields = [slice("name"), slice("v")];
  const id = new Uint8Array(16);
  for (let ms = 1; ms <= 10; ms++) {
    setTime(id, ms);
    streams.add(stream, id, { at: (index) => fields[index] ?? slice("") }, 0, 1);
  }
  const group = streams.groups.create(stream, slice("g"), MIN_ID, 0);
  for (const name of ["alice", "bob"]) {
    const consumer = streams.groups.createConsumer(stream, group, slice(name));
    streams.deliver(stream, group, consumer, 3, false, () => true);
  }
  store.endTurn();
}

testOnDrivers("streams of which rows are lost are whole again", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (const key of ["entries", "consumer", "group", "key"]) fill(store, key);
  await store.close();
  const connection = file.connect();
  const of = (key: string) => `(SELECT id FROM keys WHERE key = CAST('${key}' AS BLOB))`;
  connection.exec(`
    DELETE FROM streams WHERE key_id = ${of("entries")} AND id > (
      SELECT id FROM streams WHERE key_id = ${of("entries")} LIMIT 1 OFFSET 6);
    DELETE FROM stream_consumers WHERE key_id = ${of("consumer")} AND name = CAST('bob' AS BLOB);
    DELETE FROM stream_groups WHERE key_id = ${of("group")};
    DELETE FROM keys WHERE key = CAST('key' AS BLOB);
  `);
  assert.notDeepEqual(checkIntegrity(connection, "full"), []);
  const losses: string[] = [];
  connection.begin(true);
  repair(connection, [], losses);
  connection.commit();
  assert.deepEqual(checkIntegrity(connection, "full"), []);
  assert.ok(losses.some((line) => /'entries'.*7 of 10/.test(line)), losses.join("\n"));
  const again = file.open();
  const found = (key: string) => {
    again.engine.begin();
    const stream = again.keyspace.readCollection(0, slice(key), TYPE.STREAM);
    assert.ok(stream !== undefined, key);
    return stream;
  };
  assert.equal(found("entries").length, 7);
  const consumer = found("consumer");
  const group = again.streams.groups.find(consumer, slice("g"));
  assert.ok(group !== undefined);
  assert.deepEqual([group.pending, group.consumerCount], [6, 1]);
  assert.equal(again.streams.groups.find(found("group"), slice("g")), undefined);
  const [orphan] = losses.some((line) => line.includes("salvaged:")) ? orphans(again) : [];
  assert.ok(orphan !== undefined);
  const entries: string[] = [];
  again.streams.range(found(orphan), MIN_ID, MAX_ID, false, 2, (entry) => {
    entries.push(idText(entry.id));
    entry.visit((bytes, start, end) => entries.push(text(bytes.slice(start, end))));
  });
  assert.deepEqual(entries, ["1-0", "1", "v", "2-0", "1", "v"]);
});

/** The keys that stand for lost ones. */
function orphans(store: Store): string[] {
  const keys: string[] = [];
  store.walk.walk(0, new Uint8Array(0), undefined, -1, (key) => {
    const name = text(key.view());
    if (name.startsWith("salvaged:")) keys.push(name);
  });
  return keys;
}
