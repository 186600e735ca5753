/** What INFO says of the history of keys: whether there is one, and from when to when. */

import { History } from "../../../history/history.ts";
import type { Store } from "../../../store/store.ts";

/** The last part of `# Storage`. Times are Unix times in milliseconds, 0 where there is none. */
export function historyFields(store: Store): Readonly<Record<string, number>> {
  const { settings, atMs, prunedBeforeMs } = History.of(store);
  const latest = settings.latest();
  return {
    history_enabled: Number(latest.some(({ enabled }) => enabled)),
    history_settings: latest.length,
    history_last_change: atMs,
    history_pruned_before: prunedBeforeMs,
  };
}
