/** Random commands on the connection itself, and commands that do not exist. */

import fc from "../harness/properties.ts";
import { type Argument, format, latin1, type Reply } from "../harness/resp_client.ts";
import type { CommandGroup } from "./command_group.ts";
import {
  alone,
  anyArity,
  both,
  command,
  commandOf,
  junk,
  plain,
  several,
  type Step,
  together,
  word,
} from "./pieces.ts";
import { binary, database, key, value } from "./pools.ts";

const message = fc.oneof(fc.constantFrom("", "hello", "hello world"), binary, value);
// One option at a time: Redis 7.0 acts on each as it reads it, Redis 8 on all after it has read them.
const helloOptions = fc.oneof(
  fc.constant<Argument[]>([]),
  both(word("SETNAME"), fc.constantFrom("conn", "a b", "")),
  junk,
);

/** Commands that may be refused for the password: Redis 8.2 drops that reply behind others of one write. */
const authentication: fc.Arbitrary<Step> = fc.oneof(
  commandOf("AUTH", [several(fc.constantFrom("default", "nobody"), 1, 3)]),
  commandOf("HELLO", [
    fc.constantFrom("2", "3", "4"),
    word("AUTH"),
    fc.constantFrom(["default", "any"], ["nobody", "pw"], ["default"]),
  ]),
).map(alone);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: command("PING", several(message, 0, 2)) },
  { weight: 3, arbitrary: command("ECHO", message) },
  { weight: 2, arbitrary: command("HELLO") },
  {
    weight: 4,
    arbitrary: command("HELLO", fc.constantFrom("2", "3", "3", "1", "4", "abc", ""), helloOptions),
  },
  {
    weight: 3,
    arbitrary: command("CLIENT SETNAME", fc.constantFrom("me", "", "a b", "x\ny", "é", "n:1")),
  },
  { weight: 3, arbitrary: command("CLIENT GETNAME") },
  { weight: 1, arbitrary: command("CLIENT NO-EVICT", fc.constantFrom("on", "OFF", "foo", "")) },
  {
    weight: 1,
    arbitrary: together(
      [
        commandOf("CLIENT REPLY OFF", []),
        commandOf("SET", [key, value]),
        commandOf("NONSENSE", []),
        commandOf("CLIENT REPLY ON", []),
      ],
      (all) => all.slice(3),
    ),
  },
  {
    weight: 1,
    arbitrary: together(
      [commandOf("CLIENT REPLY SKIP", []), commandOf("GET", [key]), commandOf("ECHO", [message])],
      (all) => all.slice(2),
    ),
  },
  { weight: 1, arbitrary: command("CLIENT REPLY", fc.constantFrom("ON", "foo", "")) },
  { weight: 1, arbitrary: command("CLIENT", several(fc.constantFrom("x", "y"), 0, 2)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("SETNAME", "GETNAME", "NO-EVICT", "REPLY", "ID").chain((sub) =>
      command(`CLIENT ${sub}`, several(fc.constantFrom("x", "y"), 2, 3))
    ),
  },
  { weight: 2, arbitrary: command("RESET") },
  { weight: 2, arbitrary: command("SELECT", database) },
  { weight: 2, arbitrary: authentication },
  { weight: 2, arbitrary: anyArity("PING", "ECHO", "HELLO", "SELECT", "RESET") },
  { weight: 1, arbitrary: command("NONSENSE", several(message, 0, 4)) },
  { weight: 1, arbitrary: command("GETT", several(key, 1, 3)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", " ", "get\r\n", "SET KEY", "\x00").map((w) => plain([w])),
  },
  { weight: 1, arbitrary: command("NOPE", several(fc.constant("x".repeat(60)), 1, 5)) },
  { weight: 2, arbitrary: command("SET", key, value) },
  { weight: 2, arbitrary: command("GET", key) },
);

/** A HELLO reply with the values of `version`, `id` and `modules` emptied, in either protocol. */
function withoutIdentity(hello: Reply): Reply {
  const emptied = (name: Reply, value: Reply): Reply =>
    name.type === "bulk" && ["version", "id", "modules"].includes(latin1(name.value))
      ? { type: "simple", value: value.type }
      : value;
  if (hello.type === "map") {
    return {
      type: "map",
      entries: hello.entries.map(([name, value]) => [name, emptied(name, value)]),
    };
  }
  if (hello.type !== "array") return hello;
  const items = hello.items.map((item, i) =>
    i % 2 === 0 ? item : emptied(hello.items[i - 1]!, item)
  );
  return { type: "array", items };
}

export const connection: CommandGroup = {
  steps,
  differences: [
    {
      reason:
        "HELLO tells the server's version and modules and the connection's number: each server's own",
      explains: ([name], redis, ours) =>
        name === "hello" && format(withoutIdentity(redis)) === format(withoutIdentity(ours)),
    },
  ],
};
