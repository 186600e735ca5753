/** A query as FT.EXPLAIN prints it. */

import type { QueryNode } from "./ast.ts";
import { unescaped } from "./lexer.ts";

/** The text of a query; `names` are the index's text fields in the order of their bits. */
export function explainQuery(node: QueryNode, names: readonly string[]): string {
  return lines(node, 0, names).join("");
}

/** How shapes may relate, by their numbers. */
const PREDICATES: readonly string[] = ["CONTAINS", "WITHIN", "DISJOINT", "INTERSECTS"];

/** C's `%f`. */
function fixed(value: number): string {
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  return value.toFixed(6);
}

/** C's `%g`. */
export function general(value: number): string {
  if (!Number.isFinite(value)) return fixed(value);
  const text = value.toPrecision(6);
  if (text.includes("e")) {
    return text.replace(/\.?0*e([+-])(\d)$/, "e$10$2").replace(/\.?0+e/, "e");
  }
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(Number(text))));
  if (exponent < -4) {
    return value.toExponential(5).replace(/\.?0*e([+-])(\d)$/, "e$10$2");
  }
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function lines(node: QueryNode, depth: number, names: readonly string[]): string[] {
  const indent = "  ".repeat(depth);
  const out: string[] = [indent];
  const children = (nodes: readonly QueryNode[]) => {
    for (const child of nodes) out.push(...lines(child, depth + 1, names));
    out.push(indent, "}");
  };
  const showsFields = node.kind !== "numeric" && node.kind !== "geo" &&
    node.kind !== "missing" && node.kind !== "vector" && node.kind !== "geoshape";
  const { fields } = node;
  if (fields !== undefined) {
    const shown = names.filter((name) => fields.includes(name));
    if (shown.length === 0) out.push("@NULL:");
    else if (showsFields) out.push(`@${shown.join("|")}:`);
  }
  switch (node.kind) {
    case "token":
      out.push(node.text === "" ? '""' : node.text, node.expansion ? "(expanded)" : "");
      if (node.attributes.weight !== 1) {
        out.push(` => {$weight: ${general(node.attributes.weight)};}`);
      }
      out.push("\n");
      return out;
    case "intersect":
      out.push(node.exact ? "EXACT {\n" : "INTERSECT {\n");
      children(node.children);
      break;
    case "union":
      out.push("UNION {\n");
      children(node.children);
      break;
    case "not":
      out.push("NOT{\n");
      children([node.child]);
      break;
    case "optional":
      out.push("OPTIONAL{\n");
      children([node.child]);
      break;
    case "affix": {
      const { affix, text } = node;
      if (affix === "prefix") out.push(`PREFIX{${text}*}`);
      else if (affix === "suffix") out.push(`SUFFIX{*${text}}`);
      else out.push(`INFIX{*${text}*}`);
      break;
    }
    case "pattern":
      out.push(`WILDCARD{${node.pattern}}`);
      break;
    case "fuzzy":
      out.push(`FUZZY{${node.text}}`);
      break;
    case "numeric":
      out.push(
        `NUMERIC {${fixed(node.min)} ${node.minExclusive ? "<" : "<="} @${node.field} ${
          node.maxExclusive ? "<" : "<="
        } ${fixed(node.max)}}`,
      );
      break;
    case "geo":
      out.push(
        `GEO ${node.field}:{${fixed(node.longitude)},${fixed(node.latitude)} --> ${
          fixed(node.radius)
        } ${node.unit}}`,
      );
      break;
    case "tag":
      out.push(`TAG:@${node.field} {\n`);
      children(node.children.map(withoutEscapes));
      break;
    case "missing":
      out.push(`ISMISSING{${node.field}}`);
      break;
    case "geoshape":
      out.push(`GEOSHAPE{${PREDICATES.indexOf(node.predicate) + 1} ${node.shape}}`);
      break;
    case "vector":
      out.push("VECTOR {");
      if (node.child !== undefined) {
        out.push("\n", ...lines(node.child, depth + 1, names), indent, "} => {");
      }
      out.push(
        node.query.type === "knn"
          ? `K=${node.query.k} nearest vectors to`
          : `Vectors that are within ${general(node.query.radius)} distance radius from`,
        ` \`$${node.parameter}\` in vector index associated with field @${node.field}`,
      );
      if (node.attributes.distanceAs !== undefined) {
        out.push(`, yields distance as \`${node.attributes.distanceAs}\``);
      }
      out.push("}");
      break;
    case "all":
      out.push("<WILDCARD>");
      break;
    case "nothing":
      out.push("<empty>");
      break;
    case "keys":
      out.push("IDS {}");
      break;
  }
  const { weight, slop, inOrder } = node.attributes;
  if (weight !== 1 || slop !== undefined || inOrder) {
    out.push(" => {");
    if (weight !== 1) out.push(` $weight: ${general(weight)};`);
    if (slop !== undefined) out.push(` $slop: ${slop};`);
    if (slop !== undefined || inOrder) out.push(` $inorder: ${inOrder ?? false};`);
    out.push(" }");
  }
  out.push("\n");
  return out;
}

/** A tag as it is told: of several words, without what escapes their characters. */
function withoutEscapes(tag: QueryNode): QueryNode {
  if (tag.kind !== "intersect") return tag;
  const children = tag.children.map((word) =>
    word.kind === "token" ? { ...word, text: unescaped(word.text) } : word
  );
  return { ...tag, children };
}
