/**
 * FT.SEARCH's reply, in both protocols.
 *
 * @module
 */

import { TIME_IS_UP } from "../../search/index/deadline.ts";
import { formatDouble, formatDoubleLong } from "../../resp/double.ts";
import type { Reply } from "../../resp/reply.ts";
import type { LoadedDocument, ScoreExplanation } from "../../search/results.ts";
import type { Index } from "../../search/search_index.ts";
import { Highlighter, type Highlighting } from "../../search/highlight/highlighting.ts";
import { CommandError } from "../../store/values/errors.ts";
import { latin1 } from "../../store/values/slice.ts";
import { writeJsonText } from "./json_reply.ts";
import { refusal } from "./module_arguments.ts";
import type { ReturnedField, SearchRequest } from "./search_arguments.ts";
import type { SearchResult, SearchResults } from "./search_results.ts";
import { assertPartial } from "./time_limits.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The name and the value of a field of a result. */
type Pair = readonly [name: Uint8Array, value: Uint8Array | null];

/** A result as it is shown. */
interface Shown {
  readonly result: SearchResult;
  readonly key: Uint8Array;
  /** Undefined if its document is gone, or none are wished. */
  readonly fields: readonly Pair[] | undefined;
}

/**
 * Reads what is shown of results. Where their query has a time, they are read before the first is
 * written, and there are as many as that time suffices for; else each when it is written.
 */
function shownOf(
  index: Index,
  request: SearchRequest,
  { results, timedOut, matches }: SearchResults,
): { count: number; shown: Iterable<Shown>; timedOut: boolean } {
  const { noContent, options } = request;
  const fields = new ResultFields(index, request, () => matches.checkTime());
  const show = (result: SearchResult): Shown => ({
    result,
    key: index.documents.key(result.number),
    fields: noContent ? undefined : fields.of(result),
  });
  if (!options.timeoutMs) {
    return { count: results.length, shown: shownEach(results, show), timedOut };
  }
  const shown: Shown[] = [];
  matches.restartTime();
  try {
    for (const result of results) {
      shown.push(show(result));
      matches.checkTime();
    }
  } catch (error) {
    assertPartial(index.settings, error);
    timedOut = true;
  }
  return { count: shown.length, shown, timedOut };
}

function* shownEach(
  results: readonly SearchResult[],
  show: (result: SearchResult) => Shown,
): Generator<Shown> {
  for (const result of results) yield show(result);
}

/** Writes the results that were found. @param more Writes a further entry of RESP3's map. */
export function writeSearchReply(
  reply: Reply,
  index: Index,
  request: SearchRequest,
  found: SearchResults,
  more?: (reply: Reply) => void,
): void {
  if (reply.protocol === 3) return writeMap(reply, index, request, found, more);
  const { noContent, withScores, withPayloads, withSortKeys } = request;
  const { count, shown } = shownOf(index, request, found);
  const each = 1 + Number(withScores) + Number(withPayloads) + Number(withSortKeys) +
    Number(!noContent);
  reply.array(1 + each * count);
  reply.integer(found.total);
  for (const { result, key, fields } of shown) {
    reply.bulk(key);
    if (withScores) writeScore(reply, result);
    if (withPayloads) writePayload(reply, index, result.number);
    if (withSortKeys) writeSortKey(reply, request, result);
    if (noContent) continue;
    if (fields === undefined) {
      reply.null();
      continue;
    }
    reply.array(2 * fields.length);
    for (const [name, value] of fields) {
      reply.bulk(name);
      if (value === null) reply.null();
      else reply.bulk(value);
    }
  }
}

function writeMap(
  reply: Reply,
  index: Index,
  request: SearchRequest,
  found: SearchResults,
  more?: (reply: Reply) => void,
): void {
  const { noContent, withScores, withPayloads, withSortKeys } = request;
  const { count, shown, timedOut } = shownOf(index, request, found);
  reply.map(more === undefined ? 5 : 6);
  reply.status("attributes");
  reply.array(0);
  reply.status("total_results");
  reply.integer(found.total);
  reply.status("format");
  reply.status(request.expands ? "EXPAND" : "STRING");
  reply.status("results");
  reply.array(count);
  for (const { result, key, fields } of shown) {
    reply.map(
      2 + Number(withScores) + Number(withPayloads) + Number(withSortKeys) + Number(!noContent),
    );
    reply.status("id");
    reply.bulk(key);
    if (withScores) {
      reply.status("score");
      writeScore(reply, result);
    }
    if (withPayloads) {
      reply.status("payload");
      writePayload(reply, index, result.number);
    }
    if (withSortKeys) {
      reply.status("sortkey");
      writeSortKey(reply, request, result);
    }
    if (!noContent) {
      reply.status("extra_attributes");
      if (fields === undefined) reply.null();
      else {
        reply.map(fields.length);
        for (const [name, value] of fields) {
          reply.bulk(name);
          if (value === null) reply.null();
          else if (request.expands) writeJsonText(reply, decoder.decode(value));
          else reply.bulk(value);
        }
      }
    }
    reply.status("values");
    reply.array(0);
  }
  reply.status("warning");
  reply.array(timedOut ? 1 : 0);
  if (timedOut) reply.status(TIME_IS_UP);
  more?.(reply);
}

function writeScore(reply: Reply, { score, explanation }: SearchResult): void {
  if (explanation !== undefined) reply.array(2);
  if (reply.protocol === 3) reply.double(score);
  else reply.text(formatDouble(score));
  if (explanation !== undefined) writeExplanation(reply, explanation);
}

function writeExplanation(reply: Reply, { text, children }: ScoreExplanation): void {
  if (children.length === 0) return reply.status(text);
  reply.array(2);
  reply.status(text);
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
  else if (typeof sortKey === "number") reply.text(`#${formatDoubleLong(sortKey)}`);
  else reply.text(`$${sortKey}`);
}

/**
 * The fields of results. Without RETURN all of a document are shown, in the order in which they were
 * first met in the reply: those of the first result, then what others have beyond.
 */
class ResultFields {
  readonly #index: Index;
  readonly #request: SearchRequest;
  #highlighter: Highlighter | undefined;
  /** Names by the place they have among all that were met. */
  readonly #places = new Map<string, number>();

  /** @param checkTime Throws where time is up. */
  constructor(index: Index, request: SearchRequest, checkTime: () => void) {
    this.#index = index;
    this.#request = request;
    const { highlighting } = request;
    if (highlighting !== undefined) {
      this.#highlighter = highlighterOf(index, request, highlighting, checkTime);
    }
    if (request.sortBy !== undefined) this.#place(encoder.encode(request.sortBy.field));
  }

  #place(name: Uint8Array): number {
    const text = latin1(name, 0, name.length);
    let place = this.#places.get(text);
    if (place === undefined) this.#places.set(text, place = this.#places.size);
    return place;
  }

  /** Those of a result; undefined if its document is gone. */
  of(result: SearchResult): Pair[] | undefined {
    const fields = this.#read(result);
    const highlighter = this.#highlighter;
    if (fields === undefined || highlighter === undefined) return fields;
    const { languageField } = this.#index.definition;
    const given = languageField === undefined
      ? undefined
      : this.#index.documents.load(result.number)?.value(languageField);
    const language = given ? decoder.decode(given) : undefined;
    const terms = result.terms ?? new Set();
    return fields.map(([name, value]) => {
      if (value === null) return [name, value];
      return [name, highlighter.shown(decoder.decode(name), value, terms, language)];
    });
  }

  #read({ number, distances }: SearchResult): Pair[] | undefined {
    const { returns, sortBy, options, expands } = this.#request;
    const document = this.#index.documents.load(number, expands ? 3 : options.dialect);
    if (document === undefined) return undefined;
    if (returns !== undefined) return returned(returns, document, distances);
    const placed: [place: number, pair: Pair][] = [];
    const add = (name: Uint8Array, value: Uint8Array | null) => {
      const place = this.#place(name);
      if (!placed.some(([taken]) => taken === place)) placed.push([place, [name, value]]);
    };
    for (const [name, distance] of distances ?? []) {
      add(encoder.encode(name), encoder.encode(formatDouble(distance)));
    }
    const sorted = sortBy && document.value(sortBy.field);
    if (sortBy !== undefined && sorted !== undefined) add(encoder.encode(sortBy.field), sorted);
    for (const [name, value] of document.all()) add(name, value);
    return placed.sort(([a], [b]) => a - b).map(([, pair]) => pair);
  }
}

/** @throws {CommandError} If what is wished cannot be had. */
function highlighterOf(
  index: Index,
  { returns }: SearchRequest,
  highlighting: Highlighting,
  checkTime: () => void,
): Highlighter {
  const { tags, summary } = highlighting;
  const { definition } = index;
  if (!definition.offsets || !definition.highlights) {
    throw new CommandError(
      "Cannot use highlight/summarize because NOOFSETS was specified at index level",
    );
  }
  for (const name of [...tags?.fields ?? [], ...summary?.fields ?? []]) {
    if (index.field(name) === undefined) throw refusal(`No such property \`${name}\``);
  }
  for (const { path } of returns ?? []) {
    if (index.field(path) === undefined) {
      throw refusal(`Property \`${path}\` is not in schema`);
    }
  }
  return new Highlighter(index, highlighting, returns?.map(({ path }) => path), checkTime);
}

function returned(
  returns: readonly ReturnedField[],
  document: LoadedDocument,
  distances: SearchResult["distances"],
): Pair[] {
  const pairs: Pair[] = [];
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
