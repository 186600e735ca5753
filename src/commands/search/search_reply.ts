/**
 * FT.SEARCH's reply, in both protocols.
 *
 * @module
 */

import { formatDouble } from "../../resp/double.ts";
import type { Reply } from "../../resp/reply.ts";
import type { LoadedDocument, ScoreExplanation } from "../../search/results.ts";
import type { Index } from "../../search/search_index.ts";
import type { SearchRequest } from "./search_arguments.ts";
import type { SearchResult, SearchResults } from "./search_results.ts";

const encoder = new TextEncoder();

/** The name and the value of a field of a result. */
type Pair = readonly [name: Uint8Array, value: Uint8Array];

/** Writes the results that were found. */
export function writeSearchReply(
  reply: Reply,
  index: Index,
  request: SearchRequest,
  found: SearchResults,
): void {
  if (reply.protocol === 3) return writeMap(reply, index, request, found);
  const { noContent, withScores, withPayloads, withSortKeys } = request;
  const { total, results } = found;
  const each = 1 + Number(withScores) + Number(withPayloads) + Number(withSortKeys) +
    Number(!noContent);
  reply.array(1 + each * results.length);
  reply.integer(total);
  for (const result of results) {
    const { number } = result;
    reply.bulk(index.documents.key(number));
    if (withScores) writeScore(reply, result);
    if (withPayloads) writePayload(reply, index, number);
    if (withSortKeys) writeSortKey(reply, request, result);
    if (noContent) continue;
    const fields = fieldsOf(index, request, result);
    if (fields === undefined) {
      reply.null();
      continue;
    }
    reply.array(2 * fields.length);
    for (const [name, value] of fields) {
      reply.bulk(name);
      reply.bulk(value);
    }
  }
}

function writeMap(
  reply: Reply,
  index: Index,
  request: SearchRequest,
  { total, results, timedOut }: SearchResults,
): void {
  const { noContent, withScores, withPayloads, withSortKeys } = request;
  reply.map(5);
  reply.text("attributes");
  reply.array(0);
  reply.text("total_results");
  reply.integer(total);
  reply.text("format");
  reply.text("STRING");
  reply.text("results");
  reply.array(results.length);
  for (const result of results) {
    const { number } = result;
    reply.map(
      2 + Number(withScores) + Number(withPayloads) + Number(withSortKeys) + Number(!noContent),
    );
    reply.text("id");
    reply.bulk(index.documents.key(number));
    if (withScores) {
      reply.text("score");
      writeScore(reply, result);
    }
    if (withPayloads) {
      reply.text("payload");
      writePayload(reply, index, number);
    }
    if (withSortKeys) {
      reply.text("sortkey");
      writeSortKey(reply, request, result);
    }
    if (!noContent) {
      reply.text("extra_attributes");
      const fields = fieldsOf(index, request, result);
      if (fields === undefined) reply.null();
      else {
        reply.map(fields.length);
        for (const [name, value] of fields) {
          reply.bulk(name);
          reply.bulk(value);
        }
      }
    }
    reply.text("values");
    reply.array(0);
  }
  reply.text("warning");
  reply.array(timedOut ? 1 : 0);
  if (timedOut) reply.text("Timeout limit was reached");
}

function writeScore(reply: Reply, { score, explanation }: SearchResult): void {
  if (explanation !== undefined) reply.array(2);
  if (reply.protocol === 3) reply.double(score);
  else reply.text(formatDouble(score));
  if (explanation !== undefined) writeExplanation(reply, explanation);
}

function writeExplanation(reply: Reply, { text, children }: ScoreExplanation): void {
  if (children.length === 0) return reply.text(text);
  reply.array(2);
  reply.text(text);
  reply.array(children.length);
  for (const child of children) writeExplanation(reply, child);
}

function writePayload(reply: Reply, index: Index, number: number): void {
  const payload = index.documents.payload(number);
  if (payload === undefined) reply.null();
  else reply.bulk(payload);
}

function writeSortKey(reply: Reply, { sortBy }: SearchRequest, { sortKey }: SearchResult): void {
  if (sortBy === undefined || sortKey === undefined) reply.null();
  else if (typeof sortKey === "number") reply.text(`#${formatDouble(sortKey)}`);
  else reply.text(`$${sortKey}`);
}

/** The fields of a result; undefined if its document is gone. */
function fieldsOf(
  index: Index,
  { returns, sortBy }: SearchRequest,
  { number, distances }: SearchResult,
): Pair[] | undefined {
  const document = index.documents.load(number);
  if (document === undefined) return undefined;
  const pairs: Pair[] = [];
  if (returns !== undefined) {
    const names = new Set<string>();
    for (const { path, as } of returns) {
      const distance = distances?.get(path);
      const value = distance === undefined
        ? document.value(path)
        : encoder.encode(formatDouble(distance));
      if (value === undefined || names.has(as)) continue;
      names.add(as);
      pairs.push([encoder.encode(as), value]);
    }
    return pairs;
  }
  for (const [name, distance] of distances ?? []) {
    pairs.push([encoder.encode(name), encoder.encode(formatDouble(distance))]);
  }
  const first = sortBy && sortedValue(document, sortBy.field);
  if (first !== undefined) pairs.push(first);
  for (const pair of document.all()) {
    if (first === undefined || !sameBytes(first[0], pair[0])) pairs.push(pair);
  }
  return pairs;
}

/** What results are sorted by comes before their other fields. */
function sortedValue(document: LoadedDocument, name: string): Pair | undefined {
  const value = document.value(name);
  return value && [encoder.encode(name), value];
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
