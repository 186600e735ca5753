/**
 * What a path is made of once it is read.
 *
 * @module
 */

import type { JsonValue } from "../values.ts";

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
  | { readonly kind: "filter"; readonly filter: Filter }
  /** What a condition of Redis 8.10 holds of. */
  | { readonly kind: "where"; readonly condition: Condition };

/** Operators between two expressions, as of Redis 8.10. */
export type Relation =
  | Operator
  | "in"
  | "nin"
  | "subsetof"
  | "anyof"
  | "noneof"
  | "size"
  | "sizeof"
  | "empty";

/** A condition as of Redis 8.10. */
export type Condition =
  | { readonly kind: "all" | "any"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition }
  | {
    readonly kind: "relation";
    readonly left: Expression;
    readonly relation: Relation;
    readonly right: Expression;
  }
  /** Whether an expression gives anything, or, of one that gives a boolean, that. */
  | { readonly kind: "given"; readonly expression: Expression };

/** An operator between two numbers. */
export type Arithmetic = "+" | "-" | "*" | "/" | "%";

/** What is computed of a document, as of Redis 8.10. */
export type Expression =
  | { readonly kind: "literal"; readonly value: JsonValue }
  /** The values that a path leads to, or the names of their members. */
  | {
    readonly kind: "path";
    readonly from: "current" | "root";
    readonly steps: readonly Step[];
    readonly names: boolean;
  }
  | {
    readonly kind: "arithmetic";
    readonly operator: Arithmetic;
    readonly left: Expression;
    readonly right: Expression;
  }
  | { readonly kind: "sign"; readonly negative: boolean; readonly operand: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

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
  /** What it computes in place of leading anywhere; undefined of most. */
  readonly projection?: Expression;
}

/** Whether a path is the root's. */
export function isRoot({ steps, projection }: Path): boolean {
  return steps.length === 0 && projection === undefined;
}

/** Whether a path leads to one value at most. */
export function isStatic({ steps }: Path): boolean {
  return steps.every((step) =>
    step.kind === "names" && step.names.length === 1 ||
    step.kind === "indexes" && step.indexes.length === 1
  );
}
