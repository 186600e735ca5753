/** All commands in one table. */

import { acl } from "./acl.ts";
import { arrays } from "./arrays.ts";
import { backups } from "./backup.ts";
import { bitmaps } from "./bitmaps.ts";
import { blocking } from "./blocking.ts";
import type { Command } from "./command.ts";
import { connection } from "./connection.ts";
import { dumping } from "./dump.ts";
import { generic } from "./generic.ts";
import { hashes } from "./hashes.ts";
import { historyCommand } from "./history.ts";
import { hotkeys } from "./hotkeys.ts";
import { hyperloglog } from "./hyperloglog.ts";
import { introspection } from "./introspection.ts";
import { keyinfoCommand } from "./keyinfo.ts";
import { lists } from "./lists.ts";
import { monitorCommand } from "./monitor.ts";
import { pubsub } from "./pubsub.ts";
import { server } from "./server.ts";
import { sets } from "./sets.ts";
import { sortedSets } from "./sorted_sets.ts";
import { sorting } from "./sort.ts";
import { sqlCommand } from "./sql.ts";
import { strings } from "./strings.ts";
import { Table } from "./table.ts";
import { transactions } from "./transactions.ts";
import { vacuuming } from "./vacuum.ts";

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
    ...generic,
    ...blocking,
    ...transactions,
    ...pubsub,
    ...dumping,
    ...sorting,
    ...connection,
    ...server,
    keyinfoCommand,
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
