/**
 * Reads queries. The grammar is that of RediSearch, in its two forms: dialect 1, and 2 and later.
 *
 * Both have corners that follow from how RediSearch's parser decides between two readings; they are
 * kept, for a query must mean the same here.
 *
 * A syntax error tells the token it was found at: where that begins, and the last text that was read.
 *
 * @module
 */

import type { QueryNode } from "./ast.ts";
import { Dialect1 } from "./dialect_1.ts";
import { Dialect2 } from "./dialect_2.ts";
import { QueryReader } from "./query_reader.ts";
import type { ParserOptions, ParserSchema } from "./schema.ts";

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
  const reader = new QueryReader(query, schema, options);
  return (reader.modern ? new Dialect2(reader) : new Dialect1(reader)).parse();
}
