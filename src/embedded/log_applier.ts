import { commandTable } from "../commands/table/commands.ts";
import type { Driver } from "../sqlite/sqlite.ts";
import { Store } from "../store/store.ts";
import { Core } from "./running/core.ts";

/**
 * Opens a database that nobody has open, so that what its log has is applied, and closes it.
 *
 * @throws {Error} If the log cannot be applied.
 */
export function applyLog(driver: Driver, path: string): void {
  const store = new Store(driver, path);
  try {
    new Core(store, commandTable()).closeNow();
  } finally {
    store.closeNow();
  }
}
