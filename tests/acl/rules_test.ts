import { strict as assert } from "node:assert";
import { randomNumbers } from "../store/rdb/random.ts";
import { TestUsers } from "./users.ts";

const SHA_OF_PW = "30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4";

/** Rules, and the same as ACL LIST tells them. */
const TOLD: readonly (readonly [rules: string, told: string])[] = [
  ["", "off sanitize-payload resetchannels -@all"],
  ["ON NoPass", "on nopass sanitize-payload resetchannels -@all"],
  [">pw nopass", "off nopass sanitize-payload resetchannels -@all"],
  ["nopass >pw >pw", `off sanitize-payload #${SHA_OF_PW} resetchannels -@all`],
  [`#${SHA_OF_PW} <pw`, "off sanitize-payload resetchannels -@all"],
  [`>pw !${SHA_OF_PW}`, "off sanitize-payload resetchannels -@all"],
  ["skip-sanitize-payload", "off skip-sanitize-payload resetchannels -@all"],
  ["+GET", "off sanitize-payload resetchannels -@all +get"],
  ["+get -get", "off sanitize-payload resetchannels -@all -get"],
  ["+@all -get +get", "off sanitize-payload resetchannels +@all +get"],
  ["+get +@all", "off sanitize-payload resetchannels +@all"],
  ["+@read +get +@read", "off sanitize-payload resetchannels -@all +get +@read"],
  ["+config|get +config", "off sanitize-payload resetchannels -@all +config"],
  ["+config -config|get", "off sanitize-payload resetchannels -@all +config -config|get"],
  ["+get|FOO +get|bar +get|foo", "off sanitize-payload resetchannels -@all +get|bar +get|foo"],
  ["+get|foo +get", "off sanitize-payload resetchannels -@all +get"],
  ["+get +getex -get", "off sanitize-payload resetchannels -@all +getex -get"],
  ["~a ~b ~a", "off sanitize-payload ~a ~b resetchannels -@all"],
  ["~a ~*", "off sanitize-payload ~* resetchannels -@all"],
  ["%R~a %w~a %WR~b", "off sanitize-payload ~a ~b resetchannels -@all"],
  ["%R~a %W~b", "off sanitize-payload %R~a %W~b resetchannels -@all"],
  ["%RW~* ~a", "off sanitize-payload ~* ~a resetchannels -@all"],
  ["&a &b &a", "off sanitize-payload resetchannels &a &b -@all"],
  ["&a allchannels", "off sanitize-payload &* -@all"],
  ["allchannels resetchannels &x", "off sanitize-payload resetchannels &x -@all"],
  ["(+get ~a)", "off sanitize-payload resetchannels -@all (~a resetchannels -@all +get)"],
  ["( +get )", "off sanitize-payload resetchannels -@all (resetchannels -@all +get)"],
  [
    "() (allkeys allchannels allcommands)",
    "off sanitize-payload resetchannels -@all (resetchannels -@all) (~* &* +@all)",
  ],
  ["(~a) clearselectors", "off sanitize-payload resetchannels -@all"],
  ["on >pw ~* &* +@all (+get) reset", "off sanitize-payload resetchannels -@all"],
];

Deno.test("a user's rules are told in their canonical form", () => {
  using users = new TestUsers();
  for (const [rules, told] of TOLD) assert.equal(users.fresh(rules).rules, told, rules);
});

const PATTERN_AFTER_ALL = "Adding a pattern after the * pattern (or the 'allkeys' flag) is not " +
  "valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns";
const UNKNOWN = "Unknown command or category name in ACL";

/** Rules, which of them is wrong, and why. */
const WRONG: readonly (readonly [rules: string, rule: string, reason: string])[] = [
  ["on foo", "foo", "Syntax error"],
  ["+get|", "+get|", "Syntax error"],
  ["+nope", "+nope", UNKNOWN],
  ["-get|foo", "-get|foo", UNKNOWN],
  ["+config|nope", "+config|nope", UNKNOWN],
  ["+@nope", "+@nope", UNKNOWN],
  ["+config|get|x", "+config|get|x", "Allowing first-arg of a subcommand is not supported"],
  ["%X~a", "%X~a", "Syntax error"],
  ["%RR~a", "%RR~a", "Syntax error"],
  ["%~a", "%~a", "Syntax error"],
  ["~* ~a", "~a", PATTERN_AFTER_ALL],
  ["(on)", "(on)", "Syntax error"],
  ["(~* ~a)", "(~* ~a)", PATTERN_AFTER_ALL],
  ["((+get))", "((+get))", "Syntax error"],
  ["<pw", "<pw", "The password you are trying to remove from the user does not exist"],
  [
    "#abc",
    "#abc",
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
  ],
];

Deno.test("a wrong rule is named with its reason, and no rule is applied", () => {
  using users = new TestUsers();
  const before = users.set("u", "on ~key +get").rules;
  for (const [rules, rule, reason] of WRONG) {
    assert.throws(() => users.set("u", "resetkeys -@all off " + rules), {
      message: `ERR Error in ACL SETUSER modifier '${rule}': ${reason}`,
    });
    assert.equal(users.user("u").rules, before, rules);
  }
});

Deno.test("a wrong rule makes no new user", () => {
  using users = new TestUsers();
  assert.throws(() => users.set("u", "on foo"));
  assert.equal(users.access.user("u"), undefined);
});

Deno.test("a selector that does not end is named", () => {
  using users = new TestUsers();
  assert.throws(() => users.set("u", "on (+get ~a"), {
    message: "ERR Unmatched parenthesis in acl selector starting at '(+get'.",
  });
});

Deno.test("white space and zero bytes are no part of patterns and first arguments", () => {
  using users = new TestUsers();
  for (const rule of ["~a b", "~a\tb", "~a\0b", "&a b", "&a\r", "%R~a\nb", "+get|a b", "+get|\0"]) {
    assert.throws(() => users.access.setUser("u", [rule]), /Syntax error/, JSON.stringify(rule));
  }
});

Deno.test("bytes beyond ASCII keep their values, whatever letters they would be", () => {
  using users = new TestUsers();
  users.access.setUser("u", ["~\xc0\xff", "&\xdf", "+get|\xc0X"]);
  assert.equal(
    users.user("u").rules,
    "off sanitize-payload ~\xc0\xff resetchannels &\xdf -@all +get|\xc0x",
  );
});

Deno.test("acl-pubsub-default is what users, selectors and reset begin with", () => {
  using users = new TestUsers();
  users.allChannels = true;
  assert.equal(users.set("u", "(+get)").rules, "off sanitize-payload &* -@all (&* -@all +get)");
  assert.equal(users.set("u", "resetchannels reset").rules, "off sanitize-payload &* -@all");
  users.allChannels = false;
  assert.equal(users.set("u", "(+get)").permissions[1]!.channels, "");
  assert.equal(users.set("u", "reset").rules, "off sanitize-payload resetchannels -@all");
});

const WORDS =
  ("on off nopass resetpass >one >two <one allkeys resetkeys ~a* ~b %R~a* %W~b %RW~* %R~* " +
    "allchannels resetchannels &c* &d allcommands nocommands +get -get +set +config -config " +
    "+config|get -config|set +@read -@write +@all -@all +get|x +select|0 clearselectors reset " +
    "sanitize-payload skip-sanitize-payload (+get_~a) (%R~*_%W~*_~z_&x_+@hash) (allkeys_+@all)")
    .split(" ");

Deno.test("the rules that are stored make the same user again", () => {
  using users = new TestUsers();
  const below = randomNumbers(20260802);
  let told = 0;
  for (let round = 0; round < 300; round++) {
    users.access.setUser("u", ["reset"]);
    for (let i = 0; i < 12; i++) {
      const word = WORDS[below(WORDS.length)]!.replaceAll("_", " ");
      try {
        users.access.setUser("u", [word]);
      } catch {
        // A pattern after all keys, or a password that is not there: the user stays as it is.
      }
    }
    const { rules, permissions } = users.user("u");
    users.access.save();
    users.access.removeUsers(["u"]);
    assert.equal(users.access.load(), true);
    assert.equal(users.user("u").rules, rules);
    assert.deepEqual(users.user("u").permissions, permissions);
    if (rules.includes("(")) told++;
  }
  assert.ok(told > 100, `${told}`);
});
