/** What a server's process tells of itself. */

import { mainModule } from "../../runtime/system.ts";
import type { ListeningPlace, ProcessInfo } from "../../commands/table/process_facts.ts";
import { VERSION } from "../../commands/table/version.ts";

/** How a process was started. */
export type StartFacts = Pick<ProcessInfo, "confFile" | "supervised">;

/**
 * What this process is.
 *
 * @param startedAtMs Unix time in milliseconds.
 * @param places Where clients come in.
 * @param start How it was started.
 */
export function processFacts(
  startedAtMs: number,
  places: () => readonly ListeningPlace[],
  start: StartFacts = { confFile: "", supervised: "no" },
): ProcessInfo {
  return {
    version: VERSION,
    runId: randomHex(40),
    startedAtMs,
    get port() {
      return places().find(({ port }) => port !== undefined)?.port ?? 0;
    },
    get places() {
      return places();
    },
    ...start,
    executable: mainModule().replace(/^file:\/\//, ""),
  };
}

/** Random digits. */
export function randomHex(digits: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
