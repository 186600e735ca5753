/** What goes into commands, and how the bytes of a reply become values. */

/**
 * Bytes. Of a view over a buffer its own part of the buffer counts, as it lies in memory: a
 * `Uint16Array` of two elements is four bytes in this machine's order.
 *
 * @example
 * ```ts
 * import { type Bytes, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const bytes: Bytes = new Float64Array([1.5, 2.5]);
 * db.set("vector", bytes);
 * console.log(new Float64Array(db.bytes.get("vector")!.buffer)); // Float64Array(2) [ 1.5, 2.5 ]
 * ```
 */
export type Bytes = ArrayBufferView | ArrayBufferLike;

/**
 * A key, or another name such as a channel's: text is stored as UTF-8.
 *
 * @example
 * ```ts
 * import { type Key, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const keys: Key[] = ["text", new Uint8Array([0, 255])];
 * console.log(db.exists(keys)); // 0
 * ```
 */
export type Key = string | Bytes;

/**
 * A value, or any argument of a command. A number is stored as its decimal digits.
 *
 * @example
 * ```ts
 * import { type Argument, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const args: Argument[] = ["visits", 41];
 * db.call("SET", args);
 * console.log(db.incr("visits")); // 42
 * ```
 */
export type Argument = Key | number | bigint;

/**
 * Any number of arguments: one by one, or all in one array, which may be of any length.
 *
 * @example
 * ```ts
 * import { type Argument, type Many, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const enqueue = (...jobs: Many<Argument>) => db.rpush("queue", ...jobs);
 * enqueue("one", "two");
 * console.log(enqueue(["three", 4])); // 4
 * ```
 */
export type Many<T> = T[] | [readonly T[]];

/**
 * What keys and values come back as.
 *
 * @example
 * ```ts
 * import type { Data } from "@redlite/redlite";
 *
 * const isText = (data: Data) => typeof data === "string";
 * ```
 */
export type Data = string | Uint8Array;

/** How the bytes of a bulk string become a value. */
export type Decode = (bytes: Uint8Array, start: number, end: number) => Data;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bulk strings as text. */
export const toText: Decode = (bytes, start, end) => decoder.decode(bytes.subarray(start, end));
/** Bulk strings as bytes of their own. */
export const toBytes: Decode = (bytes, start, end) => bytes.slice(start, end);
