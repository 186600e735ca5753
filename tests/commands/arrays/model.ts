/**
 * What arrays should answer, by the book: a Map of indexes, nothing kept but the insert cursor.
 * Every method gives the reply as the harness's `format` writes it in RESP2.
 */

import { quote, toBytes } from "../../harness/resp_client.ts";

const LIMIT = (1n << 64n) - 1n;
const NIL = "$-1";

const text = (value: string) => quote(toBytes(value));
const list = (items: readonly string[]) => `[${items.join(", ")}]`;
const value = (found: string | undefined) => found === undefined ? NIL : text(found);

/** One array. */
export class ArrayModel {
  #elements = new Map<bigint, string>();
  /** What ARINSERT or ARRING wrote last. */
  #cursor: bigint | undefined;

  get count(): number {
    return this.#elements.size;
  }

  /** The indexes that have elements, in order. */
  get indexes(): bigint[] {
    return [...this.#elements.keys()].sort((a, b) => a < b ? -1 : 1);
  }

  get #span(): bigint {
    let span = 0n;
    for (const index of this.#elements.keys()) if (index >= span) span = index + 1n;
    return span;
  }

  #within(from: bigint, to: bigint): bigint[] {
    const [first, last] = from <= to ? [from, to] : [to, from];
    const found = this.indexes.filter((index) => index >= first && index <= last);
    return from <= to ? found : found.reverse();
  }

  #dropIfEmpty(): void {
    if (this.#elements.size === 0) this.#cursor = undefined;
  }

  arset(index: bigint, ...values: string[]): string {
    if (index + BigInt(values.length) > LIMIT) return "-ERR array index overflow";
    return this.armset(...values.map((value, i): [bigint, string] => [index + BigInt(i), value]));
  }

  armset(...pairs: [bigint, string][]): string {
    const before = this.count;
    for (const [index, value] of pairs) this.#elements.set(index, value);
    return `:${this.count - before}`;
  }

  arget(index: bigint): string {
    return value(this.#elements.get(index));
  }

  armget(...indexes: bigint[]): string {
    return list(indexes.map((index) => this.arget(index)));
  }

  ardel(...indexes: bigint[]): string {
    const deleted = indexes.filter((index) => this.#elements.delete(index)).length;
    this.#dropIfEmpty();
    return `:${deleted}`;
  }

  ardelrange(...ranges: [bigint, bigint][]): string {
    let deleted = 0;
    for (const [from, to] of ranges) {
      for (const index of this.#within(from, to)) {
        this.#elements.delete(index);
        deleted++;
      }
    }
    this.#dropIfEmpty();
    return `:${deleted}`;
  }

  arlen(): string {
    return `:${this.#span}`;
  }

  arcount(): string {
    return `:${this.count}`;
  }

  argetrange(from: bigint, to: bigint): string {
    const step = from <= to ? 1n : -1n;
    const items: string[] = [];
    for (let index = from; index !== to + step; index += step) items.push(this.arget(index));
    return list(items);
  }

  arscan(from: bigint, to: bigint, limit = Infinity): string {
    const found = this.#within(from, to).slice(0, limit);
    return list(found.map((index) => list([`:${index}`, this.arget(index)])));
  }

  argrep(
    from: bigint | "-" | "+",
    to: bigint | "-" | "+",
    matches: (value: string) => boolean,
    limit = Infinity,
  ): string {
    const bound = (end: bigint | "-" | "+") => {
      if (typeof end === "bigint") return end;
      return end === "-" ? 0n : this.#span - 1n;
    };
    if (this.count === 0) return "[]";
    const found = this.#within(bound(from), bound(to))
      .filter((index) => matches(this.#elements.get(index) ?? ""));
    return list(found.slice(0, limit).map((index) => `:${index}`));
  }

  /** AROP of elements that are integers or words. */
  arop(from: bigint, to: bigint, operation: string, wanted = ""): string {
    const values = this.#within(from, to).map((index) => this.#elements.get(index) ?? "");
    if (operation === "USED") return `:${values.length}`;
    if (operation === "MATCH") return `:${values.filter((value) => value === wanted).length}`;
    const numbers = values.filter((value) => /^-?\d+$/.test(value)).map(BigInt);
    if (numbers.length === 0) return NIL;
    switch (operation) {
      case "SUM":
        return text(String(numbers.reduce((a, b) => a + b)));
      case "MIN":
        return text(String(numbers.reduce((a, b) => a < b ? a : b)));
      case "MAX":
        return text(String(numbers.reduce((a, b) => a > b ? a : b)));
      case "AND":
        return `:${numbers.reduce((a, b) => a & b)}`;
      case "OR":
        return `:${numbers.reduce((a, b) => a | b)}`;
      case "XOR":
        return `:${numbers.reduce((a, b) => a ^ b)}`;
    }
    throw new TypeError(operation);
  }

  arinsert(...values: string[]): string {
    const first = this.#cursor === undefined ? 0n : this.#cursor + 1n;
    if (first + BigInt(values.length) > LIMIT) return "-ERR insert index overflow";
    this.arset(first, ...values);
    this.#cursor = first + BigInt(values.length) - 1n;
    return `:${this.#cursor}`;
  }

  arring(size: bigint, ...values: string[]): string {
    this.#resize(size);
    for (const value of values) {
      this.#cursor = (this.#cursor === undefined ? 0n : this.#cursor + 1n) % size;
      this.#elements.set(this.#cursor, value);
    }
    return `:${this.#cursor}`;
  }

  #resize(size: bigint): void {
    const span = this.#span;
    const wrapped = this.#cursor !== undefined && this.#cursor + 1n < span;
    if (span === 0n || size === span || size > span && !wrapped) return;
    const kept: string[] = [];
    let index = this.#cursor === undefined ? span - 1n : this.#cursor % span;
    const room = size < span ? size : span;
    for (; BigInt(kept.length) < room; index = (index + span - 1n) % span) {
      const value = this.#elements.get(index);
      if (value === undefined) break;
      kept.unshift(value);
    }
    this.#elements = new Map(kept.map((value, i) => [BigInt(i), value]));
    this.#cursor = kept.length === 0 ? undefined : BigInt(kept.length) - 1n;
  }

  arnext(): string {
    if (this.#cursor === undefined) return ":0";
    return this.#cursor === LIMIT - 1n ? NIL : `:${this.#cursor + 1n}`;
  }

  arseek(index: bigint): string {
    if (this.count === 0) return ":0";
    this.#cursor = index === 0n ? undefined : index - 1n;
    return ":1";
  }

  arlastitems(count: number, newestFirst = false): string {
    const span = this.#span;
    const last = span - 1n;
    const cursor = this.#cursor;
    let index = cursor === undefined || cursor > last ? last : cursor;
    const items: string[] = [];
    while (items.length < count && BigInt(items.length) < span) {
      items.push(this.arget(index));
      index = index === 0n ? last : index - 1n;
    }
    return list(newestFirst ? items : items.reverse());
  }
}
