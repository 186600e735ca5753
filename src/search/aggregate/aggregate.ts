/** Runs aggregations. */

import type { ProfiledStep } from "../profile.ts";
import type { QueryNode } from "../query/ast.ts";
import type { Matches, SearchIndex } from "../results.ts";
import { CommandError } from "../../store/values/errors.ts";
import { TIME_IS_UP } from "../index/deadline.ts";
import { byteText, byteTextOf } from "./byte_text.ts";
import { DocumentValues } from "./document_values.ts";
import type { Row } from "./expressions.ts";
import { NUMBER_SLOT } from "./lookup.ts";
import { type AggregatePlan, newRow, planAggregation } from "./plan.ts";
import type { AggregateRequest } from "./request.ts";
import type { Stage } from "./stage.ts";
import type { Value } from "./values.ts";

/**
 * A row of a result: names and values, in their order; both with a character for each byte. A value
 * may be the text of JSON, which FORMAT EXPAND makes values of.
 */
export type ResultRow = readonly (readonly [name: string, value: Value, isJson: boolean])[];

/** What an aggregation comes to. */
export interface AggregateResult {
  /** How many results there are: groups, or documents that were read before the first row. */
  readonly total: number;
  readonly rows: readonly ResultRow[];
  /** How many documents had been read when each row came out. */
  readonly readBefore: readonly number[];
  /** Whether rows were there only when all documents had been read. */
  readonly collected: boolean;
  /** Why there are no more: time was up, or a row could not be computed. */
  readonly warning: string | undefined;
}

/** How an aggregation treats what goes wrong. */
export interface AggregateLimits {
  /** Whether an error is that a query took too long. */
  readonly isTimeout: (error: unknown) => boolean;
  /** Whether what was found by then is given out all the same. */
  readonly keepsPartial: boolean;
}

/** Where the documents of an aggregation come from. */
export interface DocumentStream {
  /** Names of numbers that documents come with: distances, scores. */
  readonly names: readonly string[];
  /** Begins. @param scores Whether rows have scores. */
  open(scores: boolean): Matches;
}

/**
 * Runs an aggregation over what its query finds.
 *
 * @param steps Takes what its steps have let through, for FT.PROFILE.
 * @throws {CommandError} What is wrong with it.
 */
export function aggregate(
  index: SearchIndex,
  request: AggregateRequest,
  limits: AggregateLimits,
  steps?: ProfiledStep[],
): AggregateResult {
  const { options } = request;
  const query = index.parse(request.query, options);
  const stream: DocumentStream = {
    names: distancesOf(query),
    open: (scores) => index.execute(query, { ...options, scores }),
  };
  return aggregateStream(index, request, stream, limits, steps);
}

/** Runs an aggregation over documents, wherever they come from. */
export function aggregateStream(
  index: SearchIndex,
  request: AggregateRequest,
  stream: DocumentStream,
  { isTimeout, keepsPartial }: AggregateLimits,
  steps?: ProfiledStep[],
): AggregateResult {
  const startedAt = performance.now();
  const { options } = request;
  const clock: { current?: Matches } = {};
  const values = new DocumentValues(
    index.documents,
    request.expands ? 3 : options.dialect,
    () => clock.current?.checkTime(),
  );
  const plan = planAggregation(request, {
    fields: new Map(index.definition.fields.map((field) => [field.name, field])),
    values,
    distances: stream.names,
    matchedTerms: () => clock.current === undefined ? null : termsOf(clock.current),
    spend: (steps) => clock.current?.spend(steps),
  });
  const matches = clock.current = stream.open(plan.scoreSlot !== undefined);
  const output = new Output(plan, values, request.noRows);
  const first = plan.build(
    output,
    steps === undefined ? undefined : (type, next) => {
      const step: ProfiledStep = { type, timeMs: 0, counter: 0 };
      // Stages are made from the last one on.
      steps.unshift(step);
      return {
        push(row) {
          step.counter++;
          return next.push(row);
        },
        end: () => next.end(),
      };
    },
  );
  const source = new Source(plan, matches, output, request.steps.length);
  let warning: string | undefined;
  try {
    source.run(first);
  } catch (error) {
    if (isTimeout(error)) {
      if (!keepsPartial) throw new CommandError(TIME_IS_UP);
      warning = TIME_IS_UP;
      if (!source.ended) finish(first, source, isTimeout);
    } else if (error instanceof CommandError && output.rows.length > 0) {
      // A row that cannot be computed ends what comes out.
      warning = error.message;
    } else throw error;
  }
  if (steps !== undefined) {
    const own = { timeMs: performance.now() - startedAt, counter: source.read };
    if (plan.scoreSlot !== undefined) steps.unshift({ type: "Scorer", ...own });
    steps.unshift({ type: "Index", ...own });
  }
  const { rows, readBefore } = output;
  const total = plan.groups?.size ??
    (plan.collects ? source.read : readBefore[0] ?? source.read);
  return { total, rows, readBefore, collected: plan.collects, warning };
}

/** Has the stages let out what they have gathered, as far as that is possible by now. */
function finish(first: Stage, source: Source, isTimeout: AggregateLimits["isTimeout"]): void {
  try {
    source.end(first);
  } catch (error) {
    if (!(error instanceof CommandError) && !isTimeout(error)) throw error;
  }
}

/** The names under which results have the distances of a query's vectors. */
function distancesOf(query: QueryNode): string[] {
  switch (query.kind) {
    case "vector": {
      const { field, attributes, child } = query;
      const inner = child === undefined ? [] : distancesOf(child);
      return [attributes.distanceAs ?? `__${field}_score`, ...inner];
    }
    case "intersect":
    case "union":
      return query.children.flatMap(distancesOf);
    default:
      return [];
  }
}

function termsOf(matches: Matches): string[] {
  return [...new Set(matches.terms().map(({ term }) => byteTextOf(term)))];
}

/** What a step of a row counts for in what a query may cost. */
const STEP_COST = 16;

/** Makes rows of the documents that match. */
class Source {
  /** Documents read so far. */
  read = 0;
  /** Whether all documents were read: what follows is made of what the stages have gathered. */
  ended = false;
  readonly #cost: number;
  readonly #plan: AggregatePlan;
  readonly #matches: Matches;

  /** @param steps How many steps each row goes through. */
  constructor(plan: AggregatePlan, matches: Matches, output: Output, steps: number) {
    this.#cost = STEP_COST * (1 + steps);
    this.#plan = plan;
    this.#matches = matches;
    output.source = this;
  }

  /** Counts the work of a row. */
  spend(): void {
    this.#matches.spend(this.#cost);
  }

  run(first: Stage): void {
    const { slots, scoreSlot, distances } = this.#plan;
    const matches = this.#matches;
    const row = newRow(slots);
    while (matches.next()) {
      this.read++;
      row.fill(undefined);
      row[NUMBER_SLOT] = matches.number;
      if (scoreSlot !== undefined) row[scoreSlot] = matches.score();
      for (const { name, slot } of distances) row[slot] = matches.distances?.get(name);
      if (!first.push(row)) break;
      this.spend();
    }
    this.end(first);
  }

  /** Has the stages let out what they have gathered, for which they have as much time again. */
  end(first: Stage): void {
    this.ended = true;
    this.#matches.restartTime();
    first.end();
  }
}

/** Takes the rows that come out. */
class Output implements Stage {
  readonly rows: ResultRow[] = [];
  readonly readBefore: number[] = [];
  source: Source | undefined;
  readonly #plan: AggregatePlan;
  readonly #values: DocumentValues;
  readonly #noRows: boolean;
  #names: readonly string[] | undefined;

  constructor(plan: AggregatePlan, values: DocumentValues, noRows: boolean) {
    this.#plan = plan;
    this.#noRows = noRows;
    this.#values = values;
  }

  push(row: Row): boolean {
    if (this.#noRows) return true;
    if (this.source?.ended) this.source.spend();
    const { output, wholeDocuments } = this.#plan;
    const names = this.#names ??= output.properties.map(({ name }) => byteTextOf(name));
    const made: [string, Value, boolean][] = [];
    for (const [i, name] of names.entries()) {
      const { slot, origin } = output.properties[i]!;
      const value = row[slot];
      if (value !== undefined) made.push([name, value, origin.kind === "document"]);
    }
    if (wholeDocuments) {
      const taken = new Set(made.map(([name]) => name));
      for (const [name, value] of this.#values.load(row[NUMBER_SLOT] as number)?.all() ?? []) {
        const text = byteText(name);
        if (!taken.has(text)) made.push([text, byteText(value), true]);
      }
    }
    this.rows.push(made);
    this.readBefore.push(this.source?.read ?? 0);
    return true;
  }

  end(): void {}
}
