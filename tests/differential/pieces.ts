/** Steps of a sequence, and the pieces random commands are put together from. */

import fc from "../harness/properties.ts";
import type { Argument, Command, Reply, RespClient } from "../harness/resp_client.ts";
import {
  ARITY_ARGUMENTS,
  key,
  milliseconds,
  pattern,
  seconds,
  unixMilliseconds,
  unixSeconds,
  value,
} from "./pools.ts";
import { showCommand } from "./show.ts";

/** One step of a sequence. */
export type Step = Commands | Check;

/** Commands sent together; `answered` are those that get a reply. */
export interface Commands {
  kind: "commands";
  commands: Command[];
  answered: Command[];
}

/**
 * Something that takes round trips of its own: what it asks next depends on what it was answered. It is played to
 * each server, and its answers are compared one by one. Rules for writing one:
 * - what it asks depends on nothing but the answers it returns, so as long as these agree, both servers are asked the
 *   same;
 * - it returns what must agree in place of what may differ: see `checks.ts`;
 * - it leaves both servers' data the same;
 * - a reply of an unexpected type, an error say, is returned as it is.
 */
export interface Check {
  kind: "check";
  /** The step in one line. */
  show(): string;
  ask(client: Client): Promise<Answer[]>;
}

/** The part of a connection that checks use. */
export type Client = Pick<RespClient, "send" | "pipeline">;

/** A command and what one server answered to it. */
export interface Answer {
  command: Command;
  reply: Reply;
}

/** One or more arguments in a row. */
export type Part = fc.Arbitrary<Argument | Argument[]>;

/** A command name, subcommand or option in any mix of upper and lower case. */
function anyCase(word: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(word) },
    { weight: 1, arbitrary: fc.constant(word.toLowerCase()) },
    { weight: 1, arbitrary: fc.mixedCase(fc.constant(word)) },
  );
}

/** One command as a step. */
export function plain(command: Command): Step {
  return { kind: "commands", commands: [command], answered: [command] };
}

/** One command as a step, in a write of its own. */
export function alone(command: Command): Step {
  return {
    kind: "check",
    show: () => `${showCommand(command)} by itself`,
    ask: async (client) => [{ command, reply: await client.send(...command) }],
  };
}

/** A command for use within a step of several. */
export function commandOf(words: string, parts: Part[]): fc.Arbitrary<Command> {
  const names: Part[] = words.split(" ").map(anyCase);
  return fc.tuple(...names, ...parts).map((pieces) => pieces.flat());
}

/** A step of one command: its name (and subcommand), then its arguments. */
export function command(words: string, ...parts: Part[]): fc.Arbitrary<Step> {
  return commandOf(words, parts).map(plain);
}

/** Several commands in one step, all answered unless `answered` picks some. */
export function together(
  commands: fc.Arbitrary<Command>[],
  answered: (commands: Command[]) => Command[] = (all) => all,
): fc.Arbitrary<Step> {
  return fc.tuple(...commands).map((all) => ({
    kind: "commands",
    commands: all,
    answered: answered(all),
  }));
}

/** So many of the same part in a row. */
export function several(arbitrary: Part, minLength: number, maxLength: number): Part {
  return fc.array(arbitrary, { minLength, maxLength }).map((pieces) => pieces.flat());
}

/** One part behind the other. */
export function both(first: Part, second: Part): Part {
  return fc.tuple(first, second).map((pieces) => pieces.flat());
}

/** Options as a client would send them: mostly none or one, sometimes several that may exclude each other. */
export function options(...choices: Part[]): Part {
  const choice = fc.oneof(...choices);
  return fc.oneof(
    { weight: 3, arbitrary: several(choice, 0, 1) },
    { weight: 2, arbitrary: several(choice, 2, 2) },
    { weight: 1, arbitrary: several(choice, 2, 4) },
  );
}

/** An option's name. */
export const word = anyCase;
/** What no command takes there. */
export const junk: Part = fc.constantFrom("FOO", "", "1", "EX", "GT");

/**
 * Calls with too few, enough or too many arguments of every command of a group. Not for commands that block (100000 is
 * a timeout too) or choose at random.
 */
export function anyArity(...names: string[]): fc.Arbitrary<Step> {
  const name = fc.constantFrom(...names).chain(anyCase);
  return fc.tuple(name, fc.array(fc.constantFrom(...ARITY_ARGUMENTS), { maxLength: 5 }))
    .map((pieces) => plain(pieces.flat()));
}

/** A key and a value. */
export const pair = both(key, value);
/** The option that gives a key an expiry. */
export const expiry = fc.oneof(
  both(word("EX"), seconds),
  both(word("PX"), milliseconds),
  both(word("EXAT"), unixSeconds),
  both(word("PXAT"), unixMilliseconds),
);
const match = both(word("MATCH"), pattern);
const count = both(word("COUNT"), fc.constantFrom("1", "2", "10", "1000"));
/** Options that every command of the SCAN family takes. */
export const scanOptions: Part[] = [match, count];
