/**
 * The grammar of dialect 1: `|` binds more than words side by side, but a run of words is one item,
 * and `-` and `~` take as much as they can get.
 *
 * @module
 */

import type { QueryNode } from "./ast.ts";
import { readAttributes } from "./attributes.ts";
import { Grammar, ITEMS } from "./grammar.ts";
import type { Token, TokenKind } from "./lexer.ts";
import { base, intersected, united } from "./nodes.ts";
import { foldedText } from "./query_reader.ts";
import { readPhrase } from "./words.ts";

const ANYTHING: ReadonlySet<TokenKind> = new Set(ITEMS);
/** Tokens that go on with what `-` is about. */
const AFTER_NOT: ReadonlySet<TokenKind> = new Set(
  ITEMS.filter((kind) => kind !== '"' && kind !== "-" && kind !== "~"),
);
/** Tokens that go on with what `~` is about. */
const AFTER_OPTIONAL: ReadonlySet<TokenKind> = new Set(ITEMS.filter((kind) => kind !== "~"));

/** That grammar. */
export class Dialect1 extends Grammar {
  protected override query(): QueryNode | undefined {
    if (this.reader.is("*")) this.reader.fail(this.reader.peek(1));
    return this.#all(ANYTHING);
  }

  protected override group(): QueryNode | undefined {
    return this.deeper(() => this.#all(ANYTHING));
  }

  /** Unions side by side, as long as a token of `continues` follows. */
  #all(continues: ReadonlySet<TokenKind>): QueryNode | undefined {
    let left = this.#either();
    while (continues.has(this.reader.token.kind)) left = intersected(left, this.#either());
    return left;
  }

  #either(): QueryNode | undefined {
    let left = this.#item();
    while (this.reader.takes("|")) left = united(left, this.#item());
    return left;
  }

  /** One item, with what is written behind it. */
  #item(): QueryNode | undefined {
    switch (this.reader.token.kind) {
      case "-":
        return this.negated(() => this.#all(AFTER_NOT));
      case "~":
        return this.negated(() => this.#all(AFTER_OPTIONAL));
      case "modifier":
        // In parentheses, only what is in them; else what `|` joins.
        return this.#attributed(this.scoped(() => this.#either()));
      case "term":
      case "number":
        return this.#attributed(this.#words());
      default:
        return this.#attributed(this.primary());
    }
  }

  #attributed(node: QueryNode | undefined): QueryNode | undefined {
    while (this.reader.is("arrow")) readAttributes(this.reader, node);
    return node;
  }

  /** A run of words and numbers, without stop words. */
  #words(): QueryNode | undefined {
    const { reader } = this;
    let left = this.primary();
    if (left === undefined) return undefined;
    const isWord = () => reader.is("term") && !reader.isStopWord(reader.token.text);
    // A number is taken in as the second of them alone.
    if (reader.is("number") || isWord()) left = intersected(left, this.primary());
    else return left;
    while (isWord()) left = intersected(left, this.primary());
    return left;
  }

  protected override ownItem({ kind, text }: Token): QueryNode | undefined {
    if (kind === '"') return readPhrase(this.reader);
    if (kind !== "number") return this.reader.fail();
    this.reader.skip();
    return { kind: "token", text: foldedText(text), verbatim: false, ...base() };
  }
}
