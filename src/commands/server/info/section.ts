/** The shape of a section of INFO. */

import type { Context } from "../../table/command.ts";

/** Names and values, in their order. */
export type Fields =
  | Readonly<Record<string, string | number>>
  | readonly (readonly [name: string, value: string | number])[];

/** Gives the fields of a section. */
export type Section = (context: Context, config: ReadonlyMap<string, string>) => Fields;
