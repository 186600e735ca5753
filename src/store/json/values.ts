/**
 * JSON values in memory. Integers and floating-point numbers are told apart, as RedisJSON does: `1` and
 * `1.0` are two values. A number that JavaScript has as an integer is one, a fraction is a double, and the
 * doubles that look like integers (`1.0`, `-0.0`, `1e300`) are boxed; integers beyond 2^53 are bigints.
 *
 * @module
 */

/** A double without a fraction, which as a plain number would be an integer. */
export class JsonDouble {
  /** The number. */
  readonly value: number;

  /** @param value Has no fraction. */
  constructor(value: number) {
    this.value = value;
  }
}

/** A number: see above. */
export type JsonNumber = number | bigint | JsonDouble;

/** An array. */
export class JsonArray {
  /** Its elements. */
  items: JsonValue[];

  /** @param items Become the array's own. */
  constructor(items: JsonValue[] = []) {
    this.items = items;
  }
}

/** Members from which on names are found by a map. */
const INDEXED = 12;

/** An object: members in an order, each name once. */
export class JsonObject {
  /** The names. */
  keys: string[];
  /** What each name holds. */
  items: JsonValue[];
  #index: Map<string, number> | undefined;

  /** @param keys Distinct; they and the items become the object's own. */
  constructor(keys: string[] = [], items: JsonValue[] = []) {
    this.keys = keys;
    this.items = items;
  }

  /** Where a name is; -1 if it is not. */
  indexOf(key: string): number {
    const { keys } = this;
    if (keys.length < INDEXED) return keys.indexOf(key);
    if (this.#index === undefined) {
      const index = this.#index = new Map<string, number>();
      for (let i = 0; i < keys.length; i++) index.set(keys[i]!, i);
    }
    return this.#index.get(key) ?? -1;
  }

  /** What a name holds. */
  get(key: string): JsonValue | undefined {
    const at = this.indexOf(key);
    return at < 0 ? undefined : this.items[at];
  }

  /** Sets what a name holds, which comes last if it is new. */
  set(key: string, value: JsonValue): void {
    const at = this.indexOf(key);
    if (at >= 0) {
      this.items[at] = value;
      return;
    }
    this.#index?.set(key, this.keys.length);
    this.keys.push(key);
    this.items.push(value);
  }

  /** Takes a member out; the last one takes its place, as in RedisJSON. */
  removeAt(at: number): void {
    const key = this.keys.pop(), item = this.items.pop();
    if (key === undefined || item === undefined) return;
    if (at === this.keys.length) {
      this.#index?.delete(key);
      return;
    }
    this.#index?.delete(this.keys[at]!);
    this.keys[at] = key;
    this.items[at] = item;
    this.#index?.set(key, at);
  }
}

/** Any value. */
export type JsonValue = null | boolean | string | JsonNumber | JsonArray | JsonObject;
/** A value that has others in it. */
export type JsonContainer = JsonArray | JsonObject;

/** Whether a value has others in it. */
export function isContainer(value: JsonValue | undefined): value is JsonContainer {
  return value instanceof JsonArray || value instanceof JsonObject;
}

/** A double as a value. */
export function doubleValue(value: number): number | JsonDouble {
  return Number.isInteger(value) ? new JsonDouble(value) : value;
}

/** An integer as a value. */
export function integerValue(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The name that JSON.TYPE has for a value. */
export function typeName(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (value instanceof JsonDouble) return "number";
  return value instanceof JsonArray ? "array" : "object";
}

/** Whether a value is a number. */
export function isNumber(value: JsonValue): value is JsonNumber {
  return typeof value === "number" || typeof value === "bigint" || value instanceof JsonDouble;
}

/** A number as a double. */
export function asDouble(value: JsonNumber): number {
  return value instanceof JsonDouble ? value.value : Number(value);
}

/** Whether a number is an integer. */
export function isInteger(value: JsonNumber): value is number | bigint {
  return typeof value === "bigint" || typeof value === "number" && Number.isInteger(value);
}

/** A copy that shares nothing that can change. */
export function clone(value: JsonValue): JsonValue {
  if (value instanceof JsonArray) return new JsonArray(value.items.map(clone));
  if (value instanceof JsonObject) return new JsonObject([...value.keys], value.items.map(clone));
  return value;
}

/**
 * Whether two values are the same; members of objects in any order.
 *
 * @param strict Whether an integer is never a double.
 */
export function isSame(a: JsonValue, b: JsonValue, strict: boolean): boolean {
  if (isNumber(a)) {
    if (!isNumber(b)) return false;
    if (isInteger(a) && isInteger(b)) return a === b;
    if (strict && isInteger(a) !== isInteger(b)) return false;
    return asDouble(a) === asDouble(b);
  }
  if (a instanceof JsonArray) {
    return b instanceof JsonArray && a.items.length === b.items.length &&
      a.items.every((item, i) => isSame(item, b.items[i]!, strict));
  }
  if (a instanceof JsonObject) {
    return b instanceof JsonObject && a.keys.length === b.keys.length &&
      a.keys.every((key, i) => {
        const other = b.get(key);
        return other !== undefined && isSame(a.items[i]!, other, strict);
      });
  }
  return a === b;
}

/** Bytes that a value takes in memory, about. */
export function treeBytes(value: JsonValue): number {
  if (isContainer(value)) {
    let bytes = value instanceof JsonArray ? 80 : 112;
    for (const item of value.items) bytes += 8 + treeBytes(item);
    if (value instanceof JsonObject) bytes += 8 * value.keys.length;
    return bytes;
  }
  if (typeof value === "string") return 24 + value.length;
  return typeof value === "number" && Number.isInteger(value) || typeof value !== "object" ? 0 : 24;
}

/** How many containers a value has inside each other; 0 of a scalar. */
export function depth(value: JsonValue): number {
  if (!isContainer(value)) return 0;
  let deepest = 0;
  for (const item of value.items) {
    if (isContainer(item)) deepest = Math.max(deepest, depth(item));
  }
  return deepest + 1;
}
