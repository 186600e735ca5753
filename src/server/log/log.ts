/**
 * The server's log: lines with their time and level on the standard error, or in a file. What a
 * client or a disk can cause over and over is told a few times a minute, with how often it was left
 * out.
 *
 * @module
 */

import { PID } from "../../runtime/runtime.ts";
import type { SyslogOptions } from "./syslog.ts";

/** How much is logged, from most to least; `nothing` is the level of no line. */
export const LOG_LEVELS = ["debug", "verbose", "notice", "warning", "nothing"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];
/** The level of a line. */
export type LineLevel = Exclude<LogLevel, "nothing">;
/** How lines look: for people, or one JSON object each. */
export type LogFormat = "text" | "json";

/** Takes a line about what an operator should know, a warning unless told otherwise. */
export type Report = (message: string, level?: LineLevel) => void;

/** Why a client is cut off. */
export type CutOffCause =
  | "output limit"
  | "query buffer limit"
  | "unread refusals"
  | "client memory"
  | "idle timeout"
  | "protocol error"
  | "another protocol"
  | "our fault";

/** For how long a cause is counted, in milliseconds. */
const QUIET_MS = 60_000;
/** Characters of a message: clients can choose some of them. */
const MOST_CHARACTERS = 1000;
/** Causes that are counted at a time: clients can make some of them up. */
const MOST_CAUSES = 256;

/** What a log is made with. */
export interface LogOptions {
  /** The least level that is logged. */
  readonly level: LogLevel;
  /** How lines look. */
  readonly format: LogFormat;
  /** The file that lines are added to; empty for the standard error. */
  readonly path: string;
  /** What lines are marked with in the system's log, if they go there too. */
  readonly syslog?: SyslogOptions | undefined;
  /** Unix time in milliseconds. */
  readonly now?: () => number;
  /** Takes the lines as they are told, in place of the file and the standard error. */
  readonly sink?: (message: string, level: LineLevel) => void;
}

/** Takes lines as well. @returns Whether it could. */
export type LogSink = (message: string, level: LineLevel, at: Date) => boolean;

/** Lines of one cause. */
interface Told {
  sinceMs: number;
  lines: number;
  left: number;
}

/** Writes lines. */
export class Log {
  /** The least level that is logged. */
  level: LogLevel;
  readonly #format: LogFormat;
  readonly #path: string;
  readonly #now: () => number;
  readonly #sink: LogOptions["sink"];
  readonly #causes = new Map<string, Told>();

  /** Where lines go besides. */
  #besides: LogSink | undefined;
  #besidesFails = false;

  constructor({ level, format, path, now = Date.now, sink }: LogOptions) {
    this.#sink = sink;
    this.level = level;
    this.#format = format;
    this.#path = path;
    this.#now = now;
  }

  /** Whether lines of a level are written: for lines that cost something to make. */
  takes(level: LineLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.level);
  }

  /** Writes a line. */
  readonly report: Report = (message, level = "warning") => {
    if (!this.takes(level)) return;
    if (this.#sink !== undefined) return this.#sink(message, level);
    const now = this.#now();
    this.#write(this.#line(message, level, now));
    if (this.#besides !== undefined) this.#send(message, level, now);
  };

  /** Has lines go elsewhere besides. */
  alsoTo(sink: LogSink): void {
    this.#besides = sink;
  }

  #send(message: string, level: LineLevel, now: number): void {
    const failed = this.#besides?.(oneLine(message), level, new Date(now)) === false;
    if (failed === this.#besidesFails) return;
    this.#besidesFails = failed;
    const told = failed ? "syslog takes no lines" : "syslog takes lines again";
    this.#write(this.#line(told, "warning", now));
  }

  /**
   * Writes a line unless the same cause has had its lines of this minute.
   *
   * @param cause What they have in common.
   * @param most How many of them are written a minute.
   */
  limited(cause: string, message: string, level: LineLevel = "warning", most = 1): void {
    if (!this.takes(level)) return;
    const now = this.#now();
    let told = this.#causes.get(cause);
    if (told === undefined || now - told.sinceMs >= QUIET_MS || now < told.sinceMs) {
      if (told === undefined && this.#causes.size >= MOST_CAUSES) this.#forget(now);
      const left = told?.left ?? 0;
      told = { sinceMs: now, lines: 0, left: 0 };
      this.#causes.set(cause, told);
      if (left > 0) message += ` (and ${left} times more before)`;
    }
    if (told.lines >= most) {
      told.left++;
      return;
    }
    told.lines++;
    this.report(message, level);
  }

  /** Tells what was left out and not told of yet: the log ends. */
  end(): void {
    for (const [cause, { left }] of this.#causes) {
      if (left > 0) this.report(`left out of the log, ${left} times more: ${cause}`, "notice");
    }
    this.#causes.clear();
  }

  /** Forgets what was told long ago, and all of it if that makes no room. */
  #forget(now: number): void {
    for (const [cause, { sinceMs, left }] of this.#causes) {
      if (now - sinceMs >= QUIET_MS && left === 0) this.#causes.delete(cause);
    }
    if (this.#causes.size >= MOST_CAUSES) this.#causes.clear();
  }

  #line(message: string, level: LineLevel, now: number): string {
    const time = new Date(now).toISOString();
    if (this.#format === "text") return `${time} ${level} ${oneLine(message)}`;
    return JSON.stringify({ time, level, pid: PID, message: cut(message) });
  }

  #write(line: string): void {
    if (this.#path !== "") {
      try {
        // Opened anew each time, so that the file may be moved away and a new one begins.
        Deno.writeTextFileSync(this.#path, `${line}\n`, { append: true });
        return;
      } catch {
        // A full disk, for one: there is still the standard error.
      }
    }
    console.error(line);
  }
}

function cut(message: string): string {
  return message.length <= MOST_CHARACTERS ? message : `${message.slice(0, MOST_CHARACTERS)}…`;
}

/** What a client chose may be in a message: it ends no line and starts none. */
function oneLine(message: string): string {
  // deno-lint-ignore no-control-regex
  return cut(message).replace(/[\x00-\x1f\x7f]/g, " ");
}
