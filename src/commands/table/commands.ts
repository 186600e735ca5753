/** All commands in one table. */

import { acl } from "../sessions/acl.ts";
import { aggregations } from "../search/aggregations.ts";
import { arrays } from "../arrays/arrays.ts";
import { backups } from "../file/backup.ts";
import { bitmaps } from "../strings/bitmaps.ts";
import { blocking } from "../lists/blocking.ts";
import { cluster } from "../cluster/cluster.ts";
import type { Command } from "./command.ts";
import { connection } from "../sessions/connection.ts";
import { ExtensionRefused } from "../../store/extensions/registration.ts";
import { dumping } from "../keys/dump.ts";
import { migrating } from "../keys/migrate.ts";
import { generic } from "../keys/generic.ts";
import { hashes } from "../hashes/hashes.ts";
import { historyCommand } from "../file/history.ts";
import { hotkeys } from "../server/hotkeys.ts";
import { hybridSearch } from "../search/hybrid/hybrid.ts";
import { hyperloglog } from "../strings/hyperloglog.ts";
import { introspection } from "./introspection.ts";
import { keyinfoCommand } from "../file/keyinfo.ts";
import { kvCommand } from "../kv/kv.ts";
import { json } from "../json/table.ts";
import { lists } from "../lists/lists.ts";
import { monitorCommand } from "../sessions/monitor.ts";
import { profiling } from "../search/profile.ts";
import { pubsub } from "../sessions/pubsub.ts";
import { fullText } from "../search/fts.ts";
import { functions } from "../scripting/functions.ts";
import { scripts } from "../scripting/scripts.ts";
import { searchConfig } from "../search/config.ts";
import { searchIndexes } from "../search/indexes.ts";
import { searchInfo } from "../search/info.ts";
import { searchQueries } from "../search/queries.ts";
import { server } from "../server/server.ts";
import { synonyms } from "../search/synonyms.ts";
import { sketches } from "../sketches/table.ts";
import { sets } from "../sets/sets.ts";
import { sortedSets } from "../sorted_sets/sorted_sets.ts";
import { sorting } from "../keys/sort.ts";
import { sqlCommand } from "../file/sql.ts";
import { streams } from "../streams/table.ts";
import { suggestions } from "../search/suggestions.ts";
import { spelling } from "../search/spelling.ts";
import { strings } from "../strings/strings.ts";
import { Table } from "./table.ts";
import { timeSeries } from "../time_series/table.ts";
import { transactions } from "../sessions/transactions.ts";
import { vacuuming } from "../file/vacuum.ts";

/**
 * The commands of extensions.
 *
 * @throws {ExtensionRefused} If there is one already of a name, or the file could not remember it.
 */
export function commandsOfExtensions(
  extensions: readonly { readonly name: string; readonly commands?: readonly Command[] }[],
): Command[] {
  const owners = new Map<string, string>(
    extensions.length === 0 ? [] : commandTable().all().map(({ name }) => [name, "Redlite"]),
  );
  return extensions.flatMap(({ name: extension, commands = [] }) => {
    for (const { name } of commands) {
      const owner = owners.get(name);
      if (owner !== undefined) {
        throw new ExtensionRefused(
          `${extension}: there is a command ${name.toUpperCase()} already, of ${owner}`,
          extension,
        );
      }
      if (!/^[a-z][a-z0-9._-]*$/.test(name)) {
        throw new ExtensionRefused(`${extension}: "${name}" is no name of a command`);
      }
      owners.set(name, extension);
    }
    return commands.map((command) => ofModule(command, extension));
  });
}

/** A command and its subcommands, marked as an extension's. */
function ofModule(command: Command, module: string): Command {
  const subcommands = command.subcommands?.map((subcommand) => ofModule(subcommand, module));
  return { ...command, module, subcommands };
}

/** Makes the command table. @param extensions Commands of extensions. */
export function commandTable(extensions: readonly Command[] = []): Table {
  const table: Table = new Table([
    ...strings,
    ...bitmaps,
    ...hyperloglog,
    ...hashes,
    ...lists,
    ...sets,
    ...sortedSets,
    ...arrays,
    ...streams,
    ...searchIndexes,
    ...searchQueries,
    searchInfo,
    searchConfig,
    ...synonyms,
    ...aggregations,
    ...spelling,
    ...profiling,
    ...hybridSearch,
    fullText,
    ...json,
    ...sketches,
    ...suggestions,
    ...timeSeries,
    ...generic,
    ...blocking,
    ...transactions,
    ...scripts,
    ...functions,
    ...pubsub,
    ...dumping,
    ...migrating,
    ...sorting,
    ...connection,
    ...server,
    ...cluster,
    keyinfoCommand,
    kvCommand,
    ...vacuuming,
    ...backups,
    sqlCommand,
    historyCommand(() => table),
    acl,
    hotkeys,
    monitorCommand,
    ...introspection(() => table),
    ...extensions,
  ]);
  return table;
}
