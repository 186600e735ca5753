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

/** A query that is being read. */
export class QueryReader extends TokenCursor {
  readonly schema: ParserSchema;
  /** Whether it is read as dialect 2 and later. */
  readonly modern: boolean;
  readonly #options: ParserOptions;
  /** What is wrong with the parameters: told only of a query that is well formed. */
  #lacking: CommandError | undefined;
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
    this.#lacking ??= new CommandError(`No such parameter \`${name}\``);
    return UNKNOWN;
  }

  /** The characters of a parameter's bytes. */
  parameterText(token: Token): string {
    let text = "";
    for (const byte of this.parameter(token)) text += String.fromCharCode(byte);
    return text;
  }

  /** The pattern between quotes, which may be a parameter. */
  pattern(token: Token): string {
    const { text } = token;
    if (!text.startsWith("$")) return foldedText(text);
    return decodeLatin1(this.parameterText({ ...token, text: text.slice(1) })).toLowerCase();
  }

  /** A number, as it stands or from a parameter. @throws {CommandError} */
  number(): number {
    const { token } = this;
    if (token.kind === "number") {
      this.skip();
      return parseDouble(token.text) ?? NaN;
    }
    if (!this.modern) return this.fail();
    let sign = 1;
    if (this.takes("-")) {
      sign = -1;
      if (this.is("number")) return sign * this.number();
    }
    const parameter = this.take("attribute");
    const text = this.parameterText(parameter);
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

  /** Notes a node of which is said whether it matches by sound. */
  saysSound(node: QueryNode): void {
    this.#phonetic.push(node);
  }

  /** Refuses what can be told only of the whole query. @throws {CommandError} */
  finish(): void {
    if (!this.is("end")) this.fail();
    if (this.#lacking !== undefined) throw this.#lacking;
    if (this.#phonetic.some(({ fields }) => !this.schema.hasPhonetics(fields))) {
      throw new CommandError("field does not support phonetics");
    }
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
