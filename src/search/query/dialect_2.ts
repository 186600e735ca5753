/**
 * The grammar of dialect 2 and later: words stand side by side for "and", `|` binds less, and `-`,
 * `~` and `@field:` take one item.
 *
 * @module
 */

import type { QueryNode } from "./ast.ts";
import { readAttributes } from "./attributes.ts";
import { Grammar, ITEMS } from "./grammar.ts";
import { decodeLatin1, type Token, type TokenKind } from "./lexer.ts";
import { base, intersected, united, verbatimWord } from "./nodes.ts";
import { nameOf } from "./query_reader.ts";
import { readNearest } from "./vectors.ts";
import { readParameterWord } from "./words.ts";

const BEGINS_ITEM: ReadonlySet<TokenKind> = new Set<TokenKind>([...ITEMS, "*"]);
/** Tokens that are taken into what `-`, `~` and `@field:` are about. */
const EXTENDS_OPERAND: ReadonlySet<TokenKind> = new Set<TokenKind>([
  "prefix",
  "suffix",
  "infix",
  "pattern",
  "%",
  "number",
]);

/** That grammar. */
export class Dialect2 extends Grammar {
  /** One more than the nesting of the alternative in which there must be no field; 0 for none. */
  #fieldless = 0;

  protected override query(): QueryNode | undefined {
    const { reader } = this;
    if (!reader.is("*")) return this.#union();
    const next = reader.peek(1);
    if (next.kind !== "arrow") reader.fail(next);
    reader.skip();
    return this.#nearest({ kind: "all", ...base() });
  }

  protected override group(): QueryNode | undefined {
    return this.reader.is("*") ? this.#everything() : this.deeper(() => this.#union());
  }

  /** The star of `(*)`, which stands alone: in parentheses, or before a search among vectors. */
  #everything(): QueryNode {
    const { reader } = this;
    const before = reader.between(0, reader.at);
    if (before.some(({ kind }) => kind !== "(")) reader.fail();
    reader.skip();
    let closed = 0;
    while (closed < before.length && reader.peek(closed).kind === ")") closed++;
    const next = reader.peek(closed);
    if (next.kind !== "end" && next.kind !== "arrow") reader.fail(next);
    return { kind: "all", ...base() };
  }

  #union(): QueryNode | undefined {
    const { reader } = this;
    let seenTo = reader.at, fieldSeen = false;
    let left = this.#intersection();
    for (let alternatives = 2; reader.takes("|"); alternatives++) {
      // Once two alternatives are words alone, all are: a field after them is no alternative.
      if (alternatives > 2) {
        const bar = reader.at - 1;
        fieldSeen ||= reader.between(seenTo, bar).some(namesField);
        seenTo = bar;
      }
      if (alternatives === 2 || fieldSeen) {
        left = united(left, this.#intersection());
        continue;
      }
      const outer = this.#fieldless;
      this.#fieldless = this.nested + 1;
      left = united(left, this.#intersection());
      this.#fieldless = outer;
      while (reader.is("modifier")) left = intersected(left, this.#operand());
    }
    return left;
  }

  #intersection(): QueryNode | undefined {
    let left = this.#operand();
    const ends = (kind: TokenKind) => kind === "modifier" && this.#fieldless === this.nested + 1;
    for (
      let { kind } = this.reader.token;
      BEGINS_ITEM.has(kind) && !ends(kind);
      { kind } = this.reader.token
    ) {
      left = intersected(left, this.#operand());
    }
    return left;
  }

  /** One item, with what is written behind it. */
  #item(): QueryNode | undefined {
    const { reader } = this;
    const isFirst = reader.at === 0;
    const node = this.#bareItem();
    while (reader.is("arrow")) {
      if (isFirst && this.nested === 0 && reader.peek(1).kind === "[") {
        return this.#nearest(node ?? { kind: "all", ...base() });
      }
      readAttributes(reader, node);
    }
    return node;
  }

  #bareItem(): QueryNode | undefined {
    switch (this.reader.token.kind) {
      case "-":
      case "~":
        return this.negated(() => this.#operand());
      case "modifier":
        // What a field is limited to is words alone.
        if (this.scopes > 0 || this.#fieldless > 0) this.reader.fail();
        return this.scoped(() => this.#fieldOperand());
      default:
        return this.primary();
    }
  }

  /** What `-` and `~` are about: an item, and words by affix, number and pattern that follow. */
  #operand(): QueryNode | undefined {
    return this.#extended(this.#item());
  }

  /** What `@field:` is about: the same, but an arrow behind the first item is the field's. */
  #fieldOperand(): QueryNode | undefined {
    const { kind } = this.reader.token;
    const isPrefixed = kind === "-" || kind === "~" || kind === "modifier";
    return this.#extended(isPrefixed ? this.#item() : this.primary());
  }

  #extended(item: QueryNode | undefined): QueryNode | undefined {
    if (!EXTENDS_OPERAND.has(this.reader.token.kind)) return item;
    return intersected(item, this.deeper(() => this.#operand()));
  }

  /** A search among vectors is behind all of the rest, which is one item; only attributes follow. */
  #nearest(child: QueryNode): QueryNode {
    const { reader } = this;
    const node = readNearest(reader, child);
    if (reader.is("arrow")) readAttributes(reader, node);
    if (!reader.is("end")) reader.fail();
    return node;
  }

  protected override word(token: Token): QueryNode | undefined {
    // Where there may be no field it is a word like any other, and so what is in parentheses.
    const asks = isMissing(token) && this.scopes === 0 && this.#fieldless === 0 &&
      this.reader.peek(1).kind === "(";
    return asks ? this.#missing() : super.word(token);
  }

  /** `ismissing(@field)` */
  #missing(): QueryNode {
    const { reader } = this;
    reader.take("term");
    reader.take("(");
    const name = nameOf(reader.take("modifier"));
    reader.take(")");
    if (reader.schema.indexesMissing(name) === false) {
      reader.refuse(
        "meaning",
        `'ismissing' requires field '${name}' to be defined with 'INDEXMISSING'`,
      );
    }
    return { kind: "missing", field: name, ...base() };
  }

  protected override ownItem({ kind, text }: Token): QueryNode | undefined {
    const { reader } = this;
    switch (kind) {
      case "number":
        reader.skip();
        return verbatimWord(decodeLatin1(text));
      case "attribute":
        return readParameterWord(reader);
      case '"':
        // It is not closed.
        return reader.fail(reader.peek(reader.peek(1).kind === "attribute" ? 2 : 1));
      default:
        return reader.fail();
    }
  }
}

const isMissing = ({ kind, text }: Token) => kind === "term" && text.toLowerCase() === "ismissing";

/** Whether a token of several names a field. */
function namesField(token: Token, index: number, tokens: readonly Token[]): boolean {
  return token.kind === "modifier" || isMissing(token) && tokens[index + 1]?.kind === "(";
}
