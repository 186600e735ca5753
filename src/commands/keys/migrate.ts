/** MIGRATE: keys go to another server, as DUMP has them. */

import type { Arguments } from "../../resp/arguments.ts";
import { TYPE } from "../../store/file/schema.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { replyLater } from "../table/aside.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { boundedAt, integerAt } from "../table/options.ts";

const command = commandsOf("generic");

/** Where the options begin. */
const OPTIONS = 6;
/** The one key, which is empty if there are several at the end. */
const KEY = 3;
const DEFAULT_TIMEOUT_MS = 1000;

/** What the options say. */
interface Options {
  copy: boolean;
  replace: boolean;
  user: string;
  password: string | undefined;
  /** Indices of the keys. */
  readonly keys: number[];
}

function optionsOf(args: Arguments): Options {
  const options: Options = {
    copy: false,
    replace: false,
    user: "",
    password: undefined,
    keys: [KEY],
  };
  for (let i = OPTIONS; i < args.count; i++) {
    const following = args.count - 1 - i;
    if (args.is(i, "COPY")) options.copy = true;
    else if (args.is(i, "REPLACE")) options.replace = true;
    else if (args.is(i, "AUTH") && following >= 1) options.password = args.text(++i);
    else if (args.is(i, "AUTH2") && following >= 2) {
      options.user = args.text(++i);
      options.password = args.text(++i);
    } else if (args.is(i, "KEYS")) {
      if (args.at(KEY).length > 0) {
        throw err(
          "When using MIGRATE KEYS option, the key argument must be set to the empty string",
        );
      }
      options.keys.length = 0;
      for (let key = i + 1; key < args.count; key++) options.keys.push(key);
      break;
    } else {
      throw syntaxError();
    }
  }
  return options;
}

function migrate(context: Context): void {
  const { args, reply, store, client, host: { migration } } = context;
  const { keys, ...options } = optionsOf(args);
  const timeout = Number(integerAt(args, 5));
  const toDb = boundedAt(args, 4, -0x80000000, 0x7fffffff);
  const { db } = client;
  const found = keys.filter((index) => store.keyspace.find(db, args.at(index)) !== TYPE.NONE);
  if (found.length === 0) return reply.status("NOKEY");
  if (migration === undefined) {
    throw err("it takes a server to move keys, and a client of it that asks");
  }
  const request = {
    ...options,
    hostname: args.text(1),
    port: Number.parseInt(args.text(2)) || 0,
    db,
    toDb,
    keys: found.map((index) => args.at(index).copy()),
    timeoutMs: timeout <= 0 ? DEFAULT_TIMEOUT_MS : timeout,
  };
  replyLater(context, () => migration.move(request), (reply) => reply.ok());
}

/** The indices of the keys: those after KEYS, if the one in front is empty. */
function findKeys(args: Arguments): number[] {
  if (args.count <= KEY) return [];
  if (args.at(KEY).length > 0) return [KEY];
  for (let i = OPTIONS; i < args.count; i++) {
    if (args.is(i, "KEYS")) {
      return Array.from({ length: args.count - 1 - i }, (_, key) => i + 1 + key);
    }
    if (args.is(i, "AUTH")) i++;
    else if (args.is(i, "AUTH2")) i += 2;
  }
  return [KEY];
}

/** MIGRATE. */
export const migrating: readonly Command[] = [
  command(
    'MIGRATE host port <key | ""> destination-db timeout [COPY] [REPLACE] ' +
      "[AUTH password | AUTH2 username password] [KEYS key [key ...]]",
    {
      since: "2.6.0",
      arity: -6,
      flags: "write movablekeys",
      effects: "said",
      acl: "keyspace dangerous",
      tips: "nondeterministic_output",
      keys: [
        "3 RW access delete",
        {
          flags: ["RW", "access", "delete", "incomplete"],
          begin: { keyword: "KEYS", startFrom: -2 },
          find: { lastKey: -1, step: 1, limit: 0 },
        },
      ],
      complexity: "O(N) in the size of the values",
      summary: "Moves keys to another server.",
      findKeys,
    },
    migrate,
  ),
];
