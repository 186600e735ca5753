/** What stands in `@field:[…]`, without vectors; and `@field==1` and its kin. */

import { CommandError } from "../../store/values/errors.ts";
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
  const { token } = reader;
  const word = token.kind === "term" ? token.text.toUpperCase() : "";
  if (reader.modern) {
    if (word === "VECTOR_RANGE") return readVectorRange(reader, field);
    if (word !== "" && reader.peek(1).kind === "attribute") return readShape(reader, field);
  }
  const minExclusive = reader.takes("(");
  // That a first bound is no number shows at what follows it: a word may begin a shape.
  const isText = reader.is("term") || reader.is("exact");
  if (reader.modern && !minExclusive && isText) reader.fail(reader.peek(1));
  const first = reader.number();
  if (reader.modern && !minExclusive && reader.takes("]")) {
    return numbers(field, first, first, false, false);
  }
  const maxExclusive = reader.takes("(");
  const second = reader.number();
  if (reader.takes("]")) return numbers(field, first, second, minExclusive, maxExclusive);
  if (minExclusive || maxExclusive) reader.fail();
  return readCircle(reader, field, first, second);
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
  const radius = reader.number();
  const { token } = reader;
  let unit: string;
  if (token.kind === "term") unit = token.text;
  else if (token.kind === "attribute" && reader.modern) unit = reader.parameterText(token);
  else return reader.fail();
  reader.skip();
  reader.take("]");
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

type Predicate = "WITHIN" | "CONTAINS" | "INTERSECTS" | "DISJOINT";

function isPredicate(word: string): word is Predicate {
  return word === "WITHIN" || word === "CONTAINS" || word === "INTERSECTS" || word === "DISJOINT";
}

function readShape(reader: QueryReader, field: string): QueryNode {
  const predicate = reader.take("term").text.toUpperCase();
  const parameter = reader.take("attribute");
  reader.take("]");
  if (!isPredicate(predicate)) {
    throw new CommandError(
      `Syntax error: Expecting a geoshape predicate at offset ${parameter.at}`,
    );
  }
  const shape = decodeLatin1(reader.parameterText(parameter));
  return { kind: "geoshape", field, predicate, shape, ...base() };
}
