/**
 * FT.AGGREGATE's reply, in both protocols.
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";
import type { ResultRow } from "../../search/aggregate/aggregate.ts";
import { bytesOf, plainText } from "../../search/aggregate/byte_text.ts";
import { writeJsonText, writeNumber } from "./json_reply.ts";
import { numberText, type Value } from "../../search/aggregate/values.ts";

/** What is written of a result. */
export interface AggregateRows {
  readonly total: number;
  readonly rows: readonly ResultRow[];
  /** Why there are no more. */
  readonly warning: string | undefined;
  /** Whether values of JSON are written as what they are. */
  readonly expands?: boolean;
}

/** Writes rows. @param more Writes a further entry of RESP3's map. */
export function writeAggregateReply(
  reply: Reply,
  { total, rows, warning, expands = false }: AggregateRows,
  more?: (reply: Reply) => void,
): void {
  if (reply.protocol === 2) {
    reply.array(1 + rows.length);
    reply.integer(total);
    for (const row of rows) writeRow(reply, row);
    return;
  }
  reply.map(more === undefined ? 5 : 6);
  reply.status("attributes");
  reply.array(0);
  reply.status("total_results");
  reply.integer(total);
  reply.status("format");
  reply.status(expands ? "EXPAND" : "STRING");
  reply.status("results");
  reply.array(rows.length);
  for (const row of rows) {
    reply.map(2);
    reply.status("extra_attributes");
    if (expands) writeExpanded(reply, row);
    else writeRow(reply, row);
    reply.status("values");
    reply.array(0);
  }
  reply.status("warning");
  reply.array(warning === undefined ? 0 : 1);
  if (warning !== undefined) reply.status(warning);
  more?.(reply);
}

/** Writes a row: a map of its names and values. */
export function writeRow(reply: Reply, row: ResultRow): void {
  reply.map(row.length);
  for (const [name, value] of row) {
    reply.bulk(bytesOf(name));
    writeValue(reply, value);
  }
}

/** Writes a row whose texts of JSON are what they say. */
export function writeExpanded(reply: Reply, row: ResultRow): void {
  reply.map(row.length);
  for (const [name, value, isJson] of row) {
    reply.bulk(bytesOf(name));
    if (isJson && typeof value === "string") writeJsonText(reply, plainText(value));
    else if (typeof value === "number") writeNumber(reply, value);
    else writeValue(reply, value);
  }
}

function writeValue(reply: Reply, value: Value): void {
  if (typeof value === "string") reply.bulk(bytesOf(value));
  else if (typeof value === "number") reply.text(numberText(value));
  else if (value === null) reply.null();
  else {
    reply.array(value.length);
    for (const element of value) writeValue(reply, element);
  }
}
