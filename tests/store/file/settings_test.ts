import { strict as assert } from "node:assert";
import { DatabaseFile, memoryStore, testOnDrivers } from "../open.ts";

testOnDrivers("a new file has no settings", (driver) => {
  const store = memoryStore(driver);
  assert.deepEqual(store.settings.load(), new Map());
  store.closeNow();
});

testOnDrivers("settings survive reopening", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const settings = new Map([["appendfsync", "always"], ["maxclients", ""], ["ü", "ß"]]);
  store.settings.save(settings);
  store.endTurn();
  await store.close();
  assert.deepEqual(file.open().settings.load(), settings);
});

testOnDrivers("saved settings take the place of all before", (driver) => {
  const store = memoryStore(driver);
  store.settings.save([["a", "1"], ["b", "2"]]);
  store.endTurn();
  store.settings.save([["b", "3"]]);
  store.endTurn();
  assert.deepEqual(store.settings.load(), new Map([["b", "3"]]));
  store.closeNow();
});

testOnDrivers("settings are part of their turn", (driver) => {
  const store = memoryStore(driver);
  store.settings.save([["a", "1"]]);
  store.engine.rollback();
  assert.deepEqual(store.settings.load(), new Map());
  store.closeNow();
});

testOnDrivers("the file's own settings stay beside those of CONFIG REWRITE", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  assert.equal(store.settings.own("name"), undefined);
  store.settings.setOwn("name", "first");
  store.settings.setOwn("name", "second");
  store.settings.save([["name", "other"]]);
  store.endTurn();
  assert.equal(store.settings.own("name"), "second");
  store.settings.save([]);
  store.endTurn();
  assert.deepEqual([...store.settings.load()], []);
  assert.equal(store.settings.own("name"), "second");
});
