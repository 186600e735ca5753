/** How the methods of extensions come into the type of a database that is opened with them. */

import type { PastView } from "./commands/all.ts";
import type { Moment } from "./commands/history.ts";

/** The types of an extension's methods: those of its class for text and for bytes, and what views of the past have. */
export interface MethodTypes {
  /** The methods with values as text. */
  readonly text: object;
  /** The methods with values as bytes. */
  readonly bytes: object;
  /** Those of the former that only read. */
  readonly past: object;
  /** Those of the latter. */
  readonly pastBytes: object;
}

/**
 * {@linkcode MethodTypes} of a class.
 *
 * @example
 * ```ts
 * import { CommandGroup, type Data, type Methods } from "@redlite/redlite/extension";
 *
 * abstract class PlaceCommands<V extends Data> extends CommandGroup<V> {
 *   places(): V[] {
 *     return this.run(["PLACES"]);
 *   }
 * }
 * type Places = Methods<PlaceCommands<string>, PlaceCommands<Uint8Array>, "places">;
 * ```
 */
export interface Methods<
  Text extends object,
  Bytes extends object,
  Read extends keyof Text & keyof Bytes = never,
> extends MethodTypes {
  /** The methods with values as text. */
  readonly text: Text;
  /** The methods with values as bytes. */
  readonly bytes: Bytes;
  /** Those that only read. */
  readonly past: Pick<Text, Read>;
  /** The same with values as bytes. */
  readonly pastBytes: Pick<Bytes, Read>;
}

/** Where an extension keeps the types of its methods, for the compiler alone. */
export declare const METHODS: unique symbol;

/**
 * What a database can be opened with: an `Extension` of `@redlite/redlite/extension`.
 *
 * @example
 * ```ts
 * import { type LoadableExtension, Redlite } from "@redlite/redlite";
 *
 * const none: LoadableExtension[] = [];
 * using db = Redlite.open(":memory:", { extensions: none });
 * ```
 */
export interface LoadableExtension<Types extends MethodTypes = MethodTypes> {
  /** Its name. */
  readonly name: string;
  /** The types of its methods; no value. */
  readonly [METHODS]?: Types;
}

/** The intersection of a union. */
export type All<Union> = (Union extends unknown ? (each: Union) => void : never) extends
  (all: infer Each) => void ? Each : unknown;

/** The types of methods of one extension. */
export type TypesOf<E> = E extends LoadableExtension<infer Types> ? Types : never;

/** What the methods of extensions add to a database. */
export type WithMethods<Extensions extends readonly LoadableExtension[]> =
  & All<TypesOf<Extensions[number]>["text"]>
  & {
    /** The same database with keys and values as `Uint8Array`. */
    readonly bytes: All<TypesOf<Extensions[number]>["bytes"]> & {
      /** The selected database as it was at a moment. */
      at(moment: Moment): All<TypesOf<Extensions[number]>["pastBytes"]> & PastView<Uint8Array>;
    };
    /** The selected database as it was at a moment. */
    at(moment: Moment): All<TypesOf<Extensions[number]>["past"]> & PastView<string>;
  };
