/**
 * FT.PROFILE: what each part of a query finds and how long that takes. A part is executed by itself,
 * so what it counts are its own documents, however few of them the whole query looks at.
 *
 * @module
 */

import { checkTime, QueryTimeout } from "./index/deadline.ts";
import type { QueryNode, TagNode } from "./query/ast.ts";
import type { QueryOptions, SearchIndex } from "./results.ts";
import { verbatimWord } from "./query/nodes.ts";
import { matchingPattern, type TermTest, withinDistance } from "./execution/expansions.ts";

/** A part of a query. */
export interface ProfiledPart {
  /** What it is: `TEXT`, `UNION`… */
  readonly type: string;
  /** What a union is made of. */
  readonly queryType?: string;
  /** The term that it looks up. */
  readonly term?: string;
  /** Milliseconds. */
  readonly timeMs: number;
  /** Documents that it found. */
  readonly counter: number;
  /** Documents that it could find at most. */
  readonly size?: number;
  /** Its parts, null for those of an intersection that find nothing; a number is how many there are where they are not told one by one. */
  readonly children?: readonly (ProfiledPart | null)[] | number;
  /** Whether it has one part and never more. */
  readonly single?: boolean;
}

/** A step behind the query, and how many results it let through. */
export interface ProfiledStep {
  readonly type: string;
  readonly timeMs: number;
  counter: number;
}

/** Words that an expansion is told by at most. */
const MOST_WORDS = 200;

/** Profiles the parts of queries on one index. */
export class QueryProfiler {
  readonly #index: SearchIndex;
  readonly #options: QueryOptions;
  readonly #limited: boolean;
  readonly #deadline: number;

  /** @param limited Whether the words of an expansion are counted only. */
  constructor(index: SearchIndex, options: QueryOptions, limited: boolean) {
    this.#index = index;
    this.#options = { ...options, scores: false, conditions: [] };
    this.#limited = limited;
    const { timeoutMs = 0 } = options;
    this.#deadline = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity;
  }

  /** A query, which was parsed with its conditions. */
  profile(node: QueryNode): ProfiledPart {
    switch (node.kind) {
      case "token": {
        const size = this.#index.documentsOf(node.text);
        if (size === 0) return { type: "EMPTY", timeMs: 0, counter: 0 };
        return { type: "TEXT", term: node.text, ...this.#measure(node), size };
      }
      case "intersect": {
        const parts = this.#parts(node.children);
        // Those that stand in an order are gone through in it, else the rarest first.
        const ordered = node.exact ||
          (node.attributes.inOrder ?? this.#options.inOrder ?? false);
        if (!ordered) parts.sort((a, b) => this.#estimate(a) - this.#estimate(b));
        const children = parts.map((part) => part.type === "EMPTY" ? null : part);
        return { type: "INTERSECT", ...this.#measure(node), children };
      }
      case "union": {
        const parts = this.#parts(node.children).filter(({ type }) => type !== "EMPTY");
        const [only] = parts;
        if (parts.length === 1 && only !== undefined) return only;
        if (parts.length === 0) return { type: "EMPTY", timeMs: 0, counter: 0 };
        return { type: "UNION", queryType: "UNION", ...this.#measure(node), children: parts };
      }
      case "not":
        return this.#single("NOT", node, node.child);
      case "optional":
        return this.#single("OPTIONAL", node, node.child);
      case "affix":
      case "pattern":
      case "fuzzy":
        return this.#expansion(node, (visit) => this.#index.words(visit), (text) => {
          const { fields, attributes } = node;
          return this.profile({ kind: "token", text, verbatim: true, fields, attributes });
        });
      case "tag":
        return this.#tags(node);
      case "numeric":
        return orEmpty({
          type: "NUMERIC",
          term: `${bound(node.min)} - ${bound(node.max)}`,
          ...this.#measure(node),
        });
      case "vector": {
        const { child } = node;
        const children = child === undefined ? undefined : [this.profile(child)];
        return { type: "VECTOR", ...this.#measure(node), ...children && { children } };
      }
      case "all":
        return { type: "WILDCARD", ...this.#measure(node) };
      case "nothing":
        return { type: "EMPTY", timeMs: 0, counter: 0 };
      case "geoshape":
      case "keys":
        return { type: "ID-LIST", ...this.#measure(node) };
      default:
        return { type: node.kind.toUpperCase(), ...this.#measure(node) };
    }
  }

  /** Executes a part, in what is left of the time that all of them have together. */
  #measure(node: QueryNode): { timeMs: number; counter: number } {
    const start = performance.now();
    let counter = 0;
    try {
      checkTime(this.#deadline);
      const left = Math.max(this.#deadline - start, Number.MIN_VALUE);
      const timeoutMs = left === Infinity ? 0 : left;
      const matches = this.#index.execute(node, { ...this.#options, timeoutMs });
      while (matches.next()) counter++;
    } catch (error) {
      if (!(error instanceof QueryTimeout)) throw error;
    }
    return { timeMs: performance.now() - start, counter };
  }

  #parts(nodes: readonly QueryNode[]): ProfiledPart[] {
    return nodes.map((node) => this.profile(node));
  }

  #single(type: string, node: QueryNode, child: QueryNode): ProfiledPart {
    return { type, ...this.#measure(node), children: [this.profile(child)], single: true };
  }

  /** What a part is thought to find before it is looked for. */
  #estimate({ type, size, counter }: ProfiledPart): number {
    const isOfAll = type === "NOT" || type === "OPTIONAL";
    return isOfAll ? this.#index.documents.count : size ?? counter;
  }

  /**
   * The terms that a part of one, a pattern or a misspelling stands for.
   *
   * @param terms Tells the terms there are.
   * @param profile Profiles one of them.
   */
  #expansion(
    node: ExpandedNode,
    terms: (visit: (term: string) => boolean) => void,
    profile: (term: string) => ProfiledPart,
    measured = this.#measure(node),
  ): ProfiledPart {
    if (measured.counter === 0) return { type: "EMPTY", ...measured };
    const fits = testOf(node);
    const found: string[] = [];
    let looked = 0;
    terms((term) => {
      if (++looked % 1024 === 0 && performance.now() > this.#deadline) return false;
      if (fits(term)) found.push(term);
      return found.length < MOST_WORDS;
    });
    const parts = found.map(profile).filter(({ type }) => type !== "EMPTY");
    return {
      type: "UNION",
      queryType: queryTypeOf(node),
      ...measured,
      children: this.#limited ? parts.length : parts,
    };
  }

  #tags(node: TagNode): ProfiledPart {
    const { field } = node;
    const ofTag = (tag: string): ProfiledPart => {
      const measured = this.#measure({ ...node, children: [verbatimWord(tag)] });
      return orEmpty({ type: "TAG", term: tag, ...measured, size: measured.counter });
    };
    const parts = node.children.map((child): ProfiledPart => {
      if (child.kind === "affix" || child.kind === "pattern" || child.kind === "fuzzy") {
        const measured = this.#measure({ ...node, children: [child] });
        const terms = (visit: (tag: string) => boolean) => this.#index.tags(field, visit);
        const part = this.#expansion(child, terms, ofTag, measured);
        const [only, more] = Array.isArray(part.children) ? part.children : [];
        return more === undefined ? only ?? part : part;
      }
      return ofTag(child.kind === "token" ? child.text : wordsOf(child).join(" "));
    });
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    const found = parts.filter(({ type }) => type !== "EMPTY");
    if (found.length === 0) return { type: "EMPTY", timeMs: 0, counter: 0 };
    const children = this.#limited ? found.length : found;
    return { type: "UNION", queryType: "TAG", ...this.#measure(node), children };
  }
}

type ExpandedNode = QueryNode & { readonly kind: "affix" | "pattern" | "fuzzy" };

/** What the terms are that a node stands for. */
function testOf(node: ExpandedNode): TermTest {
  if (node.kind === "fuzzy") return withinDistance(node.text, node.distance);
  if (node.kind === "pattern") return matchingPattern(node.pattern);
  const { text, affix } = node;
  if (affix === "prefix") return (term) => term.startsWith(text);
  return affix === "suffix" ? (term) => term.endsWith(text) : (term) => term.includes(text);
}

/** What a union of such terms is called; RediSearch has one name for all affixes. */
function queryTypeOf(node: ExpandedNode): string {
  if (node.kind === "pattern") return `WILDCARD - ${node.pattern}`;
  return `${node.kind === "fuzzy" ? "FUZZY" : "PREFIX"} - ${node.text}`;
}

function wordsOf(node: QueryNode): string[] {
  if (node.kind === "token") return [node.text];
  return node.kind === "intersect" ? node.children.flatMap(wordsOf) : [];
}

/** A part, or what stands for one that finds nothing. */
function orEmpty(part: ProfiledPart): ProfiledPart {
  const { timeMs, counter } = part;
  return counter === 0 ? { type: "EMPTY", timeMs, counter } : part;
}

function bound(value: number): string {
  return value === Infinity ? "inf" : value === -Infinity ? "-inf" : String(value);
}
