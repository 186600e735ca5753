/** Searches among vectors: `[VECTOR_RANGE …]` after a field, `=>[KNN …]` after what they choose from. */

import { CommandError } from "../../store/values/errors.ts";
import type { QueryNode } from "./ast.ts";
import { decodeLatin1, unescaped } from "./lexer.ts";
import { base, noAttributes } from "./nodes.ts";
import { nameOf, type QueryReader } from "./query_reader.ts";

/** `VECTOR_RANGE 0.5 $vector]` */
export function readVectorRange(reader: QueryReader, field: string): QueryNode {
  reader.take("term");
  const radius = reader.number();
  const parameter = reader.take("attribute");
  const vector = reader.parameter(parameter);
  reader.take("]");
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
export function readNearest(reader: QueryReader, child: QueryNode): QueryNode {
  reader.take("arrow");
  reader.take("[");
  const word = reader.take("term");
  if (word.text.toUpperCase() !== "KNN") reader.fail(word);
  const count = reader.token;
  const k = reader.number();
  if (!Number.isInteger(k) || k < 0) reader.fail(count);
  const field = nameOf(reader.take("modifier"));
  const parameter = reader.take("attribute");
  const vector = reader.parameter(parameter);
  const parameters: Record<string, string> = {};
  let distanceAs = `__${field}_score`;
  while (reader.is("term")) {
    const name = reader.take("term").text.toUpperCase();
    const { token } = reader;
    const isText = token.kind === "attribute" || token.kind === "term" || token.kind === "number";
    if (!isText) reader.fail();
    reader.skip();
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
