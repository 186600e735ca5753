/** Searches among vectors: `[VECTOR_RANGE …]` after a field, `=>[KNN …]` after what they choose from. */

import type { QueryNode } from "./ast.ts";
import { decodeLatin1, type Token, unescaped } from "./lexer.ts";
import { base, noAttributes } from "./nodes.ts";
import { nameOf, type QueryReader } from "./query_reader.ts";

/** `VECTOR_RANGE 0.5 $vector]` */
export function readVectorRange(reader: QueryReader, field: string): QueryNode {
  const word = reader.token;
  reader.skip();
  const radius = reader.number();
  const parameter = reader.take("attribute");
  if (word.text.toUpperCase() !== "VECTOR_RANGE") {
    reader.expect(
      `expecting vector similarity range command at offset ${word.at} near ${
        decodeLatin1(word.text)
      }`,
    );
  }
  const vector = reader.parameter(parameter);
  reader.take("]");
  if (radius < 0) {
    reader.refuse(
      "meaning",
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
export function readNearest(reader: QueryReader, child: QueryNode): QueryNode {
  reader.take("arrow");
  reader.take("[");
  const word = takeWord(reader);
  const count = reader.token;
  if (reader.is("-")) reader.fail();
  const k = reader.number();
  if (!Number.isInteger(k) || k < 0) reader.fail(count);
  const field = nameOf(reader.take("modifier"));
  const parameter = reader.take("attribute");
  if (word.text.toUpperCase() !== "KNN") {
    reader.expect(
      `Expecting Vector Similarity command at offset ${word.at} near ${decodeLatin1(word.text)}`,
    );
  }
  const vector = reader.parameter(parameter);
  const parameters: Record<string, string> = {};
  let distanceAs = `__${field}_score`;
  while (!reader.is("]")) {
    const name = takeWord(reader).text.toUpperCase();
    const { kind } = reader.token;
    const token = kind === "attribute" || kind === "number" ? reader.take(kind) : takeWord(reader);
    const value = decodeLatin1(
      token.kind === "attribute" ? reader.parameterText(token) : unescaped(token.text),
    );
    if (name === "AS") distanceAs = value;
    else parameters[name] = value;
  }
  reader.take("]");
  return {
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
}

/** Takes a word, which may be quoted. */
function takeWord(reader: QueryReader): Token {
  return reader.take(reader.is("exact") ? "exact" : "term");
}
