/**
 * Turns a query into the cursors that find its documents.
 *
 * @module
 */

import { distance, UNITS } from "../../store/geo/distance.ts";
import { CommandError } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import { doubleAt } from "../index/bytes.ts";
import type { Contents } from "../index/contents.ts";
import type { Field, IndexDefinition, TagField } from "../index/definition.ts";
import { FieldMask } from "../index/field_mask.ts";
import { MARK } from "../index/document.ts";
import { KIND, kindOf, WORDS } from "../index/kinds.ts";
import type { Vectors } from "../index/vectors.ts";
import { END } from "../index/list_cursor.ts";
import type { QueryNode, TagNode } from "../query/ast.ts";
import { unescaped } from "../query/lexer.ts";
import type { QueryOptions } from "../results.ts";
import { idfBm25Of, idfOf } from "../scoring/idf.ts";
import type { SearchSettings } from "../settings.ts";
import { isVector, VECTOR_TYPE_SIZE, type VectorSearch } from "../vector_index.ts";
import type { QueryBudget } from "./budget.ts";
import {
  AllCursor,
  DocumentsCursor,
  NotCursor,
  NumberCursor,
  NumbersCursor,
  OptionalCursor,
  UnscoredCursor,
} from "./document_cursors.ts";
import { IntersectCursor } from "./intersect_cursor.ts";
import type { QueryCursor } from "./query_cursor.ts";
import { FEW, UnionCursor } from "./union_cursor.ts";
import { WordCursor } from "./word_cursor.ts";
import { WordsUnionCursor } from "./words_union_cursor.ts";
import { literalPrefix, matchingPattern, type TermTest, withinDistance } from "./expansions.ts";

/** Documents that a range of numbers is counted in; of more a share is. */
const COUNTED = 1 << 14;

/** Steps that looking up a key counts for. */
const LOOK_UP_STEPS = 64;

/** What a plan is made of. */
export interface PlanContext {
  readonly contents: Contents;
  readonly definition: IndexDefinition;
  readonly settings: SearchSettings;
  readonly options: QueryOptions;
  /** The index's fields of vectors. */
  readonly vectors: Vectors;
  readonly budget: QueryBudget;
}

/** Makes the cursors of a query; undefined if no document can fulfil it. */
export function plan(node: QueryNode, context: PlanContext): QueryCursor | undefined {
  return new Planner(context).plan(node);
}

class Planner {
  readonly #context: PlanContext;
  readonly #contents: Contents;
  readonly #budget: QueryBudget;
  readonly #byName: ReadonlyMap<string, Field>;
  readonly #inFields: FieldMask | undefined;

  constructor(context: PlanContext) {
    this.#context = context;
    this.#contents = context.contents;
    this.#budget = context.budget;
    this.#byName = new Map(context.definition.fields.map((field) => [field.name, field]));
    const { inFields } = context.options;
    this.#inFields = inFields && this.#maskOf(inFields);
  }

  /** Text fields by name. */
  #maskOf(names: readonly string[]): FieldMask {
    const bits: number[] = [];
    for (const name of names) {
      const field = this.#byName.get(name);
      if (field?.type === "TEXT" && !field.noIndex) bits.push(field.bit);
    }
    return new FieldMask(bits);
  }

  /** The fields a node is limited to; undefined for all. */
  #mask(fields: readonly string[] | undefined): FieldMask | undefined {
    if (fields === undefined) return this.#inFields;
    const { inFields } = this.#context.options;
    return this.#maskOf(inFields ? fields.filter((name) => inFields.includes(name)) : fields);
  }

  plan(node: QueryNode): QueryCursor | undefined {
    const { attributes } = node;
    this.#budget.step(1);
    switch (node.kind) {
      case "token":
        return this.#word(node.text, node.fields, attributes.weight, node.expansion ?? false);
      case "intersect":
        return this.#intersect(node);
      case "union": {
        const children = this.#children(node.children);
        if (children.length < 2) return children[0];
        return new UnionCursor(children, attributes.weight, this.#budget);
      }
      case "not":
        return new NotCursor(
          this.plan(node.child) ?? NOTHING(),
          this.#all(),
          attributes.weight,
          this.#budget,
        );
      case "optional":
        return new OptionalCursor(
          this.plan(node.child) ?? NOTHING(),
          this.#all(),
          attributes.weight,
        );
      case "affix":
      case "pattern":
      case "fuzzy":
        return this.#expanded(node);
      case "numeric":
        return this.#numeric(node);
      case "geo":
        return this.#circle(node);
      case "geoshape":
        return this.#shape(node);
      case "tag":
        return this.#tags(node);
      case "vector":
        return this.#vector(node);
      case "missing": {
        const field = this.#byName.get(node.field);
        if (field === undefined) return undefined;
        return new DocumentsCursor(
          this.#contents.terms.cursor(kindOf(field, KIND.MISSING), "", this.#budget.deadline),
          attributes.weight,
        );
      }
      case "all":
        return this.#all(attributes.weight);
      case "keys": {
        const numbers = node.keys.map((key) => {
          this.#budget.step(LOOK_UP_STEPS);
          return this.#contents.numberOf(new Slice(key));
        });
        const found = [...new Set(numbers)].filter((number) => number > 0).sort((a, b) => a - b);
        return new UnscoredCursor(found, 1);
      }
      case "nothing":
        return undefined;
    }
  }

  #children(nodes: readonly QueryNode[]): QueryCursor[] {
    return nodes.map((child) => this.plan(child)).filter((cursor) => cursor !== undefined);
  }

  #all(weight = 1): AllCursor {
    const { facts, state } = this.#contents;
    return new AllCursor(facts, state.nextNumber, weight, state.documents);
  }

  #word(
    term: string,
    fields: readonly string[] | undefined,
    weight: number,
    expansion: boolean,
  ): WordCursor | undefined {
    const mask = this.#mask(fields);
    if (mask?.all === 0n) return undefined;
    const list = this.#contents.terms.cursor(WORDS, term, this.#budget.deadline);
    this.#budget.addCursor(list.memory);
    if (list.estimate === 0) return undefined;
    const cursor = new WordCursor(list, term, mask, weight, expansion);
    const { documents } = this.#contents.state;
    cursor.idf = idfOf(documents, list.estimate);
    cursor.idfBm25 = idfBm25Of(documents, list.estimate);
    return cursor;
  }

  #intersect(node: QueryNode & { kind: "intersect" }): QueryCursor | undefined {
    const { exact, attributes } = node;
    const children: QueryCursor[] = [];
    for (const child of node.children) {
      const cursor = this.plan(child);
      if (cursor === undefined) return undefined;
      children.push(cursor);
    }
    const [only] = children;
    if (children.length === 1 && only !== undefined) return only;
    if (children.length === 0) return undefined;
    if (exact) return new IntersectCursor(children, attributes.weight, 0, true, this.#budget);
    const { slop, inOrder } = this.#context.options;
    return new IntersectCursor(
      children,
      attributes.weight,
      attributes.slop ?? slop ?? -1,
      attributes.inOrder ?? inOrder ?? false,
      this.#budget,
    );
  }

  // Parts of words.

  #expanded(node: QueryNode & { kind: "affix" | "pattern" | "fuzzy" }): QueryCursor | undefined {
    const terms = this.#termsOf(node, WORDS);
    const cursors = terms.map((term) => this.#word(term, node.fields, 1, false));
    const found = cursors.filter((cursor) => cursor !== undefined);
    if (found.length === 0) return undefined;
    const { weight } = node.attributes;
    return found.length > FEW
      ? new WordsUnionCursor(found, weight, this.#budget)
      : new UnionCursor(found, weight, this.#budget);
  }

  /** The terms of a kind that a node stands for. */
  #termsOf(node: QueryNode & { kind: "affix" | "pattern" | "fuzzy" }, kind: number): string[] {
    const { minPrefix, maxExpansions } = this.#context.settings;
    let prefix = "";
    let test: TermTest;
    if (node.kind === "fuzzy") test = withinDistance(node.text, node.distance);
    else if (node.kind === "pattern") {
      prefix = literalPrefix(node.pattern);
      test = matchingPattern(node.pattern);
    } else {
      const { text, affix } = node;
      if (new TextEncoder().encode(text).length < minPrefix) return [];
      if (affix === "prefix") {
        prefix = text;
        test = () => true;
      } else if (affix === "suffix") test = (term) => term.endsWith(text);
      else test = (term) => term.includes(text);
    }
    const found = new Set<string>();
    const ofWords = kind === WORDS;
    // A test may have to look at each pair of characters.
    const steps = node.kind === "affix"
      ? 1
      : 1 + ((node.kind === "fuzzy" ? node.text : node.pattern).length >> 2);
    this.#contents.terms.find(kind, prefix, (term) => {
      this.#budget.step(steps);
      if (!test(term) || ofWords && isMarked(term)) return true;
      found.add(term);
      return found.size < maxExpansions;
    }, () => this.#budget.look());
    return [...found];
  }

  // Tags.

  #tags(node: TagNode): QueryCursor | undefined {
    const field = this.#byName.get(node.field);
    if (field?.type !== "TAG") return undefined;
    const { weight } = node.attributes;
    const single = node.children.length === 1;
    const cursors: QueryCursor[] = [];
    for (const child of node.children) {
      const cursor = this.#tag(child, field, single ? weight : 1);
      if (cursor !== undefined) cursors.push(cursor);
    }
    if (single || cursors.length === 0) return cursors[0];
    return new UnionCursor(cursors, weight, this.#budget);
  }

  #tag(node: QueryNode, field: TagField, weight: number): QueryCursor | undefined {
    const kind = kindOf(field, KIND.TAGS);
    if (node.kind === "token") return this.#tagList(kind, tagText(node.text), weight);
    if (node.kind === "intersect") {
      const words = node.children.map((child) => child.kind === "token" ? child.text : "");
      return this.#tagList(kind, tagText(words.join(" ")), weight);
    }
    if (node.kind !== "affix" && node.kind !== "pattern" && node.kind !== "fuzzy") {
      return undefined;
    }
    const cursors: QueryCursor[] = [];
    for (const term of this.#termsOf(node, kind)) {
      const cursor = this.#tagList(kind, term, 1);
      if (cursor !== undefined) cursors.push(cursor);
    }
    return cursors.length === 0 ? undefined : new UnionCursor(cursors, weight, this.#budget);
  }

  #tagList(kind: number, tag: string, weight: number): DocumentsCursor | undefined {
    const list = this.#contents.terms.cursor(kind, tag, this.#budget.deadline);
    this.#budget.addCursor(list.memory);
    if (list.estimate === 0) return undefined;
    const cursor = new DocumentsCursor(list, weight, tag);
    const { documents } = this.#contents.state;
    cursor.idf = idfOf(documents, list.estimate);
    cursor.idfBm25 = idfBm25Of(documents, list.estimate);
    return cursor;
  }

  // Numbers and places.

  #numeric(node: QueryNode & { kind: "numeric" }): QueryCursor | undefined {
    const field = this.#byName.get(node.field);
    if (field?.type !== "NUMERIC" || field.noIndex) return undefined;
    const min = node.minExclusive ? nextUp(node.min) : node.min;
    const max = node.maxExclusive ? -nextUp(-node.max) : node.max;
    if (!(min <= max)) return undefined;
    const column = this.#contents.columns.numbers(field);
    const end = this.#contents.state.nextNumber;
    // Of many documents the first are counted, for the rest.
    const counted = Math.min(end, COUNTED);
    let count = 0;
    this.#budget.addCursor(0);
    this.#budget.step(counted);
    for (
      let number = column.nextBetween(1, counted, min, max);
      number < counted;
      number = column.nextBetween(number + 1, counted, min, max)
    ) count++;
    const estimate = Math.ceil(count * end / Math.max(counted, 1));
    return new NumberCursor(column, min, max, end, 1, estimate);
  }

  #circle(node: QueryNode & { kind: "geo" }): QueryCursor | undefined {
    const field = this.#byName.get(node.field);
    if (field?.type !== "GEO" || field.noIndex) return undefined;
    const { longitude, latitude, unit } = node;
    const radius = node.radius * UNITS[unit];
    const list = this.#contents.terms.cursor(kindOf(field, KIND.POINTS), "", this.#budget.deadline);
    const numbers: number[] = [];
    for (let number = list.next(); number !== END; number = list.next()) {
      if (numbers.at(-1) === number) continue;
      this.#budget.step(8);
      const { bytes, start } = list;
      const away = distance(
        longitude,
        latitude,
        doubleAt(bytes, start),
        doubleAt(bytes, start + 8),
      );
      if (away <= radius) numbers.push(number);
    }
    return new NumbersCursor(numbers, 1);
  }

  #shape(node: QueryNode & { kind: "geoshape" }): QueryCursor | undefined {
    const field = this.#byName.get(node.field);
    if (field?.type !== "GEOSHAPE") return undefined;
    const shapes = this.#contents.columns.shapes(field, () => this.#budget.look());
    const numbers = shapes.related(
      node.predicate,
      node.shape,
      (steps) => this.#budget.step(steps),
    );
    return new UnscoredCursor(numbers, node.attributes.weight);
  }

  #vector(node: QueryNode & { kind: "vector" }): QueryCursor | undefined {
    const { field, vector, query, attributes } = node;
    const index = this.#context.vectors.of(field);
    const child = node.child === undefined ? undefined : this.plan(node.child);
    if (index === undefined || node.child !== undefined && child === undefined) return undefined;
    const definition = this.#byName.get(field);
    const exact = definition?.type === "VECTOR" && definition.algorithm === "FLAT";
    const effort = vectorEffort(node.parameters, exact);
    if (!isVector(vector, index.shape)) {
      const expected = index.shape.dim * VECTOR_TYPE_SIZE[index.shape.type];
      throw new CommandError(
        `Error parsing vector similarity query: query vector blob size (${vector.length}) does not ` +
          `match index's expected size (${expected}).`,
      );
    }
    const { facts } = this.#contents;
    let search: VectorSearch = { effort };
    if (child !== undefined) {
      const allowed = new Set<number>();
      for (let number = child.next(); number !== END; number = child.next()) {
        this.#budget.step(1);
        if (facts.isLive(number)) allowed.add(number);
      }
      search = { effort, allowed: allowed.size, allows: (number) => allowed.has(number) };
    }
    if (query.type === "knn" && query.k === 0) return undefined;
    const hits = query.type === "knn"
      ? index.nearest(vector, query.k, search)
      : index.within(vector, query.radius, search);
    const order = Array.from(hits.documents.keys()).sort((a, b) =>
      hits.documents[a]! - hits.documents[b]!
    );
    return new NumbersCursor(
      order.map((i) => hits.documents[i]!),
      attributes.weight,
      order.map((i) => hits.distances[i]!),
      attributes.distanceAs,
    );
  }
}

/** How hard a search among vectors is to look. @throws {CommandError} For a parameter of another index. */
function vectorEffort(
  parameters: Readonly<Record<string, string>>,
  exact: boolean,
): number | undefined {
  let effort: number | undefined;
  for (const [name, value] of Object.entries(parameters)) {
    const number = Number(value);
    const known = name === "EF_RUNTIME" && !exact || name === "EPSILON" && !exact ||
      name === "HYBRID_POLICY" || name === "BATCH_SIZE";
    if (!known) {
      throw new CommandError("Error parsing vector similarity parameters: Invalid option");
    }
    if (name === "HYBRID_POLICY") continue;
    if (!(number > 0)) {
      throw new CommandError("Error parsing vector similarity parameters: Invalid value was given");
    }
    if (name === "EF_RUNTIME") effort = number;
  }
  return effort;
}

const NOTHING = () => new NumbersCursor([], 1);

/** Whether a term of the text fields is a stem, a sound or a group of synonyms. */
export function isMarked(term: string): boolean {
  const first = term[0];
  return first === MARK.STEM || first === MARK.SOUND || first === MARK.SYNONYM;
}

/** A tag as a query has it, without escapes and white space around it. */
const tagText = (text: string): string => unescaped(text).trim();

const DOUBLE = new Float64Array(1);
const BITS = new BigInt64Array(DOUBLE.buffer);

/** The least double that is greater. */
function nextUp(value: number): number {
  if (value === Infinity || Number.isNaN(value)) return NaN;
  if (value === -Infinity) return -Number.MAX_VALUE;
  if (value === 0) return Number.MIN_VALUE;
  DOUBLE[0] = value;
  BITS[0] = BITS[0]! + (value > 0 ? 1n : -1n);
  return DOUBLE[0]!;
}
