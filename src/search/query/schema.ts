/** What reading a query depends on besides its text. */

/** What a parser asks of the index. */
export interface ParserSchema {
  /** Whether a word is left out of queries. */
  isStopWord(term: string): boolean;
  /** Whether documents without the field can be asked for; undefined if there is no such field. */
  indexesMissing(field: string): boolean | undefined;
  /** Whether any of the text fields of a query matches by sound. */
  hasPhonetics(fields: readonly string[] | undefined): boolean;
  /** Whether there is an indexed text field of a name. */
  isText(field: string): boolean;
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
