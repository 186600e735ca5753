/** JSON whose numbers stay as they are written: a document may have more digits than a double. */

/** A number as it is written. */
export class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A value. */
export type Json = null | boolean | string | Digits | readonly Json[] | {
  readonly [name: string]: Json;
};

/** Browsers that do not tell how a number is written tell what it is. */
interface Source {
  readonly source?: string;
}

/** Reads JSON. */
export function parseJson(text: string): Json {
  const parse: (
    text: string,
    reviver: (name: string, value: unknown, context?: Source) => unknown,
  ) => Json = JSON.parse;
  return parse(
    text,
    (_, value, context) =>
      typeof value === "number" ? new Digits(context?.source ?? String(value)) : value,
  );
}

/** The path of a member or element. */
export function pathOf(parent: string, part: string | number): string {
  return `${parent}[${JSON.stringify(part)}]`;
}
