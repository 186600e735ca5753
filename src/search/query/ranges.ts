/** What stands in `@field:[…]`, without vectors; and `@field==1` and its kin. */

import type { QueryNode } from "./ast.ts";
import { decodeLatin1 } from "./lexer.ts";
import { base } from "./nodes.ts";
import type { QueryReader } from "./query_reader.ts";
import { readVectorRange } from "./vectors.ts";

/** Of dialect 2: `@field==1` and its kin, from the operator on. */
export function readComparison(reader: QueryReader, field: string): QueryNode {
  const { text } = reader.take("operator");
  const exclusive = text === "<" || text === ">";
  const value = reader.number();
  const node = (min: number, max: number) =>
    numbers(field, min, max, exclusive && text === ">", exclusive && text === "<");
  if (text === "==") return node(value, value);
  if (text === "!=") return { kind: "not", child: node(value, value), ...base() };
  return text.startsWith(">") ? node(value, Infinity) : node(-Infinity, value);
}

/** `[1 2]`: a range of numbers, a circle, a shape, or vectors near another. */
export function readRange(reader: QueryReader, field: string): QueryNode {
  reader.take("[");
  if (reader.modern && (reader.is("term") || reader.is("exact"))) {
    const isShape = reader.peek(1).kind === "attribute" && reader.peek(2).kind === "]";
    return isShape ? readShape(reader, field) : readVectorRange(reader, field);
  }
  const first = readBound(reader);
  if (reader.modern && !first.exclusive && reader.takes("]")) return between(field, first, first);
  const second = readBound(reader);
  if (reader.takes("]")) return between(field, first, second);
  // In dialect 1 what would exclude says nothing in circles.
  if (reader.modern && (first.exclusive || second.exclusive)) reader.fail();
  return readCircle(reader, field, first.value, second.value);
}

interface Bound {
  readonly value: number;
  readonly exclusive: boolean;
}

function readBound(reader: QueryReader): Bound {
  if (reader.modern) {
    const exclusive = reader.takes("(");
    return { value: reader.number(), exclusive };
  }
  let sign = 1, exclusive = false;
  for (;;) {
    if (reader.takes("-")) sign = -sign;
    else if (reader.takes("(")) exclusive = true;
    else return { value: sign * reader.number(), exclusive };
  }
}

function between(field: string, { value: min, exclusive }: Bound, max: Bound): QueryNode {
  return numbers(field, min, max.value, exclusive, max.exclusive);
}

function numbers(
  field: string,
  min: number,
  max: number,
  minExclusive: boolean,
  maxExclusive: boolean,
): QueryNode {
  return { kind: "numeric", field, min, max, minExclusive, maxExclusive, ...base() };
}

/** What follows the middle of a circle. */
function readCircle(
  reader: QueryReader,
  field: string,
  longitude: number,
  latitude: number,
): QueryNode {
  const radius = reader.modern ? reader.number() : readBound(reader).value;
  const { token } = reader;
  let unit: string;
  if (token.kind === "term") unit = token.text;
  else if (token.kind === "attribute" && reader.modern) unit = reader.parameterText(token);
  else return reader.fail();
  reader.skip();
  reader.take("]");
  unit = unit.toLowerCase();
  const known = unit === "m" || unit === "km" || unit === "mi" || unit === "ft" ? unit : undefined;
  if (known === undefined) reader.refuse("meaning", "Invalid GeoFilter unit");
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > 85.05112878) {
    reader.refuse("meaning", "Invalid GeoFilter lat/lon");
  }
  if (!(radius > 0)) reader.refuse("meaning", "Invalid GeoFilter radius");
  return { kind: "geo", field, longitude, latitude, radius, unit: known ?? "m", ...base() };
}

type Predicate = "WITHIN" | "CONTAINS" | "INTERSECTS" | "DISJOINT";

function isPredicate(word: string): word is Predicate {
  return word === "WITHIN" || word === "CONTAINS" || word === "INTERSECTS" || word === "DISJOINT";
}

function readShape(reader: QueryReader, field: string): QueryNode {
  const predicate = reader.token.text.toUpperCase();
  reader.skip();
  const parameter = reader.take("attribute");
  reader.take("]");
  if (!isPredicate(predicate)) {
    return reader.expect(`Expecting a geoshape predicate at offset ${parameter.at}`);
  }
  const shape = decodeLatin1(reader.parameterText(parameter));
  return { kind: "geoshape", field, predicate, shape, ...base() };
}
