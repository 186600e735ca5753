import { strict as assert } from "node:assert";
import type { AclFile } from "../../src/clients/acl/acl_file.ts";
import { fromLatin1, latin1 } from "../harness/resp_client.ts";
import { TestUsers } from "./users.ts";

/** A file in memory; its content is a byte string. */
class MemoryFile implements AclFile {
  readonly path = "users.acl";
  content: string;

  constructor(content: string) {
    this.content = content;
  }

  read(): Uint8Array {
    return fromLatin1(this.content);
  }

  write(content: Uint8Array): void {
    this.content = latin1(content);
  }
}

function usersOf(content: string): TestUsers & { readonly file: MemoryFile } {
  const file = new MemoryFile(content);
  return Object.assign(new TestUsers(undefined, undefined, file), { file });
}

const NOTHING_DONE =
  "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
const UNKNOWN = "Unknown command or category name in ACL";

/** Files, and the error of ACL LOAD that Redis has for them. */
const WRONG: readonly (readonly [content: string, error: string])[] = [
  ["user bob +@foo", `users.acl:1: Error in applying operation '+@foo': ${UNKNOWN}. `],
  ["user bob on\nuser bob off", "WARNING: Duplicate user 'bob' found on line 2. "],
  ["foo bob", "users.acl:1 should start with user keyword followed by the username. "],
  ["\n\nuser", "users.acl:3 should start with user keyword followed by the username. "],
  ["# user bob", "users.acl:1 should start with user keyword followed by the username. "],
  ["USER bob", "users.acl:1 should start with user keyword followed by the username. "],
  [
    "user a b c\nuser x (+get",
    "users.acl:1: Syntax error. users.acl:2: Unmatched parenthesis in selector definition.",
  ],
  [
    "user b +nope ~*\nuser c foo",
    `users.acl:1: Error in applying operation '+nope': ${UNKNOWN}. users.acl:2: Syntax error. `,
  ],
  ["user   bob   on", "users.acl:1: Syntax error. "],
  [
    "user bob on # comment",
    "users.acl:1: The password hash must be exactly 64 characters and contain only lowercase " +
    "hexadecimal characters. ",
  ],
];

Deno.test("a file's errors are told all at once, and no user changes", () => {
  using users = usersOf("");
  users.set("kept", "on");
  for (const [content, error] of WRONG) {
    users.file.content = content;
    assert.throws(() => users.access.load(), { message: `ERR ${error}${NOTHING_DONE}` }, content);
  }
  assert.deepEqual(users.access.users().map(({ name }) => name), ["default", "kept"]);
});

Deno.test("a file's users take the place of all others", () => {
  using users = usersOf("  user bob on >pw ~* +@all\r\n\n \t\nuser kept off (+get ~a)\n");
  const kept = users.set("kept", "on &a");
  users.set("gone", "on");
  users.set("default", "resetpass >secret -flushall");
  assert.equal(users.access.load(), true);
  assert.deepEqual(users.access.users().map(({ name }) => name), ["bob", "default", "kept"]);
  assert.equal(users.access.user("kept"), kept);
  assert.deepEqual(users.removed, ["gone"]);
  assert.deepEqual(users.reduced, ["kept"]);
  assert.equal(users.access.defaultUser.rules, "on nopass sanitize-payload ~* &* +@all");
});

Deno.test("the default user that a file does not tell of has the password of requirepass", () => {
  using users = usersOf("user bob on");
  users.defaultPassword = "secret";
  users.access.load();
  assert.equal(users.access.isOpen, false);
  users.file.content = "user default on nopass ~* &* +@all";
  users.access.load();
  assert.equal(users.access.isOpen, true);
});

Deno.test("what is saved in a file makes the same users, bytes that are no text included", () => {
  using users = usersOf("");
  users.access.setUser("ü", ["on", ">pw", "~\xff*", "%R~b", "&\x80", "+@read", "(~d +set)"]);
  const rules = users.user("ü").rules;
  users.access.save();
  assert.match(users.file.content, /^user default on nopass [^\n]*\nuser \xc3\xbc on [^\n]*\n$/);
  users.access.removeUsers(["ü"]);
  users.access.load();
  assert.equal(users.user("ü").rules, rules);
});

Deno.test("a declared user takes the place of the one of its name", () => {
  using users = new TestUsers();
  users.set("bob", "on +@all ~*");
  users.access.declareUser(" bob on >pw ~a  (+set ~b)");
  assert.match(users.user("bob").rules, /^on .* ~a resetchannels -@all \(~b .*\+set\)$/);
  users.access.declareUser("default off");
  assert.equal(users.access.defaultUser.enabled, false);
  assert.throws(
    () => users.access.declareUser("eve on +nope"),
    { message: `ERR user 'eve' has the rule '+nope': ${UNKNOWN}` },
  );
  assert.equal(users.access.user("eve"), undefined);
});
