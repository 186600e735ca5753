import type { OpenDatabase } from "../file/open_database.ts";
import type { Store } from "../store.ts";
import { DatabaseLog } from "./database_log.ts";

/** Makes a store's log before the database, and has whoever needs the write lock or all rows wait for it. */
export function databaseLogOf(
  store: Store,
  database: OpenDatabase,
  busyTimeoutMs: number,
): DatabaseLog {
  const { engine, checkpointer, side } = store;
  const log = new DatabaseLog(engine, store.walSync, store.driver, store.path, {
    isOrphaned: () =>
      store.fileWatch?.look() === false && store.fileWatch.trouble?.misplaced === true,
    patiently: (work) => database.patiently(work),
    busyTimeoutMs,
    turned: () => store.sharePages(),
  });
  engine.settling.onSettled = () => checkpointer.settled();
  engine.settling.mayWait = () => checkpointer.startsOver;
  checkpointer.beginAnew = () =>
    engine.behind?.on ? !engine.inTurn && engine.settling.beginAnew() : undefined;
  checkpointer.alone = async (work) => {
    log.hold();
    try {
      return await work();
    } finally {
      log.release();
    }
  };
  if (side !== undefined) side.beforeReading = () => void engine.settle();
  return log;
}
