/** The system's log: lines as `syslog(3)` sends them to the daemon. */

import { Datagrams } from "../process/datagrams.ts";
import type { LineLevel } from "./log.ts";

/** Where the daemon listens. */
const DAEMON = Deno.build.os === "darwin" ? "/var/run/syslog" : "/dev/log";

/** What `syslog-facility` may be, by the number that stands for it. */
const FACILITIES: Readonly<Record<string, number>> = {
  user: 1,
  ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`local${i}`, 16 + i])),
};
const SEVERITIES: Readonly<Record<LineLevel, number>> = {
  warning: 4,
  notice: 5,
  verbose: 6,
  debug: 7,
};

/** What lines are marked with. */
export interface SyslogOptions {
  /** What the server is called there. */
  readonly ident: string;
  /** The facility: `user`, or `local0` to `local7`. */
  readonly facility: string;
}

/**
 * Opens the system's log.
 *
 * @param daemon The socket of the daemon.
 * @returns What sends a line and tells whether the daemon has taken it; undefined if it cannot be.
 */
export function openSyslog(
  { ident, facility }: SyslogOptions,
  daemon: string = DAEMON,
): ((message: string, level: LineLevel, at: Date) => boolean) | undefined {
  const datagrams = Datagrams.open(daemon);
  if (datagrams === undefined) return undefined;
  const base = (FACILITIES[facility] ?? 1) * 8;
  const tag = `${ident}[${Deno.pid}]`;
  return (message, level, at) =>
    datagrams.send(`<${base + SEVERITIES[level]}>${timestamp(at)} ${tag}: ${message}`);
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The time as RFC 3164 has it, local and without the year. */
function timestamp(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2)} ${time}`;
}
