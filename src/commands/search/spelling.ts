/**
 * FT.SPELLCHECK and the dictionaries it may be given: FT.DICTADD, FT.DICTDEL, FT.DICTDUMP.
 *
 * @module
 */

import { Dictionaries } from "../../search/dictionaries.ts";
import { type Misspelling, misspellings } from "../../search/spelling.ts";
import { QueryBudget } from "../../search/execution/budget.ts";
import { QueryTimeout } from "../../search/index/deadline.ts";
import { Search } from "../../search/search.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { askedIndex } from "./access.ts";
import { assertArity, refusal } from "./module_arguments.ts";
import { dialectOf } from "./search_arguments.ts";

const command = commandsOf("search");

/** The greatest DISTANCE. */
const FARTHEST = 4;

/** Changes a dictionary, and tells how many words are new or gone. */
function dictChanged(change: "add" | "remove"): (context: Context) => void {
  return ({ args, reply, store }) => {
    assertArity(args, 3);
    const dictionaries = Dictionaries.of(store);
    let changed = 0;
    for (let i = 2; i < args.count; i++) {
      if (dictionaries[change](args.text(1), args.text(i))) changed++;
    }
    reply.integer(changed);
  };
}

function dictdump({ args, reply, store }: Context): void {
  assertArity(args, 2, 2);
  const words = Dictionaries.of(store).words(args.text(1));
  if (words === undefined) throw new CommandError("could not open dict key");
  reply.set(words.length);
  for (const word of words) reply.text(word);
}

function spellcheck(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 3);
  const searches = Search.of(store);
  const index = askedIndex(context, 1, "Unknown Index name");
  const included: string[][] = [], excluded: string[][] = [];
  let distance = 1;
  let dialect = searches.settings.defaultDialect;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "DISTANCE")) {
      if (++i === args.count) {
        throw new CommandError("DISTANCE arg is given but no DISTANCE comes after");
      }
      const given = args.text(i);
      distance = /^\d+$/.test(given) ? Number(given) : 0;
      if (distance < 1 || distance > FARTHEST) {
        throw new CommandError(
          "bad distance given, distance must be a natural number between 1 to 4",
        );
      }
    } else if (args.is(i, "TERMS")) {
      if (i + 2 >= args.count) {
        throw new CommandError("TERM arg is given but no TERM params comes after");
      }
      const includes = args.is(i + 1, "INCLUDE");
      if (!includes && !args.is(i + 1, "EXCLUDE")) {
        throw new CommandError("bad format, exlude/include operation was not given");
      }
      const name = args.text(i + 2);
      const words = Dictionaries.of(store).words(name);
      if (words === undefined) throw refusal(`Dict does not exist: ${name}`);
      (includes ? included : excluded).push(words);
      i += 2;
    } else if (args.is(i, "DIALECT") && i + 1 < args.count) dialect = dialectOf(args.text(++i));
  }
  const query = index.parse(args.at(2).copy(), { dialect, verbatim: true, noStopWords: true });
  const budget = new QueryBudget(searches.settings.timeoutMs);
  try {
    write(reply, misspellings(index, query, { distance, included, excluded }, budget));
  } catch (error) {
    // What was found by then says nothing of the words that follow: there is no partial answer.
    throw error instanceof QueryTimeout ? new CommandError(error.message) : error;
  }
}

function write(reply: Reply, found: readonly Misspelling[]): void {
  if (reply.protocol === 2) {
    reply.array(found.length);
    for (const { word, corrections } of found) {
      reply.array(3);
      reply.status("TERM");
      reply.text(word);
      reply.array(corrections.length);
      for (const { word, score } of corrections) {
        reply.array(2);
        reply.double(score);
        reply.text(word);
      }
    }
    return;
  }
  reply.map(1);
  reply.status("results");
  reply.map(found.length);
  for (const { word, corrections } of found) {
    reply.text(word);
    reply.array(corrections.length);
    for (const { word, score } of corrections) {
      reply.map(1);
      reply.text(word);
      reply.double(score);
    }
  }
}

/** Those commands. */
export const spelling: readonly Command[] = [
  command("FT.DICTADD dict term [term ...]", {
    since: "1.4.0",
    arity: -1,
    flags: "write denyoom",
    effects: "itself",
    acl: "search",
    summary: "Adds words to a dictionary.",
  }, dictChanged("add")),
  command("FT.DICTDEL dict term [term ...]", {
    since: "1.4.0",
    arity: -1,
    flags: "write",
    effects: "itself",
    acl: "search",
    summary: "Deletes words from a dictionary.",
  }, dictChanged("remove")),
  command("FT.DICTDUMP dict", {
    since: "1.4.0",
    arity: -1,
    flags: "readonly",
    acl: "search",
    complexity: "O(N) in the words of the dictionary",
    summary: "Returns the words of a dictionary.",
  }, dictdump),
  command(
    "FT.SPELLCHECK index query [DISTANCE distance] " +
      "[TERMS <INCLUDE | EXCLUDE> dictionary [terms [terms ...]]] [DIALECT dialect]",
    {
      since: "1.4.0",
      arity: -1,
      flags: "readonly",
      acl: "search",
      keys: ["1 RO access"],
      complexity: "O(N) in the words of the index",
      summary: "Names words of a query that no document has, and what may have been meant.",
    },
    spellcheck,
  ),
];
