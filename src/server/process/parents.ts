/**
 * The processes whose server this is: when one of them is gone, however it ended, so is the server.
 *
 * The end of standard input is the surest sign, for the system closes a pipe with its last holder,
 * and there is nothing that could be mistaken for it. A process id is looked at each second instead.
 * It may be given to another process meanwhile, so a parent in the system's sense is known by being
 * the parent, and others also by when they began, where the system tells.
 *
 * @module
 */

import process from "node:process";

/** What stands for standard input among process ids. */
export const STDIN = "stdin";

const LOOK_EVERY_MS = 1000;

/**
 * Watches until one is gone.
 *
 * @param parents Process ids, or `stdin`.
 * @param onGone Called once, with what is gone in words.
 * @returns What ends the watch.
 */
export function watchParents(
  parents: readonly string[],
  onGone: (what: string) => void,
): () => void {
  let over = false;
  const timers: ReturnType<typeof setInterval>[] = [];
  const end = () => {
    over = true;
    for (const timer of timers) clearInterval(timer);
  };
  const gone = (what: string) => {
    if (over) return;
    end();
    onGone(what);
  };
  for (const parent of parents) {
    if (parent === STDIN) {
      void readToTheEnd(Deno.stdin).then(() => gone("standard input is at its end"));
      continue;
    }
    const isThere = presenceOf(Number(parent));
    const look = () => {
      if (!isThere()) gone(`process ${parent} is gone`);
    };
    timers.push(setInterval(look, LOOK_EVERY_MS));
    queueMicrotask(look);
  }
  return end;
}

/** Reads what nobody wants until there is no more. */
async function readToTheEnd(input: { read(buffer: Uint8Array): Promise<number | null> }) {
  const buffer = new Uint8Array(1024);
  try {
    while (await input.read(buffer) !== null);
  } catch {
    // A broken pipe has ended, too.
  }
}

/** What tells whether a process is still there. */
function presenceOf(pid: number): () => boolean {
  // Windows tells the parent's id after its end as before.
  if (Deno.build.os !== "windows" && Deno.ppid === pid) return () => Deno.ppid === pid;
  const began = beginningOf(pid);
  return () => exists(pid) && beginningOf(pid) === began;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's may not be signalled, but is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** When a process that has not ended began, in the system's own count; undefined where it does not tell. */
function beginningOf(pid: number): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    // The second field is the program's name in parentheses, and may have any character.
    const [, fields = ""] = /^.*\) (.*)$/s.exec(Deno.readTextFileSync(`/proc/${pid}/stat`)) ?? [];
    // One that has ended, and that nobody has asked about yet, is still listed.
    return /^[ZX]/.test(fields) ? undefined : fields.split(" ")[19];
  } catch {
    return undefined;
  }
}
