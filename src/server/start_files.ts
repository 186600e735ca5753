/** The files that a start writes besides the database: the log's, and the one with the process's number. */

import { messageOf } from "../store/values/errors.ts";
import { Log, type LogOptions } from "./log/log.ts";
import { openSyslog } from "./log/syslog.ts";
import { reasonOf } from "./whole_file.ts";

/** Makes the log. @throws {Error} If its file cannot be written. */
export function openLog(options: LogOptions): Log {
  if (options.path !== "") {
    try {
      Deno.writeTextFileSync(options.path, "", { append: true });
    } catch (error) {
      throw new Error(`cannot write the log file ${options.path}: ${messageOf(error)}`);
    }
  }
  const log = new Log(options);
  if (options.syslog !== undefined) {
    const sink = openSyslog(options.syslog);
    if (sink !== undefined) log.alsoTo(sink);
    else log.report("syslog is not written to: that needs --allow-ffi, and Linux or macOS");
  }
  return log;
}

/** Writes the process's number into a file, which goes with the server; a start does not fail over it. */
export function writePidFile(path: string | undefined, log: Log): Disposable {
  if (path === undefined) return { [Symbol.dispose]: () => {} };
  try {
    Deno.writeTextFileSync(path, `${Deno.pid}\n`);
  } catch (error) {
    log.report(`cannot write the pidfile ${path}: ${reasonOf(error, path)}`);
  }
  return {
    [Symbol.dispose]: () => {
      try {
        Deno.removeSync(path);
      } catch {
        // It was not written, or somebody has removed it.
      }
    },
  };
}
