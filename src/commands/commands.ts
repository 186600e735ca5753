/** All commands in one table. */

import type { Command } from "./command.ts";
import { connection } from "./connection.ts";
import { generic } from "./generic.ts";
import { introspection } from "./introspection.ts";
import { server } from "./server.ts";
import { strings } from "./strings.ts";
import { Table } from "./table.ts";

/** Makes the command table. @param extensions Commands of extensions. */
export function commandTable(extensions: readonly Command[] = []): Table {
  const table: Table = new Table([
    ...strings,
    ...generic,
    ...connection,
    ...server,
    ...introspection(() => table),
    ...extensions,
  ]);
  return table;
}
