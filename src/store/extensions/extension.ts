/**
 * What an extension brings to a store: tables of its own, types of keys, and what it does as the
 * store goes on. Its commands and methods are beside that (embedded/extension.ts).
 *
 * A file outlives the programs that open it, so it remembers what others have to know: which version
 * of an extension's tables it has, which commands want the extension, and which tables hold the rows
 * of a type. Without the extension keys of its types are deleted, renamed, copied and expire as any.
 *
 * @module
 */

import type { Collection } from "../collections/collection.ts";
import type { ChangeWatcher } from "../../engine/changes.ts";
import type { Connection } from "../../sqlite/sqlite.ts";
import type { ModuleInput, ModuleOutput } from "./module_value.ts";
import type { Store } from "../store.ts";

/** What a column of a table of elements holds; NULL may stand in any that is not of the key. */
export type ColumnKind = "INTEGER" | "REAL" | "TEXT" | "BLOB";

/**
 * A table whose rows belong to keys: its first column is `key_id`, an INTEGER, and its primary key
 * is `key_id` and what {@linkcode ElementTable.key} names. It is an ordinary table, `WITHOUT ROWID`
 * or not: everybody can delete from it who has SQLite alone.
 */
export interface ElementTable {
  /** Its name. */
  readonly table: string;
  /** All its columns but `key_id`, those of its key first, and what they hold. At most four beside its key. */
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** The columns that tell a row from others of the same key; three at most, none if each key has one row. */
  readonly key: readonly string[];
  /** The column that HISTORY tells of an element beside its name; of the first table, with a key of one column. */
  readonly told?: string;
}

/** How DUMP writes the values of a type, and RESTORE reads them: as Redis's modules do. */
export interface DumpForm {
  /** Nine letters, digits, `-` or `_`, which no other type has. Default: the type's name. */
  readonly id?: string;
  /** The form's version, up to 1023. */
  readonly version: number;
  /** Writes a value. */
  write(store: Store, collection: Collection, output: ModuleOutput): void;
  /**
   * Reads a value and checks all of it, before anything is written.
   *
   * @param version The form's version it was written in.
   * @returns What puts it into a new collection.
   * @throws {CommandError} If it is none.
   */
  read(
    input: ModuleInput,
    version: number,
    store: Store,
  ): (collection: Collection) => void;
}

/**
 * A type of keys. Its value is held as those of Redlite's own: a {@linkcode Collection} in memory
 * while it is in use, one row of `keys` with its length and a few bytes of metadata, and rows of its
 * tables under the collection's id, written at once by the commands that change them.
 */
export interface KeyType {
  /** What TYPE answers. */
  readonly name: string;
  /** The tables that hold its rows. Those of the first are counted by the collection's length. */
  readonly tables: readonly ElementTable[];
  /** Whether a key may have no element. Default: no, the key goes with its last one. */
  readonly mayBeEmpty?: boolean;
  /** OBJECT ENCODING's answers, by the collection's encoding (0 to 15). Default: `raw`. */
  readonly encodings?: readonly string[];
  /** DUMP, RESTORE and HISTORY REVERT; without it they are refused. */
  readonly dump?: DumpForm;
  /** The command that replies with all of a value, for HISTORY GETAT: its name, and what follows the key. */
  readonly whole?: readonly [name: string, ...args: string[]];
  /**
   * Bytes of a value, for MEMORY USAGE. Default: by the mean size of some rows of its tables.
   *
   * @param samples How many elements to look at; -1 for all.
   */
  bytes?(store: Store, collection: Collection, samples: number): number;
  /**
   * Digests a value, for DEBUG DIGEST: calls `element` for each. Default: all rows of all tables.
   */
  digest?(
    store: Store,
    collection: Collection,
    element: (...parts: (Uint8Array | string)[]) => void,
  ): void;
}

/** A query that selects a line for each thing that is wrong, for INTEGRITY. */
export interface IntegrityCheck {
  /** What is checked. */
  readonly name: string;
  /** The query; its first column is the line. */
  readonly sql: string;
}

/** A parameter of CONFIG, named `extension.name`, and a flag of the server. */
export interface ExtensionParameter {
  /** Its name without the extension's. */
  readonly name: string;
  /** The value it has unless told otherwise. */
  readonly initial: string;
  /** Whether only the start sets it. Default: no, CONFIG SET does too. */
  readonly ofStart?: boolean;
  /** Reads a value. @returns It as CONFIG GET shows it. @throws {Error} Why it is none. */
  parse?(text: string): string;
  /** Puts a value into effect: the initial one when the server starts, too. */
  apply?(store: Store, value: string): void;
}

/** What an extension does in a store: made when it is opened, for the store of a past moment too. */
export interface Attachment extends Partial<ChangeWatcher> {
  /**
   * Some work in the background, of a millisecond or two, in a turn of its own: about ten times a
   * second, and at once again while there is more. It calls `engine.read()` or `engine.write()` itself.
   *
   * @returns Whether there is more.
   */
  slice?(): boolean;
  /** The rows of an id were copied to a new one (COPY). @param type One of `TYPE`, or an extension's. */
  copied?(type: number, id: number, newId: number): void;
  /** The last rows of an id, whose key is long gone, have been deleted. */
  gone?(type: number, id: number): void;
  /** The fields of its section of INFO. */
  info?(): Readonly<Record<string, string | number>>;
  /** The store is closed. */
  close?(): void;
}

/** What a file remembers of a command. */
export interface NamedCommand {
  /** Its name, `container|name` of a subcommand. */
  readonly fullName: string;
  /** Its ACL categories. */
  readonly categories: readonly string[];
  /** The subcommands of a container. */
  readonly subcommands?: readonly NamedCommand[] | undefined;
}

/** The part of an extension that a store knows. */
export interface StoreExtension {
  /** Its name, as `--ext` takes it: lower case letters, digits and `_`. */
  readonly name: string;
  /** What MODULE LIST and INFO call its version. Default: the number of its migrations. */
  readonly version?: number;
  /**
   * The statements that bring its tables from each version to the next. What they make has names that
   * begin with the extension's and `_`; views may be named `redlite_` and the extension's.
   */
  readonly migrations?: readonly string[];
  /**
   * Whether it works without what its migrations make, on a file that is open for reading only and has
   * not got it. Default: no, it is refused there.
   */
  readonly readsWithoutTables?: boolean;
  /** Types of keys. */
  readonly types?: readonly KeyType[];
  /** What INTEGRITY checks beside. */
  readonly checks?: readonly IntegrityCheck[];
  /** Parameters of CONFIG. */
  readonly parameters?: readonly ExtensionParameter[];
  /** Its commands, whose names and ACL categories the file remembers. */
  readonly commands?: readonly NamedCommand[];
  /**
   * Gets a connection ready: that of the turns, and each that reads beside it. It may register
   * functions or load a library. What it throws keeps the extension from being loaded.
   */
  connect?(connection: Connection): void;
  /** Begins in a store that was opened. Statements are better prepared when they are first used. */
  attach?(store: Store): Attachment | undefined;
}
