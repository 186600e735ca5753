/**
 * FT.PROFILE: what each part of a query finds and how long that takes. A part is executed by itself,
 * so what it counts are its own documents, however few of them the whole query looks at.
 *
 * @module
 */

import { checkTime, QueryTimeout } from "./index/deadline.ts";
import type { QueryNode } from "./query/ast.ts";
import type { QueryOptions, SearchIndex } from "./results.ts";
import { distanceOf } from "./spelling.ts";

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
  /** Its parts; a number is how many there are where they are not told one by one. */
  readonly children?: readonly ProfiledPart[] | number;
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
        if (!ordered) parts.sort((a, b) => (a.size ?? a.counter) - (b.size ?? b.counter));
        return { type: "INTERSECT", ...this.#measure(node), children: parts };
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
      case "affix": {
        const { text, affix } = node;
        const fits = {
          prefix: (word: string) => word.startsWith(text),
          suffix: (word: string) => word.endsWith(text),
          infix: (word: string) => word.includes(text),
        }[affix];
        return this.#expansion(node, `${affix.toUpperCase()} - ${text}`, fits);
      }
      case "fuzzy": {
        const characters = [...node.text];
        return this.#expansion(node, `FUZZY - ${node.text}`, (word) => {
          return distanceOf(characters, [...word], node.distance) <= node.distance;
        });
      }
      case "pattern":
        return { type: "UNION", queryType: `WILDCARD - ${node.pattern}`, ...this.#measure(node) };
      case "tag":
        return {
          type: "UNION",
          queryType: "TAG",
          ...this.#measure(node),
          children: node.children.flatMap((child) => {
            if (child.kind !== "token") return [];
            const measured = this.#measure({ ...node, children: [child] });
            return [{ type: "TAG", term: child.text, ...measured, size: measured.counter }];
          }),
        };
      case "numeric":
        return {
          type: "NUMERIC",
          term: `${bound(node.min)} - ${bound(node.max)}`,
          ...this.#measure(node),
        };
      case "vector": {
        const { child } = node;
        const children = child === undefined ? undefined : [this.profile(child)];
        return { type: "VECTOR", ...this.#measure(node), ...children && { children } };
      }
      case "all":
        return { type: "WILDCARD", ...this.#measure(node) };
      case "nothing":
        return { type: "EMPTY", timeMs: 0, counter: 0 };
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

  #expansion(node: QueryNode, queryType: string, fits: (word: string) => boolean): ProfiledPart {
    const words: string[] = [];
    let looked = 0;
    this.#index.words((word) => {
      if (++looked % 1024 === 0 && performance.now() > this.#deadline) return false;
      if (fits(word) && this.#index.documentsOf(word) > 0) words.push(word);
      return words.length < MOST_WORDS;
    });
    const measured = this.#measure(node);
    if (words.length === 0) return { type: "EMPTY", ...measured };
    if (this.#limited) return { type: "UNION", queryType, ...measured, children: words.length };
    const children = words.map((text): ProfiledPart =>
      this.profile({
        kind: "token",
        text,
        verbatim: true,
        fields: node.fields,
        attributes: node.attributes,
      })
    );
    return { type: "UNION", queryType, ...measured, children };
  }
}

function bound(value: number): string {
  return value === Infinity ? "inf" : value === -Infinity ? "-inf" : String(value);
}
