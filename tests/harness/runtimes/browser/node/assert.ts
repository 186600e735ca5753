/** What the tests use of `node:assert` in its strict mode, for browsers. */

/** What a test expected and did not find. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Map || value instanceof Set) {
    return `${value.constructor.name} ${shown([...value])}`;
  }
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${[...value as Uint8Array]}`;
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return `{ ${Object.entries(value).map(([k, v]) => `${k}: ${shown(v)}`).join(", ")} }`;
}

function failed(message: unknown, otherwise: string): Error {
  if (message instanceof Error) return message;
  return new AssertionError(message === undefined ? otherwise : `${message}: ${otherwise}`);
}

/** Properties that are compared: those of one's own, by texts and by symbols. */
const keysOf = (value: object) =>
  Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date || a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Error && a.message !== (b as Error).message) return false;
  if (a instanceof Map) {
    const other = b as Map<unknown, unknown>;
    return a.size === other.size &&
      [...a].every(([key, value]) => other.has(key) && same(value, other.get(key)));
  }
  if (a instanceof Set) {
    const other = [...b as Set<unknown>];
    return a.size === other.length && [...a].every((item) => other.some((one) => same(item, one)));
  }
  const keys = keysOf(a);
  return keys.length === keysOf(b).length && keys.every((key) =>
    Object.hasOwn(b, key) &&
    same((a as Record<PropertyKey, unknown>)[key], (b as Record<PropertyKey, unknown>)[key])
  );
}

type Expected =
  | RegExp
  | object
  | (new (...args: never[]) => unknown)
  | ((error: unknown) => boolean);

function assertExpected(error: unknown, expected: Expected | undefined, message: unknown): void {
  if (expected === undefined) return;
  if (expected instanceof RegExp) {
    if (!expected.test(String(error))) throw failed(message, `${shown(error)} is not ${expected}`);
  } else if (typeof expected === "function") {
    const isClass = expected === Error || expected.prototype instanceof Error;
    const fits = isClass
      ? error instanceof (expected as ErrorConstructor)
      : expected.prototype !== undefined && error instanceof (expected as ErrorConstructor) ||
        (expected as (error: unknown) => boolean)(error) === true;
    if (!fits) throw failed(message, `${shown(error)} is not what was expected`);
  } else {
    for (const [key, value] of Object.entries(expected)) {
      const own = (error as Record<string, unknown>)[key];
      const fits = value instanceof RegExp ? value.test(String(own)) : same(own, value);
      if (!fits) throw failed(message, `${key} is ${shown(own)}, not ${shown(value)}`);
    }
  }
}

function ok(value: unknown, message?: unknown): asserts value {
  if (!value) throw failed(message, `${shown(value)} is not true`);
}

/** The functions by their names. */
export const strict = Object.assign(ok as typeof ok, {
  ok,
  fail(message?: unknown): never {
    throw failed(message, "failed");
  },
  equal(actual: unknown, expected: unknown, message?: unknown): void {
    if (!Object.is(actual, expected)) {
      throw failed(message, `${shown(actual)} is not ${shown(expected)}`);
    }
  },
  notEqual(actual: unknown, expected: unknown, message?: unknown): void {
    if (Object.is(actual, expected)) throw failed(message, `it is ${shown(actual)}`);
  },
  deepEqual(actual: unknown, expected: unknown, message?: unknown): void {
    if (!same(actual, expected)) {
      throw failed(message, `${shown(actual)} is not ${shown(expected)}`);
    }
  },
  notDeepEqual(actual: unknown, expected: unknown, message?: unknown): void {
    if (same(actual, expected)) throw failed(message, `it is ${shown(actual)}`);
  },
  match(text: string, pattern: RegExp, message?: unknown): void {
    if (!pattern.test(text)) throw failed(message, `${shown(text)} is not ${pattern}`);
  },
  doesNotMatch(text: string, pattern: RegExp, message?: unknown): void {
    if (pattern.test(text)) throw failed(message, `${shown(text)} is ${pattern}`);
  },
  throws(body: () => unknown, expected?: Expected, message?: unknown): void {
    try {
      body();
    } catch (error) {
      return assertExpected(error, expected, message);
    }
    throw failed(message, "nothing was thrown");
  },
  async rejects(
    body: Promise<unknown> | (() => Promise<unknown>),
    expected?: Expected,
    message?: unknown,
  ): Promise<void> {
    try {
      await (typeof body === "function" ? body() : body);
    } catch (error) {
      return assertExpected(error, expected, message);
    }
    throw failed(message, "nothing was rejected");
  },
});

export default strict;
