/**
 * The index that a command asks. Its name is checked like a key's; but what it finds are other keys, so
 * a user must also be allowed to read every key that the index may be about.
 *
 * @module
 */

import type { IndexDefinition } from "../../search/index/definition.ts";
import { Search } from "../../search/search.ts";
import type { Index } from "../../search/search_index.ts";
import { CommandError } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";

const encoder = new TextEncoder();

/**
 * The index, if there is one and the client's user may ask it.
 *
 * @param at The argument that names it.
 * @param unknown What is said if there is none; RediSearch's words for it are many.
 * @throws {CommandError}
 */
export function askedIndex(context: Context, at = 1, unknown?: string): Index {
  const name = context.args.text(at);
  const index = Search.of(context.store).find(name);
  if (index === undefined) throw new CommandError(unknown ?? `${name}: no such index`);
  assertMayAsk(context, index.definition);
  return index;
}

/** Refuses an index of keys that the client's user may not read. @throws {CommandError} */
export function assertMayAsk(
  { args, client, host }: Context,
  definition: IndexDefinition,
): void {
  const { account } = client;
  if (account.unrestricted) return;
  const command = host.commands.lookup(args);
  const prefixes = definition.prefixes.map((prefix) => new Slice(encoder.encode(prefix)));
  if (command !== undefined && host.access.readsPrefixes(account, command, args, prefixes)) return;
  throw new CommandError(
    "NOPERM User does not have the required permissions to query the index",
  );
}
