import type { OnProgress } from "../../../engine/jobs.ts";
import type { Connection } from "../../../sqlite/sqlite.ts";
import type { Store } from "../../store.ts";
import {
  checkIntegrity,
  checkIntegrityAside,
  type CheckMode,
  type ToldOfCheck,
} from "../integrity.ts";

/** Looks for what is wrong with a store's database: beside its turns, where there are other connections. */
export function checkStore(
  store: Store,
  connection: Connection,
  mode: CheckMode,
  onProgress?: OnProgress,
): Promise<string[]> {
  return store.jobs.run("integrity", onProgress, async (job) => {
    const further = store.extensions.loaded.flatMap(({ extension }) => extension.checks ?? []);
    const told: ToldOfCheck = (name, done, total) => job.at(name, done, total);
    if (store.side !== undefined) {
      return await store.side.run((aside) =>
        checkIntegrityAside(aside.connection, mode, told, further)
      );
    }
    store.engine.read();
    try {
      return checkIntegrity(connection, mode, told, further);
    } finally {
      store.endTurn();
    }
  });
}
