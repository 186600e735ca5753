/** VACUUM and AUTOVACUUM: making the database file shorter. */

import type { Reply } from "../../resp/reply.ts";
import { LEAST_INTERVAL_MS } from "../../store/file/auto_vacuum.ts";
import { CommandError, err, syntaxError } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import { MEMORY, type Store } from "../../store/store.ts";
import type { VacuumOutcome } from "../../store/file/vacuum.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { boundedAt } from "../table/options.ts";

const command = commandsOf("server");

function requireFile({ path }: Store): void {
  if (path === MEMORY) throw err("this database is kept in memory: it has no file to vacuum");
}

function writeIntegers(reply: Reply, fields: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(fields)) {
    reply.text(name);
    reply.integer(value);
  }
}

/** How many pages to give back; undefined to rewrite the file. */
function pagesAsked({ args }: Context): number | undefined {
  if (args.count === 1) return undefined;
  if (!args.is(1, "INCREMENTAL") || args.count > 3) throw syntaxError();
  if (args.count === 2) return Infinity;
  const pages = boundedAt(args, 2, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (pages < 1) throw err("pages must be positive");
  return pages;
}

function vacuum(context: Context): void {
  const { store, client } = context;
  const pages = pagesAsked(context);
  requireFile(store);
  if (store.vacuum.running) throw err("a VACUUM is in progress already");
  if (pages !== undefined && store.freePages.mode !== "incremental") {
    throw err(
      "this file was not made to give single pages back: VACUUM without INCREMENTAL rewrites it " +
        "so that it can",
    );
  }
  client.wait({
    keys: [],
    type: TYPE.NONE,
    timeoutMs: 0,
    giveUp: (reply) => reply.error("ERR no longer waiting for the VACUUM, which goes on"),
    denied: () => {
      throw err("VACUUM must be waited for: not inside a transaction, nor by a plain call");
    },
  });
  const { waiting } = client;
  if (waiting === undefined) return;
  store.vacuum.start(pages, (outcome) => waiting.end((reply) => writeOutcome(reply, outcome)));
}

function writeOutcome(reply: Reply, outcome: VacuumOutcome | CommandError): void {
  if (outcome instanceof CommandError) return reply.error(outcome.message);
  const { pagesBefore, pagesAfter, pageSize, expiredKeys, garbageRows } = outcome;
  reply.map(6);
  writeIntegers(reply, {
    pages_before: pagesBefore,
    pages_after: pagesAfter,
    bytes_before: pagesBefore * pageSize,
    bytes_after: pagesAfter * pageSize,
    expired_keys: expiredKeys,
    garbage_rows: garbageRows,
  });
}

/** Words that turn it on and off. */
const ON = ["ON", "1", "TRUE"], OFF = ["OFF", "0", "FALSE"];

/** The state that is asked for, and the interval. */
function autovacuumAsked({ args }: Context) {
  let state: "on" | "off" | "status" | undefined;
  let intervalMs: number | undefined;
  for (let i = 1; i < args.count; i++) {
    if (args.is(i, "INTERVAL") && i + 1 < args.count && intervalMs === undefined) {
      intervalMs = boundedAt(args, ++i, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    } else if (i === 1 && ON.some((word) => args.is(i, word))) state = "on";
    else if (i === 1 && OFF.some((word) => args.is(i, word))) state = "off";
    else if (i === 1 && args.is(i, "STATUS")) state = "status";
    else throw syntaxError();
  }
  if (state === "status" && intervalMs !== undefined) throw syntaxError();
  if (intervalMs !== undefined && (intervalMs < LEAST_INTERVAL_MS || intervalMs > LONGEST_MS)) {
    throw err(`the interval must be between ${LEAST_INTERVAL_MS} and ${LONGEST_MS} milliseconds`);
  }
  return { state, intervalMs };
}

/** Longest time a timer takes, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

function autovacuum(context: Context): void {
  const { reply, store } = context;
  const { state, intervalMs } = autovacuumAsked(context);
  if (state === "on" || state === "off" || intervalMs !== undefined) {
    requireFile(store);
    store.autoVacuum.configure({
      enabled: state === undefined ? undefined : state === "on",
      intervalMs,
    });
    return reply.ok();
  }
  const { autoVacuum, freePages, path } = store;
  const { total, free } = freePages.count();
  reply.map(7);
  reply.text("state");
  reply.text(path !== MEMORY && autoVacuum.enabled ? "on" : "off");
  reply.text("mode");
  reply.text(freePages.mode);
  writeIntegers(reply, {
    interval: autoVacuum.intervalMs,
    pages: total,
    free_pages: free,
    released_pages: autoVacuum.releasedPages,
    last_run: autoVacuum.lastRunAtMs,
  });
}

/** VACUUM and AUTOVACUUM. */
export const vacuuming: readonly Command[] = [
  command("AUTOVACUUM [ON | 1 | TRUE | OFF | 0 | FALSE | STATUS] [INTERVAL milliseconds]", {
    since: "8.0.0",
    arity: -1,
    flags: "admin noscript",
    summary: "Tells or sets whether the file's free pages are given back in the background.",
  }, autovacuum),
  command("VACUUM [INCREMENTAL [pages]]", {
    since: "8.0.0",
    arity: -1,
    // It changes nothing that a client could read, but writes to the file.
    flags: "write admin noscript no_multi blocking",
    effects: "none",
    complexity: "O(N) in the size of the database",
    summary: "Deletes expired keys and garbage, and makes the file as small as what is in it.",
  }, vacuum),
];
