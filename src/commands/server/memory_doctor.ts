/** What MEMORY DOCTOR says, out of figures alone. */

import { RESTART_FRAMES } from "../../engine/checkpointer.ts";
import type { StorageFacts } from "../../store/file/storage_facts.ts";
import { formatByteSize } from "../table/byte_sizes.ts";

/** What there is to judge. */
export interface MemoryFigures {
  /** Bytes of keys and values. */
  readonly data: number;
  /** Bytes that the process has of the machine's memory. */
  readonly resident: number;
  /** Bytes of JavaScript values and buffers, the row cache among them. */
  readonly javascript: number;
  /** Bytes of clients' buffers. */
  readonly clients: number;
  /** Bytes that the caches may take. */
  readonly cache: number;
  /** Reads of rows that found them in memory. */
  readonly hits: number;
  /** Reads of rows that did not. */
  readonly misses: number;
  /** The limit of data, 0 for none. */
  readonly maxmemory: number;
  /** What happens at that limit. */
  readonly policy: string;
  /** The file. */
  readonly storage: StorageFacts;
}

/** Reads from which on a share of misses means anything. */
const ENOUGH_READS = 10_000;
/** Share of reads that may miss. */
const MISSES = 1 / 4;
/** Share of the file that may be free. */
const FREE = 1 / 4;
/** Bytes that are not worth a word, and those of the process beside its caches and data. */
const LITTLE = 16 * 1024 * 1024, PROCESS = 256 * 1024 * 1024;
/** Share of `maxmemory` from which on it is nearly reached. */
const NEARLY = 0.9;

/** The report: how things are, and a paragraph for each thing that could be better. */
export function diagnosis(figures: MemoryFigures): string {
  const advice = [
    cacheAdvice(figures),
    limitAdvice(figures),
    processAdvice(figures),
    freePagesAdvice(figures.storage),
    walAdvice(figures.storage),
  ].filter((text) => text !== undefined);
  const findings = advice.length === 0
    ? ["Nothing needs attention."]
    : advice.map((text) => `* ${text}`);
  return [summary(figures), ...findings].join("\n\n") + "\n";
}

function summary({ data, resident, javascript, cache, storage }: MemoryFigures): string {
  const { fileBytes, freePages, pageSize, walBytes, garbage } = storage;
  return `The process holds ${formatByteSize(resident)}. JavaScript has set aside ` +
    `${
      formatByteSize(javascript)
    }, of which only what was ever used is held; the caches may take ` +
    `${formatByteSize(cache)}. The data are ` +
    `${formatByteSize(data)} in a file of ${formatByteSize(fileBytes)}, ` +
    `${formatByteSize(freePages * pageSize)} of it free, beside a write-ahead log of ` +
    `${formatByteSize(walBytes)}. ${garbage} deleted keys or databases wait to be cleared away.`;
}

function cacheAdvice({ data, cache, hits, misses }: MemoryFigures): string | undefined {
  const reads = hits + misses;
  if (reads < ENOUGH_READS || misses < reads * MISSES || data <= cache) return undefined;
  return `${
    Math.round(misses / reads * 100)
  } % of the reads find nothing in the row cache, for the ` +
    "data are larger than the caches. If there is memory to spare, CONFIG SET cache-mb gives them " +
    "more; CONFIG REWRITE keeps it.";
}

function limitAdvice({ data, maxmemory, policy }: MemoryFigures): string | undefined {
  if (maxmemory === 0 || data < maxmemory * NEARLY) return undefined;
  const then = policy === "noeviction"
    ? "commands that add data are refused beyond"
    : `keys are evicted beyond (${policy})`;
  return `The data are ${Math.round(data / maxmemory * 100)} % of maxmemory: ${then}.`;
}

function processAdvice({ resident, cache, clients }: MemoryFigures): string | undefined {
  if (resident < 2 * cache + PROCESS) return undefined;
  const held = clients > LITTLE
    ? `${
      formatByteSize(clients)
    } are clients' buffers: CLIENT LIST tells whose (omem, qbuf), and ` +
      "client-output-buffer-limit bounds them"
    : "what large values and replies took goes back when it is collected";
  return `The process holds much more than its caches: ${held}.`;
}

function freePagesAdvice(storage: StorageFacts): string | undefined {
  const { freePages, pages, pageSize, vacuumMode } = storage;
  const bytes = freePages * pageSize;
  if (bytes < LITTLE || freePages < pages * FREE) return undefined;
  const how = vacuumMode === "incremental"
    ? "VACUUM INCREMENTAL gives it back without stopping anybody, AUTOVACUUM ON does so by itself"
    : "VACUUM gives it back, and makes the file one that can do so by itself from then on";
  return `${formatByteSize(bytes)} of the file are free, to be used by later writes. ${how}.`;
}

function walAdvice({ uncopiedFrames, walBytes }: StorageFacts): string | undefined {
  if (uncopiedFrames === undefined || uncopiedFrames < 2 * RESTART_FRAMES) return undefined;
  return `The write-ahead log has grown to ${
    formatByteSize(walBytes)
  }: somebody reads an old state ` +
    "of the file for long, in another process or with a backup, and keeps it from starting over.";
}
