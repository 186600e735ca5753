/** OBJECT: how a key's value is held. */

import { err } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { valueEncoding } from "./encoding_name.ts";
import { writeHelp } from "../table/introspection.ts";

const command = commandsOf("generic");

/** Runs `tell` if the key exists, and replies nil otherwise. The look is no use of the key. */
function onKey(tell: (context: Context) => void): (context: Context) => void {
  return (context) => {
    const { args, reply, store, client } = context;
    if (store.keyspace.find(client.db, args.at(2)) === TYPE.NONE) reply.null();
    else tell(context);
  };
}

const SWITCHING = "Please note that when switching between policies at runtime LRU and LFU data " +
  "will take some time to adjust.";

const facts = {
  since: "2.2.3",
  arity: 3,
  flags: "readonly",
  acl: "keyspace",
  tips: "nondeterministic_output",
  keys: ["2 RO"],
};

/** The OBJECT container. */
export const object: Command = command("OBJECT", {
  since: "2.2.3",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands that tell how values are held.",
}, [
  command(
    "OBJECT ENCODING key",
    { ...facts, summary: "Names the encoding Redis would hold the value in." },
    onKey(({ reply, store }) => reply.text(valueEncoding(store))),
  ),
  command(
    "OBJECT FREQ key",
    { ...facts, since: "4.0.0", summary: "Returns how often a key is used, under an LFU policy." },
    onKey(({ args, reply, store, client }) => {
      if (!store.keyspace.clock.counting) {
        throw err(
          `An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`,
        );
      }
      reply.integer(store.keyspace.use.frequency(client.db, args.at(2)));
    }),
  ),
  command("OBJECT HELP", {
    since: "6.2.0",
    arity: 2,
    flags: "loading stale",
    acl: "keyspace",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "object")),
  command(
    "OBJECT IDLETIME key",
    { ...facts, summary: "Returns the seconds since a key was last used." },
    onKey(({ args, reply, store, client }) => {
      const { keyspace, eviction } = store;
      if (keyspace.clock.counting) {
        throw err(`An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`);
      }
      const key = args.at(2);
      const lastModified = eviction.limits.policy.endsWith("-lrm");
      reply.integer(
        lastModified
          ? Math.floor(keyspace.use.secondsUnchanged(client.db, key))
          : keyspace.use.idleSeconds(client.db, key),
      );
    }),
  ),
  command(
    "OBJECT REFCOUNT key",
    { ...facts, summary: "Returns how often a value is referred to: once." },
    onKey(({ reply }) => reply.integer(1)),
  ),
]);
