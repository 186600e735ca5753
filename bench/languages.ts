/**
 * The bindings for other languages, side by side: how long `open` takes, and operations a second of one client that
 * waits for each reply, and of one that sends a thousand commands in one go.
 */

import { BINDINGS } from "../tests/languages/languages.ts";
import { outputOf, prepared, unfetched } from "../tests/languages/running.ts";

/** What a binding's measurement prints. */
interface Figures {
  readonly open_ms: number;
  readonly set: number;
  readonly get: number;
  readonly pipelined: number;
}

const HEAD = ["binding", "open", "SET a second", "GET a second", "GET a second in pipelines"];

function main(only: readonly string[]): void {
  const rows = [HEAD, HEAD.map(() => "---")];
  for (const binding of BINDINGS) {
    if (only.length > 0 && !only.includes(binding.folder)) continue;
    const lack = binding.lacks() ?? unfetched(binding);
    if (lack !== undefined || !prepared(binding)) {
      console.error(`${binding.title} is skipped: ${lack ?? "it could not be made ready"}`);
      continue;
    }
    const runs = Array.from({ length: 3 }, () => figures(outputOf(binding, binding.bench)));
    const best = (pick: (run: Figures) => number) => Math.max(...runs.map(pick));
    rows.push([
      binding.title,
      `${Math.round(Math.min(...runs.map(({ open_ms }) => open_ms)))} ms`,
      ...[best((run) => run.set), best((run) => run.get), best((run) => run.pipelined)].map(
        rounded,
      ),
    ]);
  }
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

function figures(output: string): Figures {
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}

function rounded(perSecond: number): string {
  return (Math.round(perSecond / 100) * 100).toLocaleString("en");
}

if (import.meta.main) main(Deno.args);
