/** A bar on a terminal that shows how far something is which was asked for on the command line. */

import type { Progress } from "../../engine/jobs.ts";

/** Characters of a full bar. */
const WIDTH = 30;

/** Where a bar is drawn. */
export interface Terminal {
  isTerminal(): boolean;
  writeSync(bytes: Uint8Array): number;
}

/** What a bar shows: a job's progress, or that of something like it. */
export type Shown = Omit<Progress, "job"> & { readonly job: string };

/** Draws one line over and over; nothing where there is no terminal. */
export class ProgressBar {
  /** Whether there is a terminal. */
  readonly shows: boolean;
  readonly #terminal: Terminal;
  #drawn = "";

  constructor(terminal: Terminal = Deno.stderr) {
    this.#terminal = terminal;
    this.shows = terminal.isTerminal();
  }

  /** Shows how far it is. */
  readonly draw = (progress: Shown): void => {
    if (!this.shows) return;
    const line = lineOf(progress);
    if (line === this.#drawn) return;
    this.#write(`\r${line.padEnd(this.#drawn.length)}`);
    this.#drawn = line;
  };

  /** Takes the bar away. */
  end(): void {
    if (this.#drawn === "") return;
    this.#write(`\r${" ".repeat(this.#drawn.length)}\r`);
    this.#drawn = "";
  }

  #write(text: string): void {
    this.#terminal.writeSync(new TextEncoder().encode(text));
  }
}

/** Runs something that may draw a bar, and takes the bar away. */
export async function withBar<T>(work: (bar: ProgressBar) => Promise<T>): Promise<T> {
  const bar = new ProgressBar();
  try {
    return await work(bar);
  } finally {
    bar.end();
  }
}

function lineOf({ job, phase, done, total }: Shown): string {
  if (total === 0) return `${job}: ${phase} …`;
  const share = done / total;
  const full = Math.round(share * WIDTH);
  const bar = "#".repeat(full) + "-".repeat(WIDTH - full);
  return `${job}: [${bar}] ${Math.floor(share * 100)} % ${phase}`;
}
