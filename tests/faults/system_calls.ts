/** What a program does to its files and says to its clients, as strace writes it down. */

/** One thing done, in the order of time. A call of two lines counts when it begins, a sync when it has ended. */
export type SystemCall =
  | {
    readonly kind: "write";
    readonly file: string;
    readonly data: Uint8Array;
    readonly at: number;
    readonly thread: string;
  }
  | { readonly kind: "truncate"; readonly file: string; readonly size: number }
  /** A sync begins; what is written after this it need not take along. */
  | { readonly kind: "sync begins"; readonly file: string; readonly thread: string }
  | { readonly kind: "sync ends"; readonly file: string; readonly thread: string }
  | { readonly kind: "send"; readonly text: string };

const TRACED = "pwrite64,ftruncate,fsync,fdatasync,sendto";
/** Longest data that is written down whole: more than a page, a turn of the log, or a client's replies. */
const LONGEST_DATA = 1 << 20;

/** strace's arguments; the program and its own come behind them. */
export function straceArguments(log: string): string[] {
  const options = ["-f", "-y", "-x", "--seccomp-bpf", "-e", `trace=${TRACED}`];
  return [...options, "-s", String(LONGEST_DATA), "-o", log];
}

/** Whether there is a strace that may trace. */
export function hasStrace(): boolean {
  try {
    return new Deno.Command("strace", { args: [...straceArguments("/dev/null"), "true"] })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Reads what strace wrote. */
export function parseCalls(log: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const syncing = new Map<string, string>();
  for (const line of log.split("\n")) {
    const resumed = /^(\d+) +<\.\.\. (?:fsync|fdatasync) resumed>\) += 0/.exec(line);
    if (resumed !== null) {
      const [, thread = ""] = resumed;
      calls.push({ kind: "sync ends", file: syncing.get(thread) ?? "", thread });
      continue;
    }
    const call = /^(\d+) +(\w+)\(\d+<([^>]*)>(?:, )?(.*)$/.exec(line);
    if (call === null) continue;
    const [, thread = "", name, file = "", rest = ""] = call;
    if (name === "pwrite64") {
      const end = rest.lastIndexOf('"');
      const [, , offset] = /^, (\d+), (\d+)/.exec(rest.slice(end + 1)) ?? fail(line);
      const data = unescape(rest.slice(1, end));
      calls.push({ kind: "write", file, data, at: Number(offset), thread });
    } else if (name === "ftruncate") {
      calls.push({ kind: "truncate", file, size: Number.parseInt(rest) });
    } else if (name === "sendto") {
      const data = unescape(rest.slice(1, rest.lastIndexOf('"')));
      calls.push({ kind: "send", text: new TextDecoder("latin1").decode(data) });
    } else {
      calls.push({ kind: "sync begins", file, thread });
      if (line.endsWith("<unfinished ...>")) syncing.set(thread, file);
      else if (/ = 0$/.test(line)) calls.push({ kind: "sync ends", file, thread });
      else fail(line);
    }
  }
  return calls;
}

function fail(line: string): never {
  throw new Error(`not understood: ${line.slice(0, 200)}`);
}

const ESCAPES: Record<string, number> = { n: 10, r: 13, t: 9, v: 11, f: 12, '"': 34, "\\": 92 };

/** The bytes of a string as strace shows it. */
function unescape(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let size = 0;
  for (let i = 0; i < text.length;) {
    if (text[i] !== "\\") {
      bytes[size++] = text.charCodeAt(i++);
      continue;
    }
    const next = text[i + 1]!;
    if (next === "x") {
      bytes[size++] = Number.parseInt(text.slice(i + 2, i + 4), 16);
      i += 4;
    } else if (next in ESCAPES) {
      bytes[size++] = ESCAPES[next]!;
      i += 2;
    } else {
      const [octal] = /^[0-7]{1,3}/.exec(text.slice(i + 1, i + 4)) ?? fail(text.slice(i));
      bytes[size++] = Number.parseInt(octal, 8);
      i += 1 + octal.length;
    }
  }
  return bytes.slice(0, size);
}
