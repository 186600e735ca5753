/**
 * What FT.HYBRID does with the list of both queries: steps as of FT.AGGREGATE, and options of the whole.
 *
 * @module
 */

import type { AggregateRequest, SortKey, Step } from "../../../search/aggregate/request.ts";
import type { HybridRequest } from "../../../search/hybrid.ts";
import type { QueryOptions } from "../../../search/results.ts";
import type { SearchSettings } from "../../../search/settings.ts";
import { CommandError } from "../../../store/values/errors.ts";
import { arrangementOf, readStep } from "../aggregate_arguments.ts";
import type { ArgumentCursor } from "../argument_cursor.ts";
import { readFormat } from "../format_argument.ts";
import { refusal } from "../module_arguments.ts";
import { readQueryOption } from "../search_arguments.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Rows without LIMIT. */
const DEFAULT_ROWS = 10;

/** Words that begin a step or an option, by which a field's name is told from them. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...["LIMIT", "SORTBY", "NOSORT", "PARAMS", "TIMEOUT", "FORMAT", "COMBINE", "GROUPBY", "APPLY"],
  ...["LOAD", "FILTER", "DIALECT", "EXPLAINSCORE"],
]);

/** Steps, and options of the whole. */
export class HybridSteps {
  readonly #cursor: ArgumentCursor;
  readonly #settings: SearchSettings;
  readonly #steps: Step[] = [];
  readonly #seen = new Set<string>();
  #sorts = true;
  #noRows = false;
  #expands = false;

  constructor(cursor: ArgumentCursor, settings: SearchSettings) {
    this.#cursor = cursor;
    this.#settings = settings;
  }

  /** Notes what may be there once. @throws {CommandError} If it was there. */
  once(name: string): void {
    if (this.#seen.has(name)) throw refusal(`${name}: Argument specified multiple times`);
    this.#seen.add(name);
  }

  /** Reads one of them. @returns False if the next argument is none. */
  read(options: Mutable<QueryOptions>): boolean {
    const cursor = this.#cursor;
    for (const name of ["LIMIT", "SORTBY", "NOSORT", "PARAMS", "TIMEOUT", "FORMAT", "FILTER"]) {
      if (cursor.args.is(cursor.at, name)) this.once(name);
    }
    if (cursor.takes("EXPLAINSCORE")) {
      throw new CommandError("EXPLAINSCORE is not yet supported by FT.HYBRID");
    }
    if (cursor.takes("NOSORT")) this.#sorts = false;
    else if (cursor.takes("FORMAT")) this.#expands = readFormat(cursor);
    else if (cursor.takes("LIMIT")) this.#arrange({ limit: this.#limit() });
    else if (cursor.takes("SORTBY")) this.#arrange({ keys: this.#sortKeys() });
    else if (cursor.takes("LOAD")) this.#load();
    else {
      const step = readStep(cursor);
      if (step !== undefined) this.#steps.push(step);
      else if (!cursor.args.is(cursor.at, "PARAMS") && !cursor.args.is(cursor.at, "TIMEOUT")) {
        return false;
      } else return readQueryOption(cursor, options);
    }
    if (!this.#sorts && this.#seen.has("SORTBY")) {
      throw new CommandError("NOSORT is not allowed with SORTBY");
    }
    return true;
  }

  /** SORTBY and LIMIT are one step. */
  #arrange(part: Partial<Step & { kind: "arrange" }>): void {
    const steps = this.#steps;
    const known = arrangementOf(steps);
    const step: Step = { kind: "arrange", keys: undefined, limit: undefined, ...known, ...part };
    if (known === undefined) steps.push(step);
    else steps[steps.indexOf(known)] = step;
  }

  #limit(): { offset: number; count: number } {
    const cursor = this.#cursor;
    if (cursor.left < 2) {
      throw new CommandError("LIMIT: Not enough arguments were provided");
    }
    const integer = (what: string) => {
      const text = cursor.text() ?? "";
      if (/^\d+$/.test(text)) return Number(text);
      throw new CommandError(`LIMIT ${what} must be a non-negative integer`);
    };
    const offset = integer("offset"), count = integer("count");
    if (count === 0 && offset !== 0) {
      throw new CommandError("The `offset` of the LIMIT must be 0 when `num` is 0");
    }
    const { maxResults } = this.#settings;
    if (count > maxResults) throw new CommandError(`LIMIT exceeds maximum of ${maxResults}`);
    this.#noRows = count === 0;
    return { offset, count };
  }

  /** The keys of SORTBY, whose names need no `@` and whose last direction need not be counted. */
  #sortKeys(): SortKey[] {
    const counted = this.#counted("SORTBY");
    const keys: Mutable<SortKey>[] = [];
    while (!counted.done) {
      const name = counted.required("SORTBY").replace(/^@/, "");
      const descending = counted.takes("DESC");
      if (!descending) counted.takes("ASC");
      keys.push({ name, descending });
    }
    const last = keys.at(-1);
    if (this.#cursor.takes("DESC")) {
      if (last !== undefined) last.descending = true;
    } else this.#cursor.takes("ASC");
    return keys;
  }

  #counted(name: string): ArgumentCursor {
    const cursor = this.#cursor;
    const given = cursor.text() ?? "";
    if (!/^\d+$/.test(given)) {
      throw new CommandError(`${name}: Failed to parse the argument count`);
    }
    const count = Number(given);
    if (count === 0) throw new CommandError(`${name}: Invalid argument count`);
    if (count > cursor.left) {
      throw new CommandError(
        `${name}: Not enough arguments were provided based on argument count`,
      );
    }
    return cursor.slice(count);
  }

  /** LOAD: a star, or fields by their count, in which AS and the names it gives need not be. */
  #load(): void {
    const cursor = this.#cursor;
    if (cursor.takes("*")) return void this.#steps.push({ kind: "load", fields: undefined });
    const given = cursor.text() ?? "";
    if (!/^\d+$/.test(given) || Number(given) === 0) {
      throw new CommandError(
        "Bad arguments for LOAD: Expected number of fields or `*`",
      );
    }
    const count = Number(given);
    if (count > cursor.left) throw new CommandError("Not enough arguments for LOAD");
    const from = cursor.at;
    let fields = this.#fields(count);
    if (!cursor.done && !KEYWORDS.has(cursor.args.text(cursor.at).toUpperCase())) {
      cursor.at = from;
      fields = this.#fields(Infinity, count);
    }
    this.#steps.push({ kind: "load", fields });
  }

  /** Fields of so many arguments, or so many fields. */
  #fields(size: number, most = Infinity): { path: string; as: string }[] {
    const cursor = this.#cursor;
    const end = cursor.at + size;
    const fields: { path: string; as: string }[] = [];
    while (cursor.at < end && fields.length < most && !cursor.done) {
      const path = (cursor.text() ?? "").replace(/^@/, "");
      const named = cursor.at + 1 < end && cursor.takes("AS");
      fields.push({ path, as: named ? cursor.required("AS").replace(/^@/, "") : path });
    }
    return fields;
  }

  /** What is done with the fused list: without a wish, its keys and scores, the best ten. */
  rows({ query, options }: HybridRequest, scoreAs: string | undefined): AggregateRequest {
    const steps = this.#steps;
    const shaped = steps.some(({ kind }) => kind === "load" || kind === "group");
    const key: Step = { kind: "load", fields: [{ path: "__key", as: "__key" }] };
    const best: Step = {
      kind: "arrange",
      keys: undefined,
      limit: { offset: 0, count: DEFAULT_ROWS },
    };
    const limited = !this.#sorts ||
      steps.some(({ kind }) => kind === "arrange" || kind === "group");
    return {
      query,
      options,
      steps: [...shaped ? [] : [key], ...steps, ...limited ? [] : [best]],
      noRows: this.#noRows,
      addScores: true,
      ...scoreAs === undefined ? {} : { scoreAs },
      ...this.#expands ? { expands: true } : {},
      cursor: undefined,
    };
  }
}
