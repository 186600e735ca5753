/**
 * Who may ask an index. Its name is checked like a key's; but what it finds are other keys, so a user
 * must also be allowed to read every key that the index may be about.
 *
 * @module
 */

import type { Index } from "../../search/search_index.ts";
import { CommandError } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";

const encoder = new TextEncoder();

/** Refuses an index of keys that the client's user may not read. @throws {CommandError} */
export function assertMayQuery({ args, client, host }: Context, index: Index): void {
  const { account } = client;
  if (account.unrestricted) return;
  const command = host.commands.find(args.text(0).toLowerCase());
  const prefixes = index.definition.prefixes.map((prefix) => new Slice(encoder.encode(prefix)));
  if (command !== undefined && host.access.readsPrefixes(account, command, args, prefixes)) return;
  throw new CommandError(
    "NOPERM User does not have the required permissions to query the index",
  );
}
