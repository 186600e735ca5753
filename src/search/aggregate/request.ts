/** What an aggregation is asked for: its steps in their order, as the arguments say them. */

import type { QueryOptions } from "../results.ts";

/** A field that LOAD names. */
export interface LoadedField {
  /** The field's name or path. */
  readonly path: string;
  /** The name it has in rows. */
  readonly as: string;
}

/** What a REDUCE asks for. */
export interface ReducerRequest {
  /** The reducer's name in lower case. */
  readonly name: string;
  /** Its arguments, one character a byte. */
  readonly args: readonly string[];
  /** The name of what it computes. */
  readonly as: string;
}

/** A property that rows are sorted by. */
export interface SortKey {
  readonly name: string;
  readonly descending: boolean;
}

/** LOAD. */
export interface LoadStep {
  readonly kind: "load";
  /** The fields; undefined for all. */
  readonly fields: readonly LoadedField[] | undefined;
}

/** APPLY. */
export interface ApplyStep {
  readonly kind: "apply";
  /** One character a byte. */
  readonly expression: string;
  readonly as: string;
}

/** FILTER. */
export interface FilterStep {
  readonly kind: "filter";
  /** One character a byte. */
  readonly expression: string;
}

/** GROUPBY and its REDUCEs. */
export interface GroupStep {
  readonly kind: "group";
  readonly by: readonly string[];
  readonly reducers: readonly ReducerRequest[];
}

/** SORTBY and LIMIT, of which there is one for each stretch between GROUPBYs. */
export interface ArrangeStep {
  readonly kind: "arrange";
  /** Undefined without SORTBY. */
  readonly keys: readonly SortKey[] | undefined;
  /** LIMIT, whose count is MAX of SORTBY if that comes later. */
  readonly limit: { readonly offset: number; readonly count: number } | undefined;
}

/** A step of an aggregation. */
export type Step = LoadStep | ApplyStep | FilterStep | GroupStep | ArrangeStep;

/** An aggregation. */
export interface AggregateRequest {
  readonly query: Uint8Array;
  readonly options: QueryOptions;
  readonly steps: readonly Step[];
  /** Whether results are only counted: there was a LIMIT of none. */
  readonly noRows: boolean;
  /** FORMAT EXPAND: whether values of JSON come as what they are, not as texts. */
  readonly expands?: boolean;
  /** Whether rows have `__score`. */
  readonly addScores: boolean;
  /** What scores are called in rows, if that is another name. */
  readonly scoreAs?: string;
  /** WITHCURSOR: rows of a chunk, and after how many milliseconds without a reader it goes. */
  readonly cursor: { readonly count: number; readonly maxIdleMs: number } | undefined;
}
