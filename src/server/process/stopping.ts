/** What ends a server from outside: signals, or the end of the program that started it. */

import { watchParents } from "./parents.ts";
import type { Server } from "../server.ts";

/** Milliseconds in which a process that ends with its server is gone. */
const ENDING_MS = 250;

/** Ends the server on a signal, in the way that `shutdown-on-sigint` and `shutdown-on-sigterm` say. */
export function stopOnSignals(server: Server, parameter: (name: string) => string): void {
  const stop = (name: string, why: string) => () => {
    const options = parameter(name).split(" ");
    const save = !options.includes("nosave");
    if (options.includes("now")) void server.stop({ save, why });
    else server.stopInOrder({ save, why });
  };
  const onInterrupt = stop("shutdown-on-sigint", "SIGINT");
  const onTerminate = stop("shutdown-on-sigterm", "SIGTERM");
  const listeners: [Deno.Signal, () => void][] = Deno.build.os === "windows"
    ? [["SIGINT", onInterrupt], ["SIGBREAK", onTerminate]]
    // A server outlives the terminal it was started from.
    : [["SIGINT", onInterrupt], ["SIGTERM", onTerminate], ["SIGHUP", () => {}]];
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  whenGone(server, () => {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  });
}

/**
 * Ends the server when a parent is gone. Signals are not for it then: what a terminal or a service
 * manager sends to all processes alike must not take the data from a program that is not done yet.
 */
export function stopWithParents(server: Server, parents: readonly string[]): void {
  const ignore = () => {};
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) Deno.addSignalListener(signal, ignore);
  const end = watchParents(parents, (what) => void server.stop({ save: true, why: what }));
  whenGone(server, () => {
    end();
    for (const signal of signals) Deno.removeSignalListener(signal, ignore);
  });
}

/** Calls back when the server has ended, and the process, if it is to end with it, has had the time to. */
function whenGone(server: Server, work: () => void): void {
  void server.finished.catch(() => {}).then(() => {
    // Until then a signal would take the place of the exit code.
    Deno.unrefTimer(setTimeout(work, ENDING_MS));
  });
}
