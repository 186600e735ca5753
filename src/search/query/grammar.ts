/**
 * What the grammars of dialect 1 and of the later ones have in common: items, and what stands before
 * and behind them.
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import type { QueryNode } from "./ast.ts";
import { limitToFields } from "./field_limits.ts";
import type { Token, TokenKind } from "./lexer.ts";
import { base } from "./nodes.ts";
import { foldedText, nameOf, type QueryReader } from "./query_reader.ts";
import { readComparison, readRange } from "./ranges.ts";
import { readTags } from "./tags.ts";
import { exactPhrase, readFuzzy } from "./words.ts";

/** Nesting that is read; a query that goes deeper is refused. */
const MOST_NESTED = 500;

/** Tokens that begin an item. */
export const ITEMS: readonly TokenKind[] = [
  "term",
  "number",
  "attribute",
  "prefix",
  "suffix",
  "infix",
  "pattern",
  "%",
  '"',
  "exact",
  "single",
  "(",
  "modifier",
  "-",
  "~",
];

/** Whether the next token names a field behind `|`; in dialect 1 a stop word does not. */
function isFurtherName(reader: QueryReader): boolean {
  if (reader.is("number")) return true;
  if (reader.modern) return reader.is("term") || reader.is("exact");
  return reader.is("term") && !reader.isStopWord(reader.token.text);
}

/** Reads items; how they are joined is the dialect's matter. A node that is undefined says nothing. */
export abstract class Grammar {
  protected readonly reader: QueryReader;
  /** How deep what is read now is nested. */
  protected nested = 0;
  /** How many fields limit what is read now. */
  protected scopes = 0;

  constructor(reader: QueryReader) {
    this.reader = reader;
  }

  /** Reads the whole query. @throws {CommandError} */
  parse(): QueryNode {
    const { reader } = this;
    const node = this.#query();
    reader.finish();
    return node ?? { kind: "nothing", ...base() };
  }

  #query(): QueryNode | undefined {
    const { reader } = this;
    if (reader.is("end")) return undefined;
    if (!reader.is("*") || reader.peek(1).kind !== "end") return this.query();
    reader.skip();
    return { kind: "all", ...base() };
  }

  /** Reads a query that is neither empty nor a star alone. */
  protected abstract query(): QueryNode | undefined;

  /** Reads what is in parentheses, without them. */
  protected abstract group(): QueryNode | undefined;

  /** Reads an item whose token the dialects take differently; it begins by itself. */
  protected abstract ownItem(token: Token): QueryNode | undefined;

  /** Reads a part that is nested. @throws {CommandError} If it is too deep. */
  protected deeper<T>(read: () => T): T {
    if (++this.nested > MOST_NESTED) throw new CommandError("Parser stack overflow");
    try {
      return read();
    } finally {
      this.nested--;
    }
  }

  /** Reads `-` or `~` and what it is about. */
  protected negated(operand: () => QueryNode | undefined): QueryNode | undefined {
    const kind = this.reader.is("-") ? "not" : "optional";
    this.reader.skip();
    const child = this.deeper(operand);
    return child === undefined ? undefined : { kind, child, ...base() };
  }

  /** Reads `@field:` and its kin, and what it is about. */
  protected scoped(operand: () => QueryNode | undefined): QueryNode | undefined {
    const { reader } = this;
    const field = nameOf(reader.take("modifier"));
    if (reader.is("operator")) return readComparison(reader, field);
    const names = [field];
    while (reader.takes("|")) {
      if (!isFurtherName(reader)) reader.fail();
      names.push(nameOf(reader.token));
      reader.skip();
    }
    reader.take(":");
    if (names.length === 1) {
      if (reader.is("[")) return readRange(reader, field);
      if (reader.is("{")) return readTags(reader, field);
    } else if (reader.is("[") || reader.is("{")) reader.fail();
    const outer = this.scopes++;
    const node = this.deeper(operand);
    this.scopes = outer;
    if (node !== undefined) limitToFields(node, names, reader);
    return node;
  }

  /** Reads an item that begins by itself, without what is behind it. */
  protected primary(): QueryNode | undefined {
    const { reader } = this;
    const { token } = reader;
    switch (token.kind) {
      case "prefix":
      case "suffix":
      case "infix":
        reader.skip();
        return { kind: "affix", text: reader.affix(token, true), affix: token.kind, ...base() };
      case "pattern":
        reader.skip();
        return { kind: "pattern", pattern: reader.pattern(token), ...base() };
      case "%":
        return readFuzzy(reader);
      case "exact":
        reader.skip();
        return exactPhrase(token.text);
      case "(":
        return this.#parenthesized();
      case "term":
        return this.word(token);
      default:
        return this.ownItem(token);
    }
  }

  /** Reads a word, which says nothing if it is a stop word. */
  protected word(token: Token): QueryNode | undefined {
    this.reader.skip();
    if (this.reader.isStopWord(token.text)) return undefined;
    return { kind: "token", text: foldedText(token.text), verbatim: false, ...base() };
  }

  #parenthesized(): QueryNode | undefined {
    this.reader.take("(");
    const node = this.group();
    this.reader.take(")");
    return node;
  }
}
