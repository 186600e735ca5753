import { strict as assert } from "node:assert";
import type { Store } from "../../src/store/store.ts";
import { DatabaseFile, testOnDrivers } from "../store/open.ts";
import { TestUsers } from "./users.ts";

/** A user of the table as people see it. */
function rowOf(store: Store, name: string): string | undefined {
  const statement = store.engine.prepare("SELECT rules FROM users WHERE name = ?1 LIMIT 1");
  statement.bindText(1, name);
  const rules = statement.step() ? statement.columnText(0) : undefined;
  statement.finalize();
  return rules;
}

function put(store: Store, name: string, rules: string): void {
  store.engine.write();
  const statement = store.engine.prepare("INSERT OR REPLACE INTO users VALUES (?1, ?2)");
  statement.bindText(1, name);
  statement.bindText(2, rules);
  statement.run();
  statement.finalize();
  store.endTurn();
}

testOnDrivers("users that were saved are there after reopening", async (driver) => {
  await using file = new DatabaseFile(driver);
  using users = new TestUsers(file.clock, file.open());
  users.set("ü", "on >pw ~a* %R~b &c +@read (~d +set)");
  users.set("default", "resetpass >secret -flushall");
  const rules = users.user("ü").rules;
  users.access.save();
  users.store.endTurn();
  assert.equal(rowOf(users.store, "ü"), rules);
  users.store.endTurn();
  await users.store.close();

  using later = new TestUsers(file.clock, file.open());
  assert.equal(later.access.user("ü"), undefined);
  assert.equal(later.access.load(), true);
  assert.equal(later.user("ü").rules, rules);
  assert.equal(later.access.defaultUser.rules, users.access.defaultUser.rules);
  assert.equal(later.access.defaultUser.nopass, false);
  assert.equal(later.check(later.access.defaultUser, "flushall"), "command flushall");
});

testOnDrivers("patterns that are no text survive", async (driver) => {
  await using file = new DatabaseFile(driver);
  using users = new TestUsers(file.clock, file.open());
  users.access.setUser("u", ["~\xff\xfe*", "&\x80", "+get"]);
  const rules = users.user("u").rules;
  users.access.save();
  users.store.endTurn();
  users.access.removeUsers(["u"]);
  users.access.load();
  assert.equal(users.user("u").rules, rules);
});

testOnDrivers("saving is part of the turn", async (driver) => {
  await using file = new DatabaseFile(driver);
  using users = new TestUsers(file.clock, file.open());
  users.access.save();
  users.store.engine.rollback();
  assert.equal(users.access.load(), false);
});

testOnDrivers("without saved users loading changes nothing", async (driver) => {
  await using file = new DatabaseFile(driver);
  using users = new TestUsers(file.clock, file.open());
  users.set("u", "on");
  assert.equal(users.access.load(), false);
  assert.deepEqual(users.access.users().map(({ name }) => name), ["default", "u"]);
});

testOnDrivers(
  "loading makes, changes and removes users, and keeps whose they are",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    using users = new TestUsers(file.clock, file.open());
    const kept = users.set("kept", "on &a &b +get");
    users.set("gone", "on");
    put(users.store, "kept", "on resetchannels &a +set");
    put(users.store, "new", "on nopass ~* +@all");
    put(users.store, "default", "on nopass ~* &* +@all -get");
    const { defaultUser } = users.access;
    assert.equal(users.access.load(), true);
    assert.equal(users.access.user("kept"), kept);
    assert.equal(kept.rules, "on sanitize-payload resetchannels &a -@all +set");
    assert.equal(users.access.defaultUser, defaultUser);
    assert.equal(users.check(defaultUser, "get k"), "command get");
    assert.deepEqual(users.access.users().map(({ name }) => name), ["default", "kept", "new"]);
    assert.deepEqual(users.removed, ["gone"]);
    assert.deepEqual(users.reduced, ["kept"]);
  },
);

testOnDrivers("the default user stays as it is if the database does not tell", async (driver) => {
  await using file = new DatabaseFile(driver);
  using users = new TestUsers(file.clock, file.open());
  users.access.setDefaultPassword("secret");
  put(users.store, "u", "on");
  assert.equal(users.access.load(), true);
  assert.equal(users.access.defaultUser.nopass, false);
});

testOnDrivers("a wrong rule in the database is named and changes no user", async (driver) => {
  await using file = new DatabaseFile(driver);
  using users = new TestUsers(file.clock, file.open());
  users.set("u", "on");
  put(users.store, "a", "on +get");
  put(users.store, "b", "on +nope");
  assert.throws(() => users.access.load(), {
    message: "ERR user 'b' of the database has the rule '+nope': " +
      "Unknown command or category name in ACL",
  });
  assert.deepEqual(users.access.users().map(({ name }) => name), ["default", "u"]);
  assert.deepEqual(users.removed, []);
});
