/** What a store does by itself, and what befalls it, as lines for an operator. */

import { messageOf } from "../../store/values/errors.ts";
import type { Store } from "../../store/store.ts";
import type { Incidents } from "./incidents.ts";
import type { Report } from "./log.ts";

/**
 * Reports what happens to a store.
 *
 * @returns What ends that.
 */
export function reportStore(store: Store, incidents: Incidents, report: Report): () => void {
  store.jobs.watcher = incidents;
  if (store.backups !== undefined) {
    store.backups.onDamaged = (problem) => report(`the database is damaged: ${problem}`);
    store.backups.onFailed = (error) => report(`background save: ${messageOf(error)}`);
  }
  store.checkpointer.onEnded = (ms, failure) => incidents.checkpointEnded(ms, failure);
  store.onFileTrouble = (trouble) => {
    const fine = `${store.path} is where it was again: writes go on`;
    report(trouble === undefined ? fine : String(store.engine.refusal));
  };
  store.extensions.onFailed = (extension, error) =>
    report(
      `the extension ${extension} does not go on in the background: ${messageOf(error)}`,
    );
  return () => {
    store.jobs.watcher = undefined;
    if (store.backups !== undefined) store.backups.onDamaged = store.backups.onFailed = () => {};
    store.checkpointer.onEnded = () => {};
    store.onFileTrouble = () => {};
    store.extensions.onFailed = () => {};
  };
}
