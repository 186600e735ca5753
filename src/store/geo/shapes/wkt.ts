/**
 * Reads shapes in the text form WKT: `POINT (x y)` and `POLYGON ((x y, …), …)`, the latter with a ring
 * for each hole. What is tolerated and what is refused, and by which words, is that of the library
 * RediSearch reads it with (Boost.Geometry): a coordinate that is missing is 0, a ring need not end
 * where it begins, commas may be left out.
 *
 * @module
 */

import type { Point } from "./shape.ts";

/** A shape's text is malformed, or the shape is none. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** How much of the text an error repeats. */
const QUOTED = 100;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SPECIAL = /^([+-]?)(inf(?:inity)?|nan)$/i;

/** Walks through the words of a text. */
class Reader {
  readonly #text: string;
  readonly #words: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#words = text.match(/[(),]|[^(), \n\t\r]+/g) ?? [];
  }

  get #word(): string | undefined {
    return this.#words[this.#at];
  }

  /** The error for what is there in place of something else. */
  #failure(message: string): ShapeError {
    const at = this.#word === undefined ? "" : ` at '${this.#word}'`;
    return new ShapeError(`${message}${at} in '${this.#text.slice(0, QUOTED)}'`);
  }

  /** Reads the name and what may follow it. @returns Whether the shape is empty. */
  start(name: string): boolean {
    const quoted = `in (${this.#text.slice(0, QUOTED)})`;
    if (this.#words[this.#at++]?.toUpperCase() !== name) {
      throw new ShapeError(`Should start with '${name}'' ${quoted}`);
    }
    let isEmpty = false;
    for (;; this.#at++) {
      const word = this.#word?.toUpperCase();
      if (word === "Z" || word === "ZM" || word === "MZ") {
        throw new ShapeError(`Z only allowed for 3 or more dimensions' ${quoted}`);
      }
      if (word === "EMPTY") isEmpty = true;
      else if (word !== "M") return isEmpty;
    }
  }

  /** Reads a parenthesis. */
  expect(parenthesis: "(" | ")"): void {
    if (this.#word !== parenthesis) throw this.#failure(`Expected '${parenthesis}'`);
    this.#at++;
  }

  /** Reads what is between parentheses, with commas or none. */
  list<T>(read: () => T): T[] {
    const items: T[] = [];
    this.expect("(");
    while (this.#word !== undefined && this.#word !== ")") {
      items.push(read());
      if (this.#word === ",") this.#at++;
    }
    this.expect(")");
    return items;
  }

  /** Reads two coordinates. */
  readonly point = (): Point => {
    // All that a point leaves out is 0.
    const ends = this.#word === undefined || this.#word === "," || this.#word === ")";
    const x = ends ? 0 : this.#coordinate();
    const stops = ends || this.#word === undefined || this.#word === "," || this.#word === ")";
    return { x, y: stops ? 0 : this.#coordinate() };
  };

  #coordinate(): number {
    const word = this.#word ?? "";
    const special = SPECIAL.exec(word);
    const value = special !== null
      ? (special[2]?.toLowerCase() === "nan" ? NaN : special[1] === "-" ? -Infinity : Infinity)
      : NUMBER.test(word)
      ? Number(word)
      : undefined;
    if (value === undefined || special === null && !Number.isFinite(value)) {
      throw this.#failure(
        "bad lexical cast: source type value could not be interpreted as target",
      );
    }
    this.#at++;
    return value;
  }

  /** Makes sure that nothing follows. */
  end(): void {
    if (this.#word !== undefined) throw this.#failure("Too many tokens");
  }
}

/**
 * Reads a shape, without judging whether its rings make one: see `validity.ts`.
 *
 * @returns A point, or rings as they are written but for their first vertex, which is not repeated.
 * @throws {ShapeError} What is wrong with the text.
 */
export function readWkt(text: string): { point: Point } | { rings: Point[][] } {
  const reader = new Reader(text);
  if (text.startsWith("POI")) {
    let point = { x: 0, y: 0 };
    if (!reader.start("POINT")) {
      reader.expect("(");
      point = reader.point();
      reader.expect(")");
    }
    reader.end();
    return { point };
  }
  if (!text.startsWith("POL")) throw new ShapeError("unknown geometry type");
  const rings = reader.start("POLYGON") ? [] : reader.list(() => reader.list(reader.point));
  reader.end();
  return { rings };
}
