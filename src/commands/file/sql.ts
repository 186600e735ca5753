/** SQL: queries on the tables and views of the database file. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { err } from "../../store/values/errors.ts";
import {
  assertQuery,
  queryAside,
  type SqlLimits,
  type SqlResult,
  UNLIMITED,
} from "../../store/sql/queries.ts";
import { asideError, replyLater } from "../table/aside.ts";
import type { Command, Context } from "../table/command.ts";
import { configValue } from "../server/config.ts";
import { commandsOf } from "../table/define.ts";

/** Bytes of all values of a reply: 64 MB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Longest statement, in bytes. */
const MAX_STATEMENT = 256 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** An argument as SQLite shall see it: a text, or a BLOB where the bytes are no text. */
function valueAt(args: Arguments, index: number): string | Uint8Array {
  const bytes = args.at(index).copy();
  if (bytes.includes(0)) return bytes;
  try {
    return decoder.decode(bytes);
  } catch {
    return bytes;
  }
}

function limitsOf({ host, client }: Context): SqlLimits {
  // A program's calls hold up nobody but itself, and have their result at once.
  if (client.isProgram) return UNLIMITED;
  const rows = configValue(host, "sql-max-rows") ?? 0;
  const ms = Number(configValue(host, "sql-timeout-ms") ?? 0);
  return { rows: Number(rows) || Infinity, bytes: MOST_BYTES, ms };
}

/** A map of `columns`, an array of names, and `rows`, an array of arrays. */
function writeResult(reply: Reply, { columns, rows }: SqlResult): void {
  reply.map(2);
  reply.text("columns");
  reply.array(columns.length);
  for (const name of columns) reply.text(name);
  reply.text("rows");
  reply.array(rows.length);
  for (const row of rows) {
    reply.array(row.length);
    for (const cell of row) {
      if (cell === null) reply.null();
      else if (cell.type === "integer") reply.integer(cell.value);
      else if (cell.type === "real") reply.double(cell.value);
      else reply.bulk(cell.value);
    }
  }
}

function sql(context: Context): void {
  const { args, reply, store } = context;
  const text = args.text(1, MAX_STATEMENT);
  const values = Array.from({ length: args.count - 2 }, (_, i) => valueAt(args, i + 2));
  const limits = limitsOf(context);
  const { side, engine } = store;
  assertQuery(text);
  if (limits === UNLIMITED) return writeResult(reply, queryNow(context, text, values, limits));
  if (side === undefined || engine.connection.interrupt === undefined) {
    if (limits.ms > 0) {
      throw err(
        "this SQLite cannot be interrupted, so a query could stop the server: " +
          "sql-timeout-ms 0 allows it",
      );
    }
    return writeResult(reply, queryNow(context, text, values, limits));
  }
  replyLater(
    context,
    () => side.run(({ connection }) => queryAside(connection, text, values, limits, engine.clock)),
    writeResult,
  );
}

/** Runs a query in the turn, on what the turn has written too. */
function queryNow(
  { store }: Context,
  text: string,
  values: readonly (string | Uint8Array)[],
  limits: SqlLimits,
): SqlResult {
  try {
    return store.query(text, values, limits);
  } catch (error) {
    throw asideError(error);
  }
}

/** SQL. */
export const sqlCommand: Command = commandsOf("server")("SQL statement [arg [arg ...]]", {
  since: "8.0.0",
  arity: -2,
  flags: "admin noscript no_multi blocking",
  readsAllKeys: true,
  tips: "nondeterministic_output",
  complexity: "Depends on the statement",
  summary: "Runs an SQL query on the database file.",
}, sql);
