/** `=> { $weight: 2; … }` after a node. */

import { CommandError } from "../../store/values/errors.ts";
import { parseDouble } from "../index/values.ts";
import type { QueryNode } from "./ast.ts";
import { decodeLatin1 } from "./lexer.ts";
import type { QueryReader } from "./query_reader.ts";

/** Reads attributes, and gives them to a node; they are lost if there is none. */
export function readAttributes(reader: QueryReader, node: QueryNode | undefined): void {
  reader.take("arrow");
  reader.take("{");
  while (!reader.is("}")) {
    if (reader.takes(";")) continue;
    const name = reader.take("attribute");
    reader.take(":");
    const { token } = reader;
    const isValue = token.kind === "term" || token.kind === "number" ||
      token.kind === "attribute" && reader.modern;
    if (!isValue) reader.fail();
    reader.skip();
    const value = token.kind === "attribute" ? reader.parameterText(token) : token.text;
    if (!reader.is(";") && !reader.is("}")) reader.fail();
    if (node === undefined) continue;
    setAttribute(node, decodeLatin1(name.text), decodeLatin1(value), reader);
  }
  reader.skip();
}

function setAttribute(node: QueryNode, name: string, value: string, reader: QueryReader): void {
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
      reader.saysSound(node);
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
