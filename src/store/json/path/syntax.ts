/**
 * What a path is made of once it is read.
 *
 * @module
 */

/** One step from a value to others in it. */
export type Step =
  /** Members of these names. */
  | { readonly kind: "names"; readonly names: readonly string[]; readonly union: boolean }
  /** Elements at these indexes; negative ones count from the end. */
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  /** A slice. */
  | {
    readonly kind: "slice";
    readonly start: number | undefined;
    readonly end: number | undefined;
    readonly step: number;
  }
  /** Everything in a value. */
  | { readonly kind: "all" }
  /** The value itself and all that is in it, at any depth. */
  | { readonly kind: "descent" }
  /** What a condition holds of. */
  | { readonly kind: "filter"; readonly filter: Filter };

/** The operators of a comparison. */
export type Operator = ">=" | ">" | "<=" | "<" | "==" | "!=" | "=~";

/** What a comparison compares. */
export type Term =
  | { readonly kind: "integer"; readonly value: number | bigint }
  | { readonly kind: "double"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  /** Where a path leads from the value looked at, or from the root. */
  | { readonly kind: "current" | "root"; readonly steps: readonly Step[] };

/** A condition. */
export type Filter =
  | { readonly kind: "and" | "or"; readonly parts: readonly Filter[] }
  | {
    readonly kind: "compare";
    readonly left: Term;
    readonly operator: Operator;
    readonly right: Term;
  }
  /** Whether a term leads to one value. */
  | { readonly kind: "exists"; readonly term: Term };

/** A path. */
export interface Path {
  /** As it was given. */
  readonly original: string;
  /** As it is read: from the root on. */
  readonly text: string;
  /** Whether it was given without a `$`: then only the first value counts, in most commands. */
  readonly legacy: boolean;
  /** Where it leads from the root. */
  readonly steps: readonly Step[];
}

/** Whether a path is the root's. */
export function isRoot({ steps }: Path): boolean {
  return steps.length === 0;
}

/** Whether a path leads to one value at most. */
export function isStatic({ steps }: Path): boolean {
  return steps.every((step) =>
    step.kind === "names" && step.names.length === 1 ||
    step.kind === "indexes" && step.indexes.length === 1
  );
}
