/** Commands that an operator has given another name, or none (`rename-command`). */

import type { Table } from "../commands/table/table.ts";
import { ConfError } from "./configuration/conf_file.ts";
import type { Renaming } from "./configuration/conf_values.ts";
import { messageOf } from "../store/values/errors.ts";

/** Gives commands other names. @throws {ConfError | CommandError} If that cannot be. */
export function renameCommands(commands: Table, renamings: readonly Renaming[]): void {
  for (const { from, to, line } of renamings) {
    try {
      commands.rename(from, to);
    } catch (error) {
      if (line === undefined) throw error;
      throw new ConfError(line, messageOf(error).replace(/^ERR /, ""));
    }
  }
}
