/** What the process and the machine tell about themselves. */

import process from "node:process";
import { mayAskSystem, mayReadVariable } from "./permissions.ts";
import { DENO, nodeModule } from "./runtime.ts";

/** Memory of the process, in bytes. */
export interface ProcessMemory {
  /** The objects of JavaScript. */
  readonly heapUsed: number;
  /** What is held beside them. */
  readonly external: number;
  /** What the process has of the machine's memory. */
  readonly rss: number;
}

/** The memory of this process. */
export function processMemory(): ProcessMemory {
  return DENO === undefined ? process.memoryUsage() : DENO.memoryUsage();
}

/** Processor time, in microseconds. */
export interface ProcessorTime {
  readonly user: number;
  readonly system: number;
}

/** Processor time of this thread; that of the process where the runtime does not tell them apart. */
export function threadTime(): ProcessorTime {
  const ask: (() => ProcessorTime) | undefined = process.threadCpuUsage;
  return ask === undefined ? process.cpuUsage() : ask.call(process);
}

/** The version of the system; empty where it may not be asked. */
export function systemRelease(): string {
  if (!mayAskSystem("osRelease")) return "";
  return DENO === undefined ? nodeModule("node:os").release() : DENO.osRelease();
}

/** Memory of the machine, in bytes; 0 where it may not be asked. */
export function systemMemory(): number {
  if (!mayAskSystem("systemMemoryInfo")) return 0;
  return DENO === undefined ? nodeModule("node:os").totalmem() : DENO.systemMemoryInfo().total;
}

/** An environment variable, if it may be read: a start must neither fail nor ask because of it. */
export function environment(variable: string): string | undefined {
  if (!mayReadVariable(variable)) return undefined;
  return DENO === undefined ? process.env[variable] : DENO.env.get(variable);
}

/** Sets which permissions new files do not get. @returns Those that they did not get before. */
export function umask(mask: number): number {
  return DENO === undefined ? process.umask(mask) : DENO.umask(mask);
}

/** The module that the program began with, as an address or a path. */
export function mainModule(): string {
  return DENO === undefined ? process.argv[1] ?? "" : DENO.mainModule;
}
