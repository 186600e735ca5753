/** `--load`: what an empty database begins with. */

import { Core } from "../../embedded/running/core.ts";
import type { SharedState } from "../../clients/shared.ts";
import type { Driver } from "../../sqlite/sqlite.ts";
import type { Report } from "../log/log.ts";
import { ProgressBar } from "../log/progress_bar.ts";
import { countsOf } from "./counts.ts";
import { importAll } from "./importer.ts";
import { openSource } from "./kinds.ts";

/** Problems that are told one by one. */
const MOST_TOLD = 10;

/**
 * Copies a file of Redis, or what a server has, into a database without keys, before clients come.
 *
 * @param driver What reads SQLite files.
 * @throws {Error} If it cannot be read to its end; the database is empty then.
 */
export async function loadAtStart(
  shared: SharedState,
  from: string,
  driver: Driver,
  report: Report,
): Promise<void> {
  const { store } = shared;
  const keys = Array.from({ length: store.databases.count }, (_, db) => store.databases.keys(db))
    .reduce((sum, count) => sum + count, 0);
  store.engine.commit();
  if (keys > 0) return report(`the database has ${keys} keys: ${from} is not loaded`, "notice");
  using source = await openSource(from, { driver, report });
  const core = new Core(store, shared.commands, { shared });
  const bar = new ProgressBar();
  const { total } = source;
  const outcome = await importAll(core, source, {
    replace: true,
    onProgress: (done) => bar.draw({ job: "load", phase: "", done: Math.min(done, total), total }),
  }).finally(() => bar.end());
  if (outcome.ended !== undefined) {
    core.run(["FLUSHALL"], () => "");
    throw new Error(`${from} cannot be loaded: ${outcome.ended}`);
  }
  for (const problem of outcome.problems.slice(0, MOST_TOLD)) report(`not loaded: ${problem}`);
  for (const line of source.leftBehind) report(`not loaded: ${line}`);
  report(`loaded from ${from}: ${countsOf(outcome)}; not understood: ${outcome.failed}`, "notice");
}
