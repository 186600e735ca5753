/**
 * Turns the steps of an aggregation into stages that rows are pushed through.
 *
 * A row is an array with a slot for each property; the one of documents is filled anew for each of
 * them, so a stage that keeps rows copies them. What is read of a document, from its sort values or
 * from its key, is read by the first stage that wants it, so nothing is loaded for rows that a filter
 * drops or a limit cuts off.
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import type { Field } from "../index/definition.ts";
import type { DocumentValues } from "./document_values.ts";
import { byteTextOf, plainText } from "./byte_text.ts";
import { compileExpression, nameOfExpression, type Row, type Scope } from "./expressions.ts";
import { GroupStage } from "./grouping.ts";
import { Lookup, NUMBER_SLOT, type Property } from "./lookup.ts";
import { reducerOf } from "./reducers.ts";
import type { AggregateRequest, GroupStep, LoadStep, Step } from "./request.ts";
import { LimitStage, SortStage } from "./sorting.ts";
import type { Stage } from "./stage.ts";
import { isTrue } from "./values.ts";

/** Rows of SORTBY where there is neither MAX nor LIMIT. */
const DEFAULT_SORTED = 10;
/** The most properties that rows are sorted by. */
const MOST_KEYS = 8;

/** Makes a stage in front of another, and what FT.PROFILE calls it; nothing for what it does not tell. */
interface PlannedStage {
  readonly name: string | undefined;
  readonly make: (next: Stage) => Stage;
}

/** Puts something between a stage and the next one. */
export type WatchStage = (name: string, next: Stage) => Stage;

/** What is around an aggregation. */
export interface PlanContext {
  /** The fields of the index by name. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Where values of documents come from. */
  readonly values: DocumentValues;
  /** Names of distances that documents come with. */
  readonly distances: readonly string[];
  /** The terms of the query that the current document has. */
  readonly matchedTerms: () => readonly string[] | null;
  /** Counts work; it throws where time is up. */
  readonly spend: (steps: number) => void;
}

/** A planned aggregation. */
export interface AggregatePlan {
  /** Slots of the rows that documents are made into. */
  readonly slots: number;
  /** The slot of scores, if rows have them. */
  readonly scoreSlot: number | undefined;
  /** Properties that are distances of vectors. */
  readonly distances: readonly Property[];
  /** The properties of the rows that come out. */
  readonly output: Lookup;
  /** Whether all fields of the document are part of the rows that come out. */
  readonly wholeDocuments: boolean;
  /** Whether rows come out when all went in, and in groups. */
  readonly collects: boolean;
  /** The last GROUPBY, which says how many results there are. */
  groups: GroupStage | undefined;
  /** Builds the stages. @param last Takes the rows that come out. */
  build(last: Stage, watch?: WatchStage): Stage;
}

/**
 * Plans an aggregation.
 *
 * @throws {CommandError} If a step asks for what there is not.
 */
export function planAggregation(request: AggregateRequest, context: PlanContext): AggregatePlan {
  return new Planner(request, context).plan();
}

class Planner {
  readonly #request: AggregateRequest;
  readonly #context: PlanContext;
  readonly #stages: PlannedStage[] = [];
  #lookup: Lookup;
  /** Properties that a stage reads in front of what is planned next. */
  #unread: Property[] = [];
  readonly #first: Lookup;
  #whole = false;
  #collects = false;
  #grouped = false;
  #groups: GroupStage | undefined;

  constructor(request: AggregateRequest, context: PlanContext) {
    this.#request = request;
    this.#context = context;
    this.#first = this.#lookup = new Lookup(context.fields);
  }

  plan(): AggregatePlan {
    const { addScores, scoreAs = "__score", steps } = this.#request;
    const score = addScores ? this.#lookup.put(scoreAs, { kind: "score" }) : undefined;
    const distances = this.#context.distances.map((name) => {
      return this.#lookup.put(name, { kind: "computed" });
    });
    const seen = new Set<Step["kind"]>();
    for (const step of steps) {
      this.#plan(step, seen);
      seen.add(step.kind);
    }
    const stages = this.#stages;
    const plan: AggregatePlan = {
      slots: this.#first.slots,
      scoreSlot: score?.slot,
      distances,
      output: this.#lookup,
      wholeDocuments: this.#whole && !this.#grouped,
      collects: this.#collects,
      groups: undefined,
      build: (last, watch) => {
        const first = stages.reduceRight((next, { name, make }) => {
          return make(watch === undefined || name === undefined ? next : watch(name, next));
        }, last);
        plan.groups = this.#groups;
        return first;
      },
    };
    return plan;
  }

  #plan(step: Step, seen: ReadonlySet<Step["kind"]>): void {
    switch (step.kind) {
      case "load":
        if (seen.has("apply") || seen.has("group")) {
          throw new CommandError("LOAD cannot be applied after projectors or reducers");
        }
        return this.#load(step);
      case "apply": {
        const evaluate = compileExpression(step.expression, this.#scope);
        this.#readBefore();
        const { slot } = this.#lookup.put(step.as, { kind: "computed" });
        const { spend } = this.#context;
        this.#add(`Projector - ${nameOfExpression(step.expression)}`, (next) => ({
          push(row) {
            const value = row[slot] = evaluate(row);
            if (typeof value !== "number" && value !== null) spend(value.length >> 4);
            return next.push(row);
          },
          end: () => next.end(),
        }));
        return;
      }
      case "filter": {
        const evaluate = compileExpression(step.expression, this.#scope);
        this.#readBefore();
        this.#add(`Filter - ${nameOfExpression(step.expression)}`, (next) => ({
          push: (row) => isTrue(evaluate(row)) ? next.push(row) : true,
          end: () => next.end(),
        }));
        return;
      }
      case "group":
        return this.#group(step);
      case "arrange": {
        const { keys, limit } = step;
        const offset = limit?.offset ?? 0;
        if (keys !== undefined) {
          if (keys.length > MOST_KEYS) {
            throw new CommandError(`Cannot sort by more than ${MOST_KEYS} fields`);
          }
          const sorted = keys.map(({ name, descending }) => ({
            slot: this.#slot(name, () => `Property \`${name}\` not loaded nor in schema`),
            descending,
          }));
          this.#readBefore();
          const { spend } = this.#context;
          const most = limit === undefined ? DEFAULT_SORTED : offset + limit.count;
          this.#collects = true;
          this.#add("Sorter", (next) => new SortStage(next, sorted, most, spend));
        }
        if (limit !== undefined && !this.#request.noRows) {
          // Of sorted rows from the first on it has nothing to do.
          const name = keys !== undefined && offset === 0 ? undefined : "Pager/Limiter";
          this.#add(name, (next) => new LimitStage(next, offset, limit.count));
        }
      }
    }
  }

  #add(name: string | undefined, make: PlannedStage["make"]): void {
    this.#stages.push({ name, make });
  }

  /** What an expression may name: what rows have already, and sort values. */
  get #scope(): Scope {
    return {
      slot: (given) => {
        const name = plainText(given);
        return this.#read(name) ??
          raise(`Property \`${name}\` not loaded nor in pipeline`);
      },
      matchedTerms: this.#grouped ? undefined : this.#context.matchedTerms,
      spend: this.#context.spend,
    };
  }

  /** The slot of a property that rows have, or that is a sort value. */
  #read(name: string): number | undefined {
    const known = this.#lookup.get(name);
    if (known !== undefined) return known.slot;
    const property = this.#lookup.read(name);
    if (property !== undefined) this.#unread.push(property);
    return property?.slot;
  }

  /** The slot of a property, for which the document is loaded if need be. @throws {CommandError} */
  #slot(name: string, refusal: () => string): number {
    const slot = this.#read(name);
    if (slot !== undefined) return slot;
    const field = this.#lookup.field(name);
    if (field !== undefined) return this.#want(name, field.path).slot;
    return raise(refusal());
  }

  /** Has a property loaded from the document. */
  #want(name: string, path: string): Property {
    if (path === "__key") return this.#added(name, { kind: "key" });
    const numeric = this.#lookup.field(path)?.type === "NUMERIC" ||
      [...this.#context.fields.values()].some((field) =>
        field.path === path && field.type === "NUMERIC"
      );
    return this.#added(name, { kind: "document", path, numeric });
  }

  #added(name: string, origin: Property["origin"]): Property {
    const property = this.#lookup.put(name, origin);
    this.#unread.push(property);
    return property;
  }

  #load({ fields }: LoadStep): void {
    if (fields === undefined) {
      this.#whole = true;
      return this.#add("Loader", (next) => next);
    }
    for (const { path, as } of fields) {
      if (path === "__score") {
        if (this.#lookup.get("__score") === undefined) {
          this.#lookup.put(as, { kind: "computed" });
        }
        continue;
      }
      this.#want(as, path);
    }
    this.#readBefore();
  }

  /** Plans a stage that reads what stages behind it want and none before it has read. */
  #readBefore(): void {
    const unread = this.#unread;
    this.#unread = [];
    if (unread.length === 0) return;
    const { values } = this.#context;
    const reads = unread.map(({ slot, origin }) => {
      const read = values.reader(origin);
      return { slot, read };
    });
    const loads = unread.some(({ origin: { kind } }) => kind === "document" || kind === "key");
    this.#add(loads ? "Loader" : undefined, (next) => ({
      push(row) {
        const number = row[NUMBER_SLOT] as number;
        for (let i = 0; i < reads.length; i++) {
          const { slot, read } = reads[i]!;
          row[slot] = read(number);
        }
        return next.push(row);
      },
      end: () => next.end(),
    }));
  }

  #group({ by, reducers }: GroupStep): void {
    const slots = by.map((name) => this.#slot(name, () => `No such property \`${name}\``));
    const behind = new Lookup(new Map());
    const made = reducers.map((request) => {
      const reducer = reducerOf(request, (given) => {
        const name = plainText(given);
        return this.#slot(name, () => `Property \`${name}\` not present in document or pipeline`);
      });
      return { as: request.as, reducer };
    });
    this.#readBefore();
    for (const name of by) behind.put(name, { kind: "computed" });
    for (const { as } of made) {
      if (behind.get(as) !== undefined) {
        raise(`Property \`${as}\` specified more than once`);
      }
      behind.put(as, { kind: "computed" });
    }
    this.#lookup = behind;
    this.#grouped = this.#collects = true;
    this.#add("Grouper", (next) => {
      const stage = new GroupStage(next, slots, made.map(({ reducer }) => reducer), () => {
        return behind.slots;
      }, this.#context.spend);
      // Stages are made from the last one on.
      this.#groups ??= stage;
      return stage;
    });
  }
}

function raise(message: string): never {
  throw new CommandError(byteTextOf(message));
}

/** A new row. */
export function newRow(slots: number): Row {
  return new Array<Row[number]>(slots).fill(undefined);
}
