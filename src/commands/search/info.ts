/**
 * FT.INFO. What RediSearch tells of its memory is told of ours where there is something of the kind:
 * stored lists, typed arrays, what is pending.
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";
import type { FailureCount } from "../../search/index/failures.ts";
import type { Field } from "../../search/index/definition.ts";
import { KIND, WORDS } from "../../search/index/kinds.ts";
import { Cursors, MOST_CURSORS } from "../../search/aggregate/cursors.ts";
import type { Index } from "../../search/search_index.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { askedIndex } from "./access.ts";
import { assertArity } from "./module_arguments.ts";

const command = commandsOf("search");
const MEGABYTE = 1024 * 1024;

/** Writes a value under a name. */
type Write = (reply: Reply) => void;

const status = (text: string): Write => (reply) => reply.status(text);
const integer = (value: number): Write => (reply) => reply.integer(value);
const double = (value: number): Write => (reply) => reply.double(value);
const megabytes = (bytes: number): Write => double(bytes / MEGABYTE);
const map = (pairs: readonly (readonly [string, Write])[]): Write => (reply) => {
  reply.map(pairs.length);
  for (const [name, write] of pairs) {
    reply.status(name);
    write(reply);
  }
};
const list = (items: readonly Write[]): Write => (reply) => {
  reply.array(items.length);
  for (const write of items) write(reply);
};

function info(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 2, 2);
  const index = askedIndex(context, 1, "Unknown index name");
  index.uses++;
  const cursors = Cursors.of(store);
  cursors.collect(store.engine.nowMs);
  map(facts(index, cursors.counts(index.definition.name)))(reply);
}

function facts(
  index: Index,
  cursors: { readonly total: number; readonly ofIndex: number },
): (readonly [string, Write])[] {
  const { definition, contents, failures } = index;
  const { state } = contents;
  const sizes = contents.terms.sizes();
  const perDocument = (value: number) => state.documents === 0 ? NaN : value / state.documents;
  const perRecord = (value: number) => sizes.records === 0 ? NaN : value / sizes.records;
  const { total } = failures;
  const stopWords = definition.stopWords?.toSorted();
  return [
    ["index_name", status(definition.name)],
    ["index_options", list(optionsOf(index).map(status))],
    ["index_definition", map(ruleOf(index))],
    ["attributes", list(definition.fields.map(attribute))],
    ["num_docs", integer(state.documents)],
    ["max_doc_id", integer(state.nextNumber - 1)],
    ["num_terms", integer(sizes.terms)],
    ["num_records", integer(sizes.records)],
    ["inverted_sz_mb", megabytes(sizes.bytes)],
    ["vector_index_sz_mb", megabytes(index.vectorBytes)],
    ["total_inverted_index_blocks", integer(sizes.blocks)],
    // Nearly all positions take a byte.
    ["offset_vectors_sz_mb", megabytes(definition.offsets ? state.lengths : 0)],
    ["doc_table_size_mb", megabytes(contents.columns.factBytes)],
    ["sortable_values_size_mb", megabytes(contents.columns.bytes)],
    // Keys are in the file alone.
    ["key_table_size_mb", double(0)],
    ["tag_overhead_sz_mb", megabytes(contents.terms.memoryOf(KIND.TAGS))],
    ["text_overhead_sz_mb", megabytes(contents.terms.memoryOf(WORDS))],
    ["total_index_memory_sz_mb", megabytes(index.memory)],
    ["geoshapes_sz_mb", megabytes(contents.columns.shapeBytes)],
    ["records_per_doc_avg", double(perDocument(sizes.records))],
    ["bytes_per_record_avg", double(perRecord(sizes.bytes))],
    ["offsets_per_term_avg", double(perRecord(state.lengths))],
    ["offset_bits_per_record_avg", double(sizes.records === 0 ? NaN : 8)],
    ["hash_indexing_failures", integer(total.count)],
    ["total_indexing_time", double(index.indexingMs)],
    ["indexing", integer(index.isScanning ? 1 : 0)],
    ["percent_indexed", double(index.indexedShare)],
    ["number_of_uses", integer(index.uses)],
    ["cleaning", integer(contents.purging.isPurging ? 1 : 0)],
    [
      "gc_stats",
      map([
        ["bytes_collected", double(contents.purging.purgedBytes)],
        ["total_ms_run", double(contents.purging.purgeMs)],
        ["total_cycles", double(contents.purging.purges)],
        ["average_cycle_time_ms", double(contents.purging.purgeMs / contents.purging.purges)],
        ["last_run_time_ms", double(contents.purging.lastPurgeMs)],
        ["gc_numeric_trees_missed", double(0)],
        ["gc_blocks_denied", double(0)],
      ]),
    ],
    [
      "cursor_stats",
      map([
        // A cursor is at work within a command alone.
        ["global_idle", integer(cursors.total)],
        ["global_total", integer(cursors.total)],
        ["index_capacity", integer(MOST_CURSORS)],
        ["index_total", integer(cursors.ofIndex)],
      ]),
    ],
    ...stopWords === undefined
      ? []
      : [["stopwords_list", list(stopWords.map((word) => (reply) => reply.text(word)))] as const],
    [
      "dialect_stats",
      map(([1, 2, 3, 4] as const).map((dialect) => [
        `dialect_${dialect}`,
        integer(index.dialects.has(dialect) ? 1 : 0),
      ])),
    ],
    ["Index Errors", failure(total)],
    ["field statistics", list(definition.fields.map((field) => fieldStatistics(index, field)))],
  ];
}

function optionsOf({ definition }: Index): string[] {
  const options: string[] = [];
  if (!definition.frequencies) options.push("NOFREQS");
  if (!definition.fieldMasks) options.push("NOFIELDS");
  if (!definition.offsets) options.push("NOOFFSETS");
  if (!definition.highlights) options.push("NOHL");
  if (definition.maxTextFields) options.push("MAXTEXTFIELDS");
  return options;
}

function ruleOf({ definition }: Index): (readonly [string, Write])[] {
  const { filter, language, languageField, score, scoreField, payloadField, indexesAll } =
    definition;
  const rule: (readonly [string, Write])[] = [
    ["key_type", status(definition.on)],
    ["prefixes", list(definition.prefixes.map(status))],
  ];
  const optional = (name: string, value: string | undefined) => {
    if (value !== undefined) rule.push([name, status(value)]);
  };
  optional("filter", filter);
  optional("default_language", language === "english" ? undefined : language);
  optional("language_field", languageField);
  rule.push(["default_score", double(score)]);
  optional("score_field", scoreField);
  optional("payload_field", payloadField);
  if (indexesAll !== undefined) rule.push(["indexes_all", status(String(indexesAll))]);
  return rule;
}

/** What FT.INFO tells of a field: words beside its facts in RESP2, a list of them in RESP3. */
function attribute(field: Field): Write {
  const pairs: [string, Write][] = [
    ["identifier", status(field.path)],
    ["attribute", status(field.name)],
    ["type", status(field.type)],
  ];
  const flags: string[] = [];
  switch (field.type) {
    case "TEXT":
      pairs.push(["WEIGHT", double(field.weight)]);
      break;
    case "TAG":
      pairs.push(["SEPARATOR", status(field.separator ?? "")]);
      if (field.caseSensitive) flags.push("CASESENSITIVE");
      break;
    case "GEOSHAPE":
      pairs.push(["coord_system", status(field.coordinates)]);
      break;
    case "VECTOR":
      pairs.push(
        ["algorithm", status(field.algorithm)],
        ["data_type", status(field.dataType)],
        ["dim", integer(field.dimensions)],
        ["distance_metric", status(field.metric)],
      );
      if (field.algorithm === "HNSW") {
        pairs.push(
          ["M", integer(Number(field.attributes["M"] ?? 16))],
          ["ef_construction", integer(Number(field.attributes["EF_CONSTRUCTION"] ?? 200))],
        );
      }
      break;
  }
  if (field.sortable) {
    flags.push("SORTABLE");
    const asItIs = field.unf || field.type === "NUMERIC" ||
      field.type === "TAG" && field.caseSensitive;
    if (asItIs) flags.push("UNF");
  }
  if (field.type === "TEXT" && field.noStem) flags.push("NOSTEM");
  if (field.noIndex) flags.push("NOINDEX");
  if ((field.type === "TEXT" || field.type === "TAG") && field.suffixTrie) {
    flags.push("WITHSUFFIXTRIE");
  }
  if ((field.type === "TEXT" || field.type === "TAG") && field.indexEmpty) flags.push("INDEXEMPTY");
  if (field.indexMissing) flags.push("INDEXMISSING");
  return (reply) => {
    if (reply.protocol === 3) return map([...pairs, ["flags", list(flags.map(status))]])(reply);
    reply.array(2 * pairs.length + flags.length);
    for (const [name, write] of pairs) {
      reply.status(name);
      write(reply);
    }
    for (const flag of flags) reply.status(flag);
  };
}

function failure({ count, message, key }: FailureCount): Write {
  return map([
    ["indexing failures", integer(count)],
    ["last indexing error", (reply) => reply.status(message.replace(/[\r\n]/g, " "))],
    ["last indexing error key", (reply) => reply.text(key)],
  ]);
}

function fieldStatistics({ failures }: Index, field: Field): Write {
  return map([
    ["identifier", status(field.path)],
    ["attribute", status(field.name)],
    ["Index Errors", failure(failures.of(field.id))],
  ]);
}

/** FT.INFO. */
export const searchInfo: Command = command(
  "FT.INFO index",
  {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "search",
    summary: "Returns information and statistics on the index",
    keys: ["1 RW access update"],
  },
  info,
);
