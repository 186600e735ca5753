import { strict as assert } from "node:assert";
import { slice } from "../store/open.ts";
import { TestUsers } from "./users.ts";

function accepts(users: TestUsers, name: string, password: string | Uint8Array): boolean {
  const user = users.access.authenticate(name, slice(password));
  if (user !== undefined) assert.equal(user, users.access.user(name));
  return user !== undefined;
}

Deno.test("a user is who knows one of its passwords", () => {
  using users = new TestUsers();
  users.set("u", "on >one >two");
  assert.equal(accepts(users, "u", "one"), true);
  assert.equal(accepts(users, "u", "two"), true);
  for (const wrong of ["", "three", "One", "one ", "on"]) {
    assert.equal(accepts(users, "u", wrong), false, wrong);
  }
  assert.equal(accepts(users, "U", "one"), false);
  assert.equal(accepts(users, "nobody", "one"), false);
});

Deno.test("nobody is a user that does not exist, even with no password at all", () => {
  using users = new TestUsers();
  assert.equal(accepts(users, "nobody", ""), false);
  assert.equal(accepts(users, "", ""), false);
});

Deno.test("a disabled user lets nobody in", () => {
  using users = new TestUsers();
  users.set("u", "on nopass");
  assert.equal(accepts(users, "u", "anything"), true);
  users.set("u", "off");
  assert.equal(accepts(users, "u", "anything"), false);
  users.set("u", "resetpass >pw");
  assert.equal(accepts(users, "u", "pw"), false);
});

Deno.test("a user without passwords lets nobody in unless it needs none", () => {
  using users = new TestUsers();
  users.set("u", "on");
  assert.equal(accepts(users, "u", ""), false);
});

Deno.test("a password is bytes, of any length", () => {
  using users = new TestUsers();
  users.access.setUser("u", ["on", ">\xff\0", ">"]);
  assert.equal(accepts(users, "u", Uint8Array.of(255, 0)), true);
  assert.equal(accepts(users, "u", Uint8Array.of(255)), false);
  assert.equal(accepts(users, "u", ""), true);
});

Deno.test("requirepass gives the default user one password, or lets everybody in", () => {
  using users = new TestUsers();
  const { access } = users;
  assert.equal(access.defaultUser.nopass, true);
  users.set("default", ">old");
  access.setDefaultPassword("gehëim");
  assert.equal(access.defaultUser.nopass, false);
  assert.equal(accepts(users, "default", "gehëim"), true);
  assert.equal(accepts(users, "default", "old"), false);
  assert.equal(access.defaultUser.unrestricted, true);
  access.setDefaultPassword("");
  assert.equal(access.defaultUser.nopass, true);
  assert.deepEqual(access.defaultUser.passwords, []);
});
