/**
 * A query as the parser leaves it: what FT.EXPLAIN prints and the execution evaluates.
 *
 * Words are in their folded form, not stemmed yet: what a word expands to is the execution's matter.
 *
 * @module
 */

/** What `=> { $weight: … }` and its like give a node. */
export interface NodeAttributes {
  /** Factor of the node's share of the score. */
  weight: number;
  /** Words that may stand between those of a phrase; undefined for what the query has. */
  slop: number | undefined;
  /** Whether the words of a phrase must be in order; undefined for what the query has. */
  inOrder: boolean | undefined;
  /** Whether words that sound alike match; undefined for what the field says. */
  phonetic: boolean | undefined;
  /** The name under which results have the node's distance. */
  distanceAs: string | undefined;
}

/** What all nodes have. */
interface AnyNode {
  attributes: NodeAttributes;
  /** Names of the text fields in which words must be; undefined for all. */
  fields: readonly string[] | undefined;
}

/** One word. */
export interface TokenNode extends AnyNode {
  kind: "token";
  text: string;
  /** Whether it is taken as it stands: no stems, no synonyms. */
  verbatim: boolean;
  /** Whether another word was expanded to it. */
  expansion?: boolean;
}

/** Documents that fulfil all children; `exact` if their words must follow each other. */
export interface IntersectNode extends AnyNode {
  kind: "intersect";
  exact: boolean;
  children: QueryNode[];
}

/** Documents that fulfil any of the children. */
export interface UnionNode extends AnyNode {
  kind: "union";
  children: QueryNode[];
}

/** Documents that do not fulfil the child. */
export interface NotNode extends AnyNode {
  kind: "not";
  child: QueryNode;
}

/** All documents; those that fulfil the child score more. */
export interface OptionalNode extends AnyNode {
  kind: "optional";
  child: QueryNode;
}

/** Words that begin, end, or begin anywhere with a text. */
export interface AffixNode extends AnyNode {
  kind: "affix";
  text: string;
  affix: "prefix" | "suffix" | "infix";
}

/** Words that a pattern of `*` and `?` matches. */
export interface PatternNode extends AnyNode {
  kind: "pattern";
  pattern: string;
}

/** Words within an edit distance. */
export interface FuzzyNode extends AnyNode {
  kind: "fuzzy";
  text: string;
  distance: 1 | 2 | 3;
}

/** Documents with a number in a range. */
export interface NumericNode extends AnyNode {
  kind: "numeric";
  field: string;
  min: number;
  max: number;
  minExclusive: boolean;
  maxExclusive: boolean;
}

/** Documents with a point in a circle. */
export interface GeoNode extends AnyNode {
  kind: "geo";
  field: string;
  longitude: number;
  latitude: number;
  radius: number;
  unit: "m" | "km" | "mi" | "ft";
}

/** Documents with a shape that relates to another so. */
export interface GeoShapeNode extends AnyNode {
  kind: "geoshape";
  field: string;
  predicate: "WITHIN" | "CONTAINS" | "INTERSECTS" | "DISJOINT";
  shape: string;
}

/** Documents with a tag that one of the children names. */
export interface TagNode extends AnyNode {
  kind: "tag";
  field: string;
  children: QueryNode[];
}

/** The nearest vectors, or those within a radius. */
export interface VectorNode extends AnyNode {
  kind: "vector";
  field: string;
  vector: Uint8Array;
  /** The parameter that the vector came from. */
  parameter: string;
  query: { type: "knn"; k: number } | { type: "range"; radius: number };
  /** Further attributes (EF_RUNTIME, EPSILON, HYBRID_POLICY, BATCH_SIZE), by name in upper case. */
  parameters: Readonly<Record<string, string>>;
  /** What KNN chooses from; undefined for all documents. */
  child: QueryNode | undefined;
}

/** Documents without a field. */
export interface MissingNode extends AnyNode {
  kind: "missing";
  field: string;
}

/** All documents. */
export interface AllNode extends AnyNode {
  kind: "all";
}

/** No document: a query of stop words only. */
export interface NothingNode extends AnyNode {
  kind: "nothing";
}

/** Documents of some keys (INKEYS). */
export interface KeysNode extends AnyNode {
  kind: "keys";
  keys: readonly Uint8Array[];
}

/** A node of a query. */
export type QueryNode =
  | TokenNode
  | IntersectNode
  | UnionNode
  | NotNode
  | OptionalNode
  | AffixNode
  | PatternNode
  | FuzzyNode
  | NumericNode
  | GeoNode
  | GeoShapeNode
  | TagNode
  | VectorNode
  | MissingNode
  | AllNode
  | NothingNode
  | KeysNode;
