/**
 * Steps that ask for more than they are told, because what a command replies may differ from server to server: whole
 * iterations, and commands that choose at random.
 *
 * A random choice is compared by its shape. Each server is asked for all members first, then to choose; in the reply
 * that is compared, the words "a member" and "its value" stand for what the key does hold. The number and nesting of
 * the items stay. A stranger stays as it is, and a member that comes twice where it must not becomes "repeated", so
 * either shows as a difference. That choices are uniform is for other tests to say.
 *
 * Checks read replies, so they have no place where replies are put off: inside MULTI, or behind CLIENT REPLY OFF.
 */

import { type Argument, type Command, format, latin1, type Reply } from "../harness/resp_client.ts";
import type { Answer, Check, Client } from "./pieces.ts";
import { pairs, sorted, sortedPairs } from "./replies.ts";
import { showCommand } from "./show.ts";

const MOST_SCAN_CALLS = 1000;

/**
 * A whole iteration with these options: `["SCAN"]`, or `["HSCAN", key]` and the like. What counts is the set of keys
 * or members, or the map of fields or scores, that it returned.
 */
export function iteration(scan: Command, options: Argument[]): Check {
  const command: Command = [...scan, "0", ...options];
  const name = String(scan[0]).toUpperCase();
  const returnsPairs = name === "HSCAN" || name === "ZSCAN";
  return {
    kind: "check",
    show: () => `a whole iteration of ${showCommand(command)}`,
    async ask(client) {
      return [{ command, reply: await iterate(client, scan, options, returnsPairs) }];
    },
  };
}

/** What all calls together returned, each item once; or the reply that was no part of an iteration. */
async function iterate(
  client: Client,
  scan: Command,
  options: Argument[],
  returnsPairs: boolean,
): Promise<Reply> {
  const found = new Map<string, [Reply, Reply]>();
  let cursor: Argument = "0";
  for (let calls = 0; calls < MOST_SCAN_CALLS; calls++) {
    const reply = await client.send(...scan, cursor, ...options);
    if (reply.type !== "array") return reply;
    const [next, part] = reply.items;
    if (next?.type !== "bulk" || part?.type !== "array") return reply;
    if (returnsPairs && part.items.length % 2 !== 0) return reply;
    const entries = returnsPairs
      ? pairs(part.items)
      : part.items.map((item): [Reply, Reply] => [item, item]);
    for (const entry of entries) found.set(format(entry[0]), entry);
    if (latin1(next.value) === "0") {
      const all = [...found.values()];
      return returnsPairs
        ? sortedPairs({ type: "map", entries: all })
        : sorted({ type: "set", items: all.map(([item]) => item) });
    }
    cursor = next.value;
  }
  return { type: "error", value: `${scan[0]} did not end within ${MOST_SCAN_CALLS} calls` };
}

/** RANDOMKEY; what counts is whether there is a key and whether it exists. */
export const RANDOM_KEY: Check = {
  kind: "check",
  show: () => "RANDOMKEY",
  async ask(client) {
    const command = ["RANDOMKEY"];
    const reply = await client.send(...command);
    if (reply.type !== "bulk") return [{ command, reply }];
    return [{ command, reply: await client.send("EXISTS", reply.value) }];
  },
};

/** The command that reads all members, with their values if they have any. */
const READS = {
  SRANDMEMBER: (key: Argument): Command => ["SMEMBERS", key],
  HRANDFIELD: (key: Argument): Command => ["HGETALL", key],
  ZRANDMEMBER: (key: Argument): Command => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
};

/** A choice that leaves the key as it is. `rest` is the count and the options, if any. */
export function randomChoice(name: keyof typeof READS, key: Argument, ...rest: Argument[]): Check {
  const command: Command = [name, key, ...rest];
  const [count, ...options] = rest;
  return {
    kind: "check",
    show: () => `a choice of ${showCommand(command)}`,
    async ask(client) {
      const read = await client.send(...READS[name](key));
      const held = name === "SRANDMEMBER" ? membersOf(read) : entriesOf(read);
      const reply = await client.send(...command);
      const mayRepeat = typeof count === "string" && count.startsWith("-");
      return [{ command, reply: shapeOf(reply, held, { pairs: options.length > 0, mayRepeat }) }];
    },
  };
}

/**
 * SPOP. What counts is also that the rest of the set, and nothing else, is left. The servers chose differently, so the
 * key is deleted at the end. Putting the members back would not do: Redis encodes what is left of a large pop anew, by
 * what the remaining members happen to be.
 */
export function randomPop(key: Argument, ...count: Argument[]): Check {
  const command: Command = ["SPOP", key, ...count];
  return {
    kind: "check",
    show: () => `a choice of ${showCommand(command)}, then DEL`,
    async ask(client) {
      const held = membersOf(await client.send("SMEMBERS", key));
      const reply = await client.send(...command);
      const shape = shapeOf(reply, held, { pairs: false, mayRepeat: false });
      const answers: Answer[] = [{ command, reply: shape }];
      const popped = reply.type === "bulk" ? [reply] : itemsOf(reply);
      if (popped.length === 0) return answers;
      for (const member of popped) held.delete(format(member));
      const read: Command = ["SMEMBERS", key];
      const left = shapeOf(await client.send(...read), held, { pairs: false, mayRepeat: false });
      const del: Command = ["DEL", key];
      return [...answers, { command: read, reply: left }, {
        command: del,
        reply: await client.send(...del),
      }];
    },
  };
}

/** Members a key holds, as canonical text, with their values if they have any. */
type Held = Map<string, string | undefined>;

function membersOf(reply: Reply): Held {
  return new Map(itemsOf(reply).map((item) => [format(item), undefined]));
}

/** Names and values of a map, of an array of pairs, or of a flat array. */
function entriesOf(reply: Reply): Held {
  const nested = itemsOf(reply).some((item) => item.type === "array");
  const flat = nested ? itemsOf(reply).flatMap(itemsOf) : itemsOf(reply);
  const entries = reply.type === "map" ? reply.entries : pairs(flat);
  return new Map(entries.map(([name, value]) => [format(name), format(value)]));
}

function itemsOf(reply: Reply): Reply[] {
  return reply.type === "array" || reply.type === "set" ? reply.items : [];
}

/** A choice with words in place of what the key holds. */
function shapeOf(
  reply: Reply,
  held: Held,
  { pairs: inPairs, mayRepeat }: { pairs: boolean; mayRepeat: boolean },
): Reply {
  const seen = new Set<string>();
  const member = (item: Reply): Reply => {
    const text = format(item);
    if (!held.has(text)) return item;
    if (seen.has(text) && !mayRepeat) return said("repeated");
    seen.add(text);
    return said("a member");
  };
  const pair = ([name, value]: Reply[]): Reply[] => [
    member(name!),
    held.get(format(name!)) === format(value!) ? said("its value") : value!,
  ];
  if (reply.type === "bulk") return member(reply);
  if (reply.type !== "array" && reply.type !== "set") return reply;
  if (!inPairs) return { ...reply, items: reply.items.map(member) };
  const nested = reply.items.every((item) => item.type === "array" && item.items.length === 2);
  if (nested) {
    return {
      ...reply,
      items: reply.items.map((item) => ({ type: "array", items: pair(itemsOf(item)) })),
    };
  }
  if (reply.items.length % 2 !== 0) return reply;
  return { ...reply, items: pairs(reply.items).flatMap(pair) };
}

function said(words: string): Reply {
  return { type: "simple", value: words };
}
