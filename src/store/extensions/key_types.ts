/**
 * The types that extensions have brought to a file, whether these are loaded or not: their names, and
 * the tables that hold their rows. Another process may add some at any time, so they are read anew
 * after its commit.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Connection } from "../../sqlite/sqlite.ts";
import { FIRST_EXTENSION_TYPE } from "../file/extension_tables.ts";
import { TYPE_NAMES } from "../file/schema.ts";
import type { ElementTable } from "./extension.ts";

const LOAD = "SELECT type, name, extension, empty, tables FROM extension_types ORDER BY type";

/** A type as the file has it. */
export interface StoredType {
  /** Its number in `keys.type`. */
  readonly type: number;
  /** Its name. */
  readonly name: string;
  /** The extension that brings it. */
  readonly extension: string;
  /** Whether a key of it may have no element. */
  readonly mayBeEmpty: boolean;
  /** The tables that hold its rows; those of the first are what its length counts. */
  readonly tables: readonly ElementTable[];
}

/** Reads the types of extensions. */
export function storedTypes(connection: Pick<Connection, "prepare">): StoredType[] {
  const statement = connection.prepare(LOAD);
  const types: StoredType[] = [];
  try {
    while (statement.step()) {
      types.push({
        type: statement.columnNumber(0),
        name: statement.columnText(1),
        extension: statement.columnText(2),
        mayBeEmpty: statement.columnNumber(3) === 1,
        tables: JSON.parse(statement.columnText(4)) as ElementTable[],
      });
    }
  } finally {
    statement.finalize();
  }
  return types;
}

/** Whether a type is an extension's. */
export function isOfExtension(type: number): boolean {
  return type >= FIRST_EXTENSION_TYPE;
}

/** Knows the types of one store. */
export class KeyTypes {
  readonly #engine: Engine;
  #types: ReadonlyMap<number, StoredType> | undefined;

  /** Takes the engine whose file it is. */
  constructor(engine: Engine) {
    this.#engine = engine;
    engine.addListener({ forget: () => this.#types = undefined, beforeCommit: () => {} });
  }

  /** The name of a type, as TYPE answers it. */
  nameOf(type: number): string {
    return TYPE_NAMES[type] ?? this.get(type)?.name ?? "unknown";
  }

  /** A type of an extension; undefined if the file has none of this number. */
  get(type: number): StoredType | undefined {
    return (this.#types ?? this.#load()).get(type);
  }

  /** All types of extensions. */
  all(): StoredType[] {
    return [...(this.#types ?? this.#load()).values()];
  }

  #load(): ReadonlyMap<number, StoredType> {
    this.#engine.read();
    return this.#types = new Map(
      storedTypes(this.#engine.connection).map((type) => [type.type, type]),
    );
  }
}
