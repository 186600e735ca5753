/**
 * Reads queries. The grammar is that of RediSearch, in its two forms: dialect 1, and 2 and later.
 *
 * In dialect 2 words stand side by side for "and", `|` binds less, and `-`, `~` and `@field:` take one
 * item. In dialect 1 `|` binds more than words side by side, but a run of words is one item, and `-`
 * and `~` take as much as they can get. Both have corners that follow from how RediSearch's parser
 * decides between two readings; they are kept, for a query must mean the same here.
 *
 * A syntax error tells the token it was found at: where that begins, and the last text that was read.
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import { parseDouble } from "../index/values.ts";
import type { NodeAttributes, QueryNode, TagNode } from "./ast.ts";
import { decodeLatin1, type Token, type TokenKind, tokensOf, unescaped } from "./lexer.ts";

/** What a parser asks of the index. */
export interface ParserSchema {
  /** Whether a word is left out of queries. */
  isStopWord(term: string): boolean;
  /** Whether documents without the field can be asked for; undefined if there is no such field. */
  indexesMissing(field: string): boolean | undefined;
  /** Whether any of the text fields of a query matches by sound. */
  hasPhonetics(fields: readonly string[] | undefined): boolean;
  /** Whether there is a text field of a name. */
  isText(field: string): boolean;
  /** The type of a field; undefined if there is none. */
  typeOf(field: string): string | undefined;
  /** Whether empty texts of a field are indexed; undefined if there is no such field. */
  indexesEmpty(field: string): boolean | undefined;
  /** Whether tags of a field are told apart by their case. */
  isCaseSensitive(field: string): boolean;
}

/** How a query is to be read. */
export interface ParserOptions {
  readonly dialect: number;
  readonly noStopWords: boolean;
  readonly parameters: ReadonlyMap<string, Uint8Array>;
}

/** Stands for a parameter that is lacking while the rest is read. */
const UNKNOWN = new Uint8Array([0x3f]);

/** Nesting that is read; a query that goes deeper is refused. */
const MOST_NESTED = 500;

/** Tokens of a query; one of more is refused. */
const MOST_TOKENS = 200_000;

/** Attributes that say nothing. */
export function noAttributes(): NodeAttributes {
  return {
    weight: 1,
    slop: undefined,
    inOrder: undefined,
    phonetic: undefined,
    distanceAs: undefined,
  };
}

/** A node with attributes that say nothing. */
function base() {
  return { attributes: noAttributes(), fields: undefined };
}

/**
 * Reads a query.
 *
 * @param query Characters of its bytes.
 * @throws {CommandError} What is wrong with it.
 */
export function parseQuery(
  query: string,
  schema: ParserSchema,
  options: ParserOptions,
): QueryNode {
  return new Parser(query, schema, options).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #schema: ParserSchema;
  readonly #options: ParserOptions;
  readonly #modern: boolean;
  #at = 0;
  #nested = 0;
  /** Nodes of which is said whether they match by sound: their fields are known at the end. */
  readonly #phonetic: QueryNode[] = [];
  /** What is wrong with the parameters. */
  #lacking: CommandError | undefined;
  /** How many fields limit what is read now. */
  #scopes = 0;
  /** One more than the nesting of the alternative in which there must be no field; 0 for none. */
  #fieldless = 0;

  constructor(query: string, schema: ParserSchema, options: ParserOptions) {
    this.#tokens = tokensOf(query, options.dialect);
    if (this.#tokens.length > MOST_TOKENS) throw new CommandError("The query has too many parts");
    this.#schema = schema;
    this.#options = options;
    this.#modern = options.dialect >= 2;
  }

  get #token(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
  }

  #peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  #is(kind: TokenKind): boolean {
    return this.#token.kind === kind;
  }

  #fail(token: Token = this.#token): never {
    throw new CommandError(`Syntax error at offset ${token.at} near ${decodeLatin1(token.text)}`);
  }

  #take(kind: TokenKind): Token {
    const token = this.#token;
    if (token.kind !== kind) this.#fail();
    this.#at++;
    return token;
  }

  parse(): QueryNode {
    if (this.#is("end")) return { kind: "nothing", ...base() };
    let node: QueryNode | undefined;
    if (this.#is("*") && this.#peek(1).kind === "end") {
      this.#at++;
      node = { kind: "all", ...base() };
    } else if (this.#is("*") && this.#peek(1).kind === "arrow" && this.#modern) {
      this.#at++;
      node = this.#knn({ kind: "all", ...base() });
    } else if (this.#is("*") && !this.#beginsAffixParameter()) {
      this.#fail(this.#peek(1));
    } else {
      node = this.#modern ? this.#union() : this.#all(ANYTHING);
    }
    if (!this.#is("end")) this.#fail();
    if (this.#lacking !== undefined) throw this.#lacking;
    if (this.#phonetic.some(({ fields }) => !this.#schema.hasPhonetics(fields))) {
      throw new CommandError("field does not support phonetics");
    }
    return node ?? { kind: "nothing", ...base() };
  }

  // Dialect 2.

  #union(): QueryNode | undefined {
    let seenTo = this.#at, fieldSeen = false;
    let left = this.#intersection();
    for (let alternatives = 2; this.#is("|"); alternatives++) {
      this.#at++;
      // Once two alternatives are words alone, all are: a field after them is no alternative.
      if (alternatives > 2) {
        fieldSeen ||= !this.#isOnlyWords(seenTo, this.#at - 1);
        seenTo = this.#at - 1;
      }
      const onlyWords = alternatives > 2 && !fieldSeen;
      if (!onlyWords) {
        left = united(left, this.#intersection());
        continue;
      }
      const outer = this.#fieldless;
      this.#fieldless = this.#nested + 1;
      left = united(left, this.#intersection());
      this.#fieldless = outer;
      while (this.#is("modifier")) left = intersected(left, this.#operand());
    }
    return left;
  }

  /** Whether there is no field among the tokens from one up to another. */
  #isOnlyWords(from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      const { kind, text } = this.#tokens[i]!;
      const isMissing = kind === "term" && text.toLowerCase() === "ismissing" &&
        this.#tokens[i + 1]?.kind === "(";
      if (kind === "modifier" || isMissing) return false;
    }
    return true;
  }

  #intersection(): QueryNode | undefined {
    let left = this.#operand();
    const ends = (kind: TokenKind) => kind === "modifier" && this.#fieldless === this.#nested + 1;
    for (let { kind } = this.#token; BEGINS_ITEM.has(kind) && !ends(kind); { kind } = this.#token) {
      left = intersected(left, this.#operand());
    }
    return left;
  }

  /** One item, with what is written behind it. */
  #modernItem(): QueryNode | undefined {
    const { kind } = this.#token;
    // What a field is limited to is words alone.
    if (kind === "modifier" && (this.#scopes > 0 || this.#fieldless > 0)) this.#fail();
    if (kind === "-" || kind === "~" || kind === "modifier") {
      let node = this.#prefixed(() => this.#operand());
      while (this.#is("arrow")) node = this.#attributed(node);
      return node;
    }
    let node = this.#primary();
    while (this.#is("arrow")) node = this.#attributed(node);
    return node;
  }

  /** What `-`, `~` and `@field:` are about: an item, and words by affix, number and pattern that follow. */
  #operand(): QueryNode | undefined {
    const item = this.#modernItem();
    if (!EXTENDS_OPERAND.has(this.#token.kind)) return item;
    return intersected(item, this.#deeper(() => this.#operand()));
  }

  // Dialect 1.

  /** Unions side by side, as long as a token of `continues` follows. */
  #all(continues: ReadonlySet<TokenKind>): QueryNode | undefined {
    let left = this.#either();
    while (continues.has(this.#token.kind)) left = intersected(left, this.#either());
    return left;
  }

  #either(): QueryNode | undefined {
    let left = this.#oldItem();
    while (this.#is("|")) {
      this.#at++;
      left = united(left, this.#oldItem());
    }
    return left;
  }

  #oldItem(): QueryNode | undefined {
    const { kind } = this.#token;
    if (kind === "-") {
      return this.#prefixed(() => this.#all(AFTER_NOT));
    }
    if (kind === "~") return this.#prefixed(() => this.#all(AFTER_OPTIONAL));
    if (kind === "modifier") {
      // In parentheses, only what is in them; else what `|` joins.
      let node = this.#prefixed(() => this.#either());
      while (this.#is("arrow")) node = this.#attributed(node);
      return node;
    }
    let node = kind === "term" || kind === "number" ? this.#words() : this.#primary();
    while (this.#is("arrow")) node = this.#attributed(node);
    return node;
  }

  /** Of dialect 1: a run of words and numbers, without stop words. */
  #words(): QueryNode | undefined {
    let left = this.#primary();
    if (left === undefined) return undefined;
    const isWord = () => this.#is("term") && !this.#isStopWord(this.#token.text);
    // A number is taken in as the second of them alone.
    if (this.#is("number") || isWord()) left = intersected(left, this.#primary());
    else return left;
    while (isWord()) left = intersected(left, this.#primary());
    return left;
  }

  // Both.

  #deeper<T>(work: () => T): T {
    if (++this.#nested > MOST_NESTED) throw new CommandError("Parser stack overflow");
    try {
      return work();
    } finally {
      this.#nested--;
    }
  }

  /** `-`, `~` or `@field:` and what it is about. */
  #prefixed(operand: () => QueryNode | undefined): QueryNode | undefined {
    const { kind } = this.#token;
    if (kind === "modifier") return this.#scoped(operand);
    this.#at++;
    const child = this.#deeper(operand);
    if (child === undefined) return undefined;
    return { kind: kind === "-" ? "not" : "optional", child, ...base() };
  }

  /** `@field:` and its kin. */
  #scoped(operand: () => QueryNode | undefined): QueryNode | undefined {
    const first = this.#take("modifier");
    const names = [nameOf(first)];
    if (this.#modern && this.#is("operator")) return this.#compared(names[0]!);
    while (this.#is("|")) {
      this.#at++;
      if (!this.#is("term") && !this.#is("modifier")) this.#fail();
      names.push(nameOf(this.#token));
      this.#at++;
    }
    this.#take(":");
    if (names.length === 1) {
      const [field = ""] = names;
      if (this.#is("[")) return this.#range(field);
      if (this.#is("{")) return this.#tags(field);
    } else if (this.#is("[") || this.#is("{")) this.#fail();
    const outer = this.#scopes++;
    const node = this.#deeper(operand);
    this.#scopes = outer;
    if (node !== undefined) limit(node, names, this.#schema);
    return node;
  }

  /** Of dialect 2: `@field==1` and its kin. */
  #compared(field: string): QueryNode {
    const { text } = this.#token;
    this.#at++;
    const exclusive = text === "<" || text === ">";
    const value = this.#number();
    const node = (min: number, max: number): QueryNode => ({
      kind: "numeric",
      field,
      min,
      max,
      minExclusive: exclusive && text === ">",
      maxExclusive: exclusive && text === "<",
      ...base(),
    });
    if (text === "==") return node(value, value);
    if (text === "!=") return { kind: "not", child: node(value, value), ...base() };
    return text.startsWith(">") ? node(value, Infinity) : node(-Infinity, value);
  }

  /** An item that begins by itself. */
  #primary(): QueryNode | undefined {
    const token = this.#token;
    const word = decodeLatin1(unescaped(token.text)).toLowerCase();
    switch (token.kind) {
      case "term":
        this.#at++;
        if (this.#modern && word === "ismissing" && this.#is("(")) return this.#missing();
        if (this.#isStopWord(token.text)) return undefined;
        return { kind: "token", text: word, verbatim: false, ...base() };
      case "number":
        this.#at++;
        return {
          kind: "token",
          text: this.#modern ? decodeLatin1(token.text) : word,
          verbatim: this.#modern,
          ...base(),
        };
      case "attribute":
        if (!this.#modern) this.#fail();
        return this.#parameterItem();
      case "prefix":
      case "suffix":
      case "infix":
        this.#at++;
        return { kind: "affix", text: word, affix: token.kind, ...base() };
      case "pattern":
        this.#at++;
        return { kind: "pattern", pattern: this.#pattern(token), ...base() };
      case "*":
        return this.#beginsAffixParameter() ? this.#affixParameter() : this.#fail();
      case "%":
        return this.#fuzzy();
      case '"':
        return this.#modern ? this.#unclosed() : this.#phrase();
      case "exact":
        this.#at++;
        return exact(token.text);
      case "single":
        if (token.text !== "") return this.#fail();
        this.#at++;
        return exact("");
      case "(":
        return this.#parenthesized();
      default:
        return this.#fail();
    }
  }

  #unclosed(): never {
    this.#fail(this.#peek(this.#peek(1).kind === "attribute" ? 2 : 1));
  }

  #parenthesized(): QueryNode | undefined {
    this.#take("(");
    if (this.#modern && this.#is("*")) return this.#everything();
    const node = this.#deeper(() => this.#modern ? this.#union() : this.#all(ANYTHING));
    this.#take(")");
    return node;
  }

  /** `*)`, which stands alone: in parentheses, or before a search among vectors. */
  #everything(): QueryNode {
    for (let i = 0; i < this.#at; i++) if (this.#tokens[i]?.kind !== "(") this.#fail();
    this.#take("*");
    this.#take(")");
    return { kind: "all", ...base() };
  }

  #isStopWord(text: string): boolean {
    return !this.#options.noStopWords &&
      this.#schema.isStopWord(decodeLatin1(unescaped(text)).toLowerCase());
  }

  /** Of dialect 1: a phrase of words. */
  #phrase(): QueryNode {
    this.#take('"');
    const children: QueryNode[] = [];
    while (!this.#is('"')) {
      const token = this.#token;
      const isWord = token.kind === "number" ||
        token.kind === "term" && !this.#isStopWord(token.text);
      if (!isWord) this.#fail();
      this.#at++;
      const text = decodeLatin1(unescaped(token.text)).toLowerCase();
      children.push({ kind: "token", text, verbatim: true, ...base() });
    }
    if (children.length === 0) this.#fail();
    this.#at++;
    if (children.length === 1) return children[0]!;
    return { kind: "intersect", exact: true, children, ...base() };
  }

  #fuzzy(): QueryNode {
    let distance = 0;
    while (this.#is("%")) {
      if (++distance > 3) this.#fail();
      this.#at++;
    }
    const token = this.#token;
    let text: string;
    const isWord = token.kind === "term" || token.kind === "number" ||
      token.kind === "exact" || token.kind === "single";
    if (isWord) text = unescaped(token.text);
    else if (token.kind === "attribute" && this.#modern) text = this.#parameterText(token);
    else return this.#fail();
    this.#at++;
    for (let i = 0; i < distance; i++) this.#take("%");
    return {
      kind: "fuzzy",
      text: decodeLatin1(text).toLowerCase(),
      distance: distance === 1 ? 1 : distance === 2 ? 2 : 3,
      ...base(),
    };
  }

  #missing(): QueryNode {
    this.#take("(");
    if (this.#fieldless > 0) this.#fail();
    const name = nameOf(this.#take("modifier"));
    this.#take(")");
    if (this.#scopes > 0) this.#fail();
    if (this.#schema.indexesMissing(name) === false) {
      throw new CommandError(
        `'ismissing' requires field '${name}' to be defined with 'INDEXMISSING'`,
      );
    }
    return { kind: "missing", field: name, ...base() };
  }

  // Parameters.

  #parameter(token: Token): Uint8Array {
    const name = decodeLatin1(token.text);
    const value = this.#options.parameters.get(name);
    if (value !== undefined) return value;
    // Told only of a query that is well formed.
    this.#lacking ??= new CommandError(`No such parameter \`${name}\``);
    return UNKNOWN;
  }

  /** The characters of a parameter's bytes. */
  #parameterText(token: Token): string {
    return latin1(this.#parameter(token));
  }

  /** The pattern between quotes, which may be a parameter. */
  #pattern(token: Token): string {
    const { text } = token;
    if (!text.startsWith("$")) return decodeLatin1(unescaped(text)).toLowerCase();
    return decodeLatin1(this.#parameterText({ ...token, text: text.slice(1) })).toLowerCase();
  }

  #parameterItem(): QueryNode | undefined {
    const token = this.#take("attribute");
    const text = decodeLatin1(this.#parameterText(token)).toLowerCase();
    if (this.#is("*") && this.#token.at === token.end) {
      this.#at++;
      return { kind: "affix", text, affix: "prefix", ...base() };
    }
    return { kind: "token", text, verbatim: false, ...base() };
  }

  /** Whether a star and a parameter follow, with nothing in between. */
  #beginsAffixParameter(): boolean {
    const next = this.#peek(1);
    return this.#modern && next.kind === "attribute" && next.at === this.#token.end;
  }

  #affixParameter(): QueryNode {
    this.#take("*");
    const token = this.#take("attribute");
    const text = decodeLatin1(this.#parameterText(token)).toLowerCase();
    const isInfix = this.#is("*") && this.#token.at === token.end;
    if (isInfix) this.#at++;
    return { kind: "affix", text, affix: isInfix ? "infix" : "suffix", ...base() };
  }

  /** A number, as it stands or from a parameter. */
  #number(): number {
    const token = this.#token;
    if (token.kind === "number") {
      this.#at++;
      return toNumber(token.text);
    }
    if (!this.#modern) return this.#fail();
    let sign = 1;
    if (this.#is("-")) {
      sign = -1;
      this.#at++;
      if (this.#is("number")) return sign * this.#number();
    }
    if (!this.#is("attribute")) return this.#fail();
    const parameter = this.#take("attribute");
    const text = this.#parameterText(parameter);
    const value = parseDouble(text);
    if (value === undefined) {
      this.#lacking ??= new CommandError(
        `Invalid numeric value (${decodeLatin1(text)}) for parameter \`${
          decodeLatin1(parameter.text)
        }\``,
      );
    }
    return sign * (value ?? 0);
  }

  // Ranges.

  #range(field: string): QueryNode {
    this.#take("[");
    const token = this.#token;
    const word = token.kind === "term" ? token.text.toUpperCase() : "";
    if (this.#modern && word === "VECTOR_RANGE") return this.#vectorRange(field);
    const isPredicate = word === "WITHIN" || word === "CONTAINS" || word === "INTERSECTS" ||
      word === "DISJOINT";
    if (isPredicate) return this.#shape(field, word);
    if (this.#modern && word !== "" && this.#peek(1).kind === "attribute") {
      throw new CommandError(
        `Syntax error: Expecting a geoshape predicate at offset ${this.#peek(1).at}`,
      );
    }
    const minExclusive = this.#opens();
    const first = this.#bound();
    if (this.#is("]") && this.#modern && !minExclusive) {
      this.#at++;
      return {
        kind: "numeric",
        field,
        min: first,
        max: first,
        minExclusive,
        maxExclusive: minExclusive,
        ...base(),
      };
    }
    const maxExclusive = this.#opens();
    const second = this.#bound();
    if (this.#is("]")) {
      this.#at++;
      return {
        kind: "numeric",
        field,
        min: first,
        max: second,
        minExclusive,
        maxExclusive,
        ...base(),
      };
    }
    if (minExclusive || maxExclusive) this.#fail();
    return this.#circle(field, first, second);
  }

  #opens(): boolean {
    if (!this.#is("(")) return false;
    this.#at++;
    return true;
  }

  /** A bound of a range. The second one tells that a first one is no number, in dialect 2. */
  #bound(): number {
    if (this.#modern && (this.#is("term") || this.#is("exact"))) this.#fail(this.#peek(1));
    return this.#number();
  }

  #circle(field: string, longitude: number, latitude: number): QueryNode {
    const radius = this.#number();
    const token = this.#token;
    let unit: string;
    if (token.kind === "term") unit = token.text;
    else if (token.kind === "attribute" && this.#modern) unit = this.#parameterText(token);
    else return this.#fail();
    this.#at++;
    this.#take("]");
    unit = unit.toLowerCase();
    if (Math.abs(longitude) > 180 || Math.abs(latitude) > 85.05112878) {
      throw new CommandError("Invalid GeoFilter lat/lon");
    }
    if (!(radius > 0)) throw new CommandError("Invalid GeoFilter radius");
    if (unit !== "m" && unit !== "km" && unit !== "mi" && unit !== "ft") {
      throw new CommandError("Invalid GeoFilter unit");
    }
    return { kind: "geo", field, longitude, latitude, radius, unit, ...base() };
  }

  #shape(field: string, predicate: "WITHIN" | "CONTAINS" | "INTERSECTS" | "DISJOINT"): QueryNode {
    if (!this.#modern) this.#fail(this.#peek(1));
    this.#at++;
    const shape = this.#take("attribute");
    const text = decodeLatin1(this.#parameterText(shape));
    this.#take("]");
    return { kind: "geoshape", field, predicate, shape: text, ...base() };
  }

  // Tags.

  #tags(field: string): QueryNode {
    this.#take("{");
    const node: TagNode = { kind: "tag", field, children: [], ...base() };
    node.children.push(this.#tag(field));
    // In dialect 1 the brace that ends the tags may be left out, and more may follow it.
    while (this.#is("|") || !this.#modern && this.#is("}")) {
      const isOr = this.#is("|");
      this.#at++;
      if (isOr) node.children.push(this.#tag(field));
    }
    if (this.#modern) this.#take("}");
    return node;
  }

  #tag(field: string): QueryNode {
    const token = this.#token;
    const caseSensitive = this.#schema.isCaseSensitive(field);
    const inCase = (text: string) => caseSensitive ? text : text.toLowerCase();
    switch (token.kind) {
      case "prefix":
      case "suffix":
      case "infix": {
        this.#at++;
        const text = inCase(decodeLatin1(unescaped(token.text)));
        return { kind: "affix", text, affix: token.kind, ...base() };
      }
      case "pattern":
        this.#at++;
        return { kind: "pattern", pattern: inCase(this.#pattern(token)), ...base() };
    }
    const children: QueryNode[] = [];
    for (;;) {
      const text = this.#tagWord(children.length > 0);
      if (text === undefined) break;
      // In dialect 1 a stop word is a tag by itself.
      const alone = !this.#modern && this.#token.kind === "term" &&
        this.#isStopWord(this.#token.text);
      children.push({ kind: "token", text: inCase(text), verbatim: true, ...base() });
      this.#at++;
      if (alone) break;
    }
    const [only] = children;
    if (only === undefined) return this.#fail();
    if (only.kind === "token" && only.text === "" && this.#schema.indexesEmpty(field) === false) {
      throw emptyNotIndexed();
    }
    if (children.length === 1) return only;
    return { kind: "intersect", exact: false, children, ...base() };
  }

  /** The text of the token at hand as a part of a tag; undefined if it is none. */
  #tagWord(follows: boolean): string | undefined {
    const { kind, text } = this.#token;
    if (kind === "term" || kind === "number") {
      const ends = !this.#modern && follows && this.#isStopWord(text);
      return ends ? undefined : decodeLatin1(text);
    }
    if (!this.#modern) return undefined;
    if (kind === "exact") return decodeLatin1(text);
    // What a parameter says is taken as it stands.
    return kind === "attribute"
      ? escapedTag(decodeLatin1(this.#parameterText(this.#token)))
      : undefined;
  }

  // Vectors.

  #vectorRange(field: string): QueryNode {
    this.#at++;
    const radius = this.#number();
    const parameter = this.#take("attribute");
    const vector = this.#parameter(parameter);
    this.#take("]");
    if (radius < 0) {
      throw new CommandError(
        `Error parsing vector similarity query: negative radius (${radius}) given in a range query`,
      );
    }
    return {
      kind: "vector",
      field,
      vector,
      parameter: decodeLatin1(parameter.text),
      query: { type: "range", radius },
      parameters: {},
      child: undefined,
      ...base(),
    };
  }

  /** `=>[KNN 10 @field $vector …]` after what it chooses from. */
  #knn(child: QueryNode): QueryNode {
    this.#take("arrow");
    this.#take("[");
    const word = this.#take("term");
    if (word.text.toUpperCase() !== "KNN") this.#fail(word);
    const count = this.#token;
    const k = this.#number();
    if (!Number.isInteger(k) || k < 0) this.#fail(count);
    const field = nameOf(this.#take("modifier"));
    const parameter = this.#take("attribute");
    const vector = this.#parameter(parameter);
    const parameters: Record<string, string> = {};
    let distanceAs = `__${field}_score`;
    while (this.#is("term")) {
      const name = this.#take("term").text.toUpperCase();
      const token = this.#token;
      const isText = token.kind === "attribute" || token.kind === "term" ||
        token.kind === "number";
      if (!isText) this.#fail();
      this.#at++;
      const value = decodeLatin1(
        token.kind === "attribute" ? this.#parameterText(token) : unescaped(token.text),
      );
      if (name === "AS") distanceAs = value;
      else parameters[name] = value;
    }
    this.#take("]");
    const node: QueryNode = {
      kind: "vector",
      field,
      vector,
      parameter: decodeLatin1(parameter.text),
      query: { type: "knn", k },
      parameters,
      child: child.kind === "all" ? undefined : child,
      attributes: { ...noAttributes(), distanceAs },
      fields: undefined,
    };
    return this.#is("arrow") ? this.#attributed(node) ?? node : node;
  }

  // Attributes.

  /** `=> { $weight: 2; … }` after a node. */
  #attributed(node: QueryNode | undefined): QueryNode | undefined {
    if (this.#modern && this.#peek(1).kind === "[") {
      return node === undefined ? node : this.#knn(node);
    }
    this.#take("arrow");
    this.#take("{");
    while (!this.#is("}")) {
      if (this.#is(";")) {
        this.#at++;
        continue;
      }
      const name = this.#take("attribute");
      this.#take(":");
      const token = this.#token;
      const isValue = token.kind === "term" || token.kind === "number" ||
        token.kind === "attribute" && this.#modern;
      if (!isValue) this.#fail();
      this.#at++;
      const value = token.kind === "attribute" ? this.#parameterText(token) : token.text;
      if (!this.#is(";") && !this.#is("}")) this.#fail();
      if (node !== undefined) this.#attribute(node, decodeLatin1(name.text), decodeLatin1(value));
    }
    this.#at++;
    return node;
  }

  #attribute(node: QueryNode, name: string, value: string): void {
    const { attributes } = node;
    const invalid = () => new CommandError(`Invalid value (${value}) for \`${name}\``);
    const boolean = (): boolean => {
      const text = value.toLowerCase();
      if (text === "true" || text === "1") return true;
      if (text === "false" || text === "0") return false;
      throw invalid();
    };
    switch (name.toLowerCase()) {
      case "weight": {
        const weight = parseDouble(value);
        if (weight === undefined || weight < 0) throw invalid();
        attributes.weight = weight;
        return;
      }
      case "slop": {
        const slop = parseDouble(value);
        if (slop === undefined || !Number.isInteger(slop) || slop < -1) throw invalid();
        attributes.slop = slop < 0 ? undefined : slop;
        return;
      }
      case "inorder":
        attributes.inOrder = boolean();
        return;
      case "phonetic":
        attributes.phonetic = boolean();
        this.#phonetic.push(node);
        return;
      case "yield_distance_as":
        if (node.kind !== "vector") break;
        attributes.distanceAs = value;
        return;
      case "epsilon":
      case "ef_runtime":
      case "hybrid_policy":
      case "batch_size":
        if (node.kind !== "vector") break;
        node.parameters = { ...node.parameters, [name.toUpperCase()]: value };
        return;
    }
    throw new CommandError(`Invalid attribute ${name}`);
  }
}

const ITEMS: readonly TokenKind[] = [
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
const ANYTHING: ReadonlySet<TokenKind> = new Set(ITEMS);
/** Tokens that begin an item of dialect 2. */
const BEGINS_ITEM: ReadonlySet<TokenKind> = new Set([...ITEMS, "*"]);
/** Tokens that are taken into what `-`, `~` and `@field:` are about, in dialect 2. */
const EXTENDS_OPERAND: ReadonlySet<TokenKind> = new Set<TokenKind>([
  "prefix",
  "suffix",
  "infix",
  "pattern",
  "%",
  "number",
]);
/** Tokens that go on with what `-` is about, in dialect 1. */
const AFTER_NOT: ReadonlySet<TokenKind> = new Set(
  ITEMS.filter((kind) => kind !== '"' && kind !== "-" && kind !== "~"),
);
/** Tokens that go on with what `~` is about, in dialect 1. */
const AFTER_OPTIONAL: ReadonlySet<TokenKind> = new Set(ITEMS.filter((kind) => kind !== "~"));

function nameOf(token: Token): string {
  return decodeLatin1(unescaped(token.text));
}

/** A tag's text with its backslashes kept from being taken for escapes. */
function escapedTag(text: string): string {
  return text.replaceAll("\\", "\\\\");
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function toNumber(text: string): number {
  return parseDouble(text) ?? NaN;
}

/** A phrase of dialect 2: what stands between quotes, cut into words. */
function exact(text: string): QueryNode {
  if (text === "") return { kind: "token", text: "", verbatim: true, ...base() };
  const words = text.match(/\$?(?:[0-9A-Za-z_\x80-\xff]|\\[^])+/g) ?? [];
  const children = words.map((word): QueryNode => ({
    kind: "token",
    text: decodeLatin1(unescaped(word)).toLowerCase(),
    verbatim: true,
    ...base(),
  }));
  return { kind: "intersect", exact: true, children, ...base() };
}

/** Both, where words and more are gathered in the intersection on the left. */
function intersected(
  left: QueryNode | undefined,
  right: QueryNode | undefined,
): QueryNode | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.kind === "intersect" && !left.exact && left.fields === undefined) {
    left.children.push(right);
    return left;
  }
  return { kind: "intersect", exact: false, children: [left, right], ...base() };
}

/** Either, where alternatives are gathered in the union on the left. */
function united(left: QueryNode | undefined, right: QueryNode | undefined): QueryNode | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.kind === "union" && left.fields === undefined) {
    left.children.push(right);
    return left;
  }
  return { kind: "union", children: [left, right], ...base() };
}

/** Limits a node and all below it to text fields. */
function limit(node: QueryNode, names: readonly string[], schema: ParserSchema): void {
  const fields = [...new Set(names)].filter((name) => schema.isText(name));
  const empty = fields.length > 0 && fields.some((name) => schema.indexesEmpty(name) === false);
  limitTo(node, fields, empty);
}

const emptyNotIndexed = () =>
  new CommandError(
    "Use `INDEXEMPTY` in field creation in order to index and query for empty strings",
  );

/** @param refusesEmpty Whether the empty text must not be asked for. */
function limitTo(node: QueryNode, fields: readonly string[], refusesEmpty: boolean): void {
  if (refusesEmpty && node.kind === "token" && node.text === "") throw emptyNotIndexed();
  const own = node.fields;
  node.fields = own === undefined ? fields : own.filter((field) => fields.includes(field));
  if (node.kind === "intersect" || node.kind === "union") {
    for (const child of node.children) limitTo(child, fields, refusesEmpty);
  } else if (node.kind === "tag") {
    for (const child of node.children) limitTo(child, fields, false);
  } else if (node.kind === "not" || node.kind === "optional") {
    limitTo(node.child, fields, refusesEmpty);
  }
}
