/**
 * What all parts of the grammar read a query by: its tokens, the index's schema, parameters.
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import { parseDouble } from "../index/values.ts";
import type { QueryNode } from "./ast.ts";
import { decodeLatin1, type Token, tokensOf, unescaped } from "./lexer.ts";
import type { ParserOptions, ParserSchema } from "./schema.ts";
import { TokenCursor } from "./token_cursor.ts";

/** Stands for a parameter that is lacking while the rest is read. */
const UNKNOWN = new Uint8Array([0x3f]);

/** Tokens of a query; one of more is refused. */
const MOST_TOKENS = 200_000;

/** What may be wrong with a well-formed query, in the order in which it is told. */
export type Fault = "parameter" | "text" | "meaning";

/** A query that is being read. */
export class QueryReader extends TokenCursor {
  readonly schema: ParserSchema;
  /** Whether it is read as dialect 2 and later. */
  readonly modern: boolean;
  readonly #options: ParserOptions;
  /** The first fault of each sort. */
  readonly #faults: Partial<Record<Fault, CommandError>> = {};
  /** Nodes of which is said whether they match by sound: their fields are known at the end. */
  readonly #phonetic: QueryNode[] = [];

  /** @throws {CommandError} */
  constructor(query: string, schema: ParserSchema, options: ParserOptions) {
    const tokens = tokensOf(query, options.dialect);
    if (tokens.length > MOST_TOKENS) throw new CommandError("The query has too many parts");
    super(tokens);
    this.schema = schema;
    this.modern = options.dialect >= 2;
    this.#options = options;
  }

  /** Whether a word is left out of the query. */
  isStopWord(text: string): boolean {
    return !this.#options.noStopWords && this.schema.isStopWord(foldedText(text));
  }

  /** The bytes of the parameter that a token names. */
  parameter(token: Token): Uint8Array {
    const name = decodeLatin1(token.text);
    const value = this.#options.parameters.get(name);
    if (value !== undefined) return value;
    this.refuse("parameter", `No such parameter \`${name}\``);
    return UNKNOWN;
  }

  /** The characters of a parameter's bytes. */
  parameterText(token: Token): string {
    let text = "";
    for (const byte of this.parameter(token)) text += String.fromCharCode(byte);
    return text;
  }

  /** The text of a word by affix. @param folds Whether it is in lower case, unless it is quoted. */
  affix({ form, ...token }: Token, folds: boolean): string {
    const text = decodeLatin1(
      form === "parameter" ? this.parameterText(token) : unescaped(token.text),
    );
    return folds && form !== "quoted" ? text.toLowerCase() : text;
  }

  /** The pattern between quotes, which may be a parameter. */
  pattern(token: Token): string {
    const { text } = token;
    if (!text.startsWith("$")) return foldedText(text);
    return decodeLatin1(this.parameterText({ ...token, text: text.slice(1) })).toLowerCase();
  }

  /** A number, as it stands or from a parameter, with any minuses before it. @throws {CommandError} */
  number(): number {
    let sign = 1, minuses = 0;
    for (; this.takes("-"); minuses++) sign = -sign;
    if (!this.modern || minuses > 1 || this.is("number")) {
      // A quote before an infinity says nothing.
      return sign * (parseDouble(this.take("number").text) ?? Infinity);
    }
    const parameter = this.take("attribute");
    const text = this.parameterText(parameter);
    const value = parseDouble(text);
    if (value === undefined) {
      const name = decodeLatin1(parameter.text);
      this.refuse(
        "parameter",
        `Invalid numeric value (${decodeLatin1(text)}) for parameter \`${name}\``,
      );
    }
    return sign * (value ?? 0);
  }

  /** Notes what is wrong, to be told if all of the query is well formed; in dialect 1 tells it at once. */
  refuse(fault: Fault, message: string): void {
    const error = new CommandError(message);
    if (!this.modern) throw error;
    this.#faults[fault] ??= error;
  }

  /** Notes a node of which is said whether it matches by sound. */
  saysSound(node: QueryNode): void {
    this.#phonetic.push(node);
  }

  /** Refuses what can be told only of the whole query. @throws {CommandError} */
  finish(): void {
    if (!this.is("end")) this.fail();
    if (this.#phonetic.some(({ fields }) => !this.schema.hasPhonetics(fields))) {
      this.refuse("text", "field does not support phonetics");
    }
    const { parameter, text, meaning } = this.#faults;
    const error = parameter ?? text ?? meaning;
    if (error !== undefined) throw error;
  }
}

/** The text of a token as a word: without what escapes, in lower case. */
export function foldedText(text: string): string {
  return decodeLatin1(unescaped(text)).toLowerCase();
}

/** The name of a field that a token says. */
export function nameOf(token: Token): string {
  return decodeLatin1(unescaped(token.text));
}
