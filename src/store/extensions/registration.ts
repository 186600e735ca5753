/**
 * Brings a file to what the extensions that are loaded need of it: their tables, and numbers for
 * their types. All of it is one transaction, taken only where something is missing.
 *
 * @module
 */

import { type Connection, SQLITE, SqliteError } from "../../sqlite/sqlite.ts";
import { FIRST_EXTENSION_TYPE } from "../file/extension_tables.ts";
import { TYPE_NAMES } from "../file/schema.ts";
import { isModuleId } from "./module_value.ts";
import type { ElementTable, KeyType, NamedCommand, StoreExtension } from "./extension.ts";
import { storedTypes } from "./key_types.ts";

/** An extension that this file, or this program, cannot have. */
export class ExtensionRefused extends Error {
  override readonly name = "ExtensionRefused";
  /** The extension's name, where it is the one to leave out. */
  readonly extension: string | undefined;

  /** @param extension The extension to leave out, if one is. */
  constructor(message: string, extension?: string) {
    super(message);
    this.extension = extension;
  }
}

const NAME = /^[a-z][a-z0-9_]{0,31}$/;
const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/;
const COLUMN = /^[a-z][a-z0-9_]*$/;
/** What history records of a row: so many columns of its key, and beside it. */
const MOST_KEYS = 3, MOST_OTHERS = 4;

/** A command as the file has it. */
export interface StoredCommand {
  /** Its name, `container|name` of a subcommand. */
  readonly name: string;
  /** Its ACL categories. */
  readonly categories: readonly string[];
}

/** What a file has of an extension. */
export interface StoredExtension {
  /** Its name. */
  readonly name: string;
  /** Its migrations that have run. */
  readonly version: number;
  /** Its commands and subcommands. */
  readonly commands: readonly StoredCommand[];
  /** The tables, views, indexes and triggers that it has made. */
  readonly objects: readonly string[];
}

/** What a file has of extensions. */
export function storedExtensions(connection: Pick<Connection, "prepare">): StoredExtension[] {
  const statement = connection.prepare(
    "SELECT name, version, commands, objects FROM extensions ORDER BY name",
  );
  const found: StoredExtension[] = [];
  try {
    while (statement.step()) {
      found.push({
        name: statement.columnText(0),
        version: statement.columnNumber(1),
        commands: JSON.parse(statement.columnText(2)) as StoredCommand[],
        objects: JSON.parse(statement.columnText(3)) as string[],
      });
    }
  } finally {
    statement.finalize();
  }
  return found;
}

/** Makes sure that extensions are as they should be. @throws {ExtensionRefused} */
export function assertExtensions(extensions: readonly StoreExtension[]): void {
  const names = new Set<string>(), types = new Set<string>(TYPE_NAMES), ids = new Set<string>();
  for (const { name, types: brought = [] } of extensions) {
    if (!NAME.test(name)) {
      throw new ExtensionRefused(
        `"${name}" is no name of an extension: lower case letters, digits and "_"`,
      );
    }
    if (names.has(name)) throw new ExtensionRefused(`two extensions are named ${name}`);
    names.add(name);
    for (const type of brought) {
      assertType(name, type);
      if (types.has(type.name)) {
        throw new ExtensionRefused(`${name}: there is a type ${type.name} already`);
      }
      types.add(type.name);
      if (type.dump === undefined) continue;
      const id = type.dump.id ?? type.name;
      if (!isModuleId(id) || ids.has(id)) {
        throw new ExtensionRefused(
          `${name}: "${id}" cannot be the id of ${type.name} in dumps: nine letters, digits, ` +
            `"-" or "_" that no other type has`,
        );
      }
      ids.add(id);
    }
  }
}

function assertType(extension: string, { name, tables }: KeyType): void {
  const refuse = (why: string) => new ExtensionRefused(`${extension}: type ${name} ${why}`);
  if (!TYPE_NAME.test(name)) throw refuse("has a name that cannot be one");
  if (tables.length === 0) throw refuse("needs a table for its elements");
  for (const { table, columns, key, told } of tables) {
    const names = Object.keys(columns);
    if (!belongs(extension, table)) throw refuse(`has a table ${table}, not ${extension}_…`);
    if (!names.every((column) => COLUMN.test(column) && column !== "key_id")) {
      throw refuse(`has columns in ${table} that are named otherwise than in lower case`);
    }
    if (key.some((column, i) => names[i] !== column)) {
      throw refuse(`has a key in ${table} whose columns are not the first`);
    }
    if (told !== undefined && !names.slice(key.length).includes(told)) {
      throw refuse(`has no column ${told} in ${table} that could be told`);
    }
    if (key.length > MOST_KEYS || names.length - key.length > MOST_OTHERS) {
      throw refuse(
        `has in ${table} more than ${MOST_KEYS} columns in the key or ${MOST_OTHERS} beside: ` +
          "put some into a table of their own",
      );
    }
  }
}

/** Whether a name is one that an extension may give to what it makes. */
function belongs(extension: string, object: string): boolean {
  return object.startsWith(`${extension}_`) || object.startsWith(`redlite_${extension}`);
}

/**
 * Makes what is missing in a file.
 *
 * @param path The file's path, for messages.
 * @throws {ExtensionRefused} If the file is of a newer version of one, or nothing may be written to it.
 */
export function registerExtensions(
  connection: Connection,
  path: string,
  extensions: readonly StoreExtension[],
  readonly: boolean,
): void {
  if (extensions.length === 0) return;
  assertExtensions(extensions);
  const lacking = missing(connection, path, extensions, !readonly)
    .filter(({ readsWithoutTables }) => !readonly || readsWithoutTables !== true);
  if (lacking.length === 0) return;
  if (readonly) {
    throw new ExtensionRefused(
      `${path} has not what the extension ${
        lacking[0]?.name
      } needs, and is open for reading only; ` +
        "open it with the extension once for writing",
      lacking[0]?.name,
    );
  }
  connection.begin(true);
  try {
    for (const extension of missing(connection, path, extensions, true)) {
      register(connection, extension);
    }
    connection.commit();
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

/** The extensions that the file has not all of. @param names Whether their commands' names count. */
function missing(
  connection: Connection,
  path: string,
  extensions: readonly StoreExtension[],
  names: boolean,
): StoreExtension[] {
  const stored = new Map(storedExtensions(connection).map((each) => [each.name, each]));
  const types = new Map(storedTypes(connection).map((each) => [each.name, each]));
  return extensions.filter(({ name, migrations = [], types: brought = [], commands = [] }) => {
    for (const type of brought) {
      const owner = types.get(type.name)?.extension ?? name;
      if (owner !== name) {
        throw new ExtensionRefused(
          `${path} has the type ${type.name} of the extension ${owner}`,
          name,
        );
      }
    }
    const found = stored.get(name);
    if (found === undefined) return true;
    if (found.version > migrations.length) {
      throw new ExtensionRefused(
        `${path} has version ${found.version} of the extension ${name}, and this is ` +
          `${migrations.length}; use a newer one`,
        name,
      );
    }
    return found.version < migrations.length ||
      brought.some((type) => tablesOf(type) !== tablesOf(types.get(type.name))) ||
      names && JSON.stringify(found.commands) !== JSON.stringify(storedCommands(commands));
  });
}

function register(connection: Connection, extension: StoreExtension): void {
  const { name, migrations = [], types = [], commands = [] } = extension;
  const stored = storedExtensions(connection).find((each) => each.name === name);
  const before = objectsOf(connection);
  for (const migration of migrations.slice(stored?.version ?? 0)) {
    migrateBy(connection, migration, name);
  }
  const objects = new Set(stored?.objects);
  const after = objectsOf(connection);
  for (const object of after) if (!before.has(object)) objects.add(object);
  for (const object of objects) {
    if (!after.has(object)) objects.delete(object);
    else if (!belongs(name, object)) {
      throw new ExtensionRefused(
        `${name} makes ${object}: what it makes is to be named ${name}_… or redlite_${name}…`,
        name,
      );
    }
  }
  for (const type of types) for (const table of type.tables) assertTable(connection, name, table);
  // Whoever has not the extension deletes from them.
  for (const { extension: owner, name: type, tables } of storedTypes(connection)) {
    const gone = owner === name ? tables.find(({ table }) => !after.has(table)) : undefined;
    if (gone === undefined || types.some((brought) => brought.name === type)) continue;
    throw new ExtensionRefused(`${name} drops ${gone.table}, which has keys of ${type}`, name);
  }
  const save = connection.prepare(`INSERT INTO extensions(name, version, commands, objects)
    VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET version = ?2, commands = ?3, objects = ?4`);
  save.bindText(1, name);
  save.bindInteger(2, migrations.length);
  save.bindText(3, JSON.stringify(storedCommands(commands)));
  save.bindText(4, JSON.stringify([...objects]));
  save.run();
  save.finalize();
  for (const type of types) saveType(connection, name, type);
}

/** @throws {ExtensionRefused} If SQLite cannot do what a migration says. */
function migrateBy(connection: Connection, migration: string, extension: string): void {
  try {
    connection.exec(migration);
  } catch (error) {
    if (!(error instanceof SqliteError) || error.primary !== SQLITE.ERROR) throw error;
    const why = `what the extension ${extension} needs cannot be made: ${error.message}`;
    throw new ExtensionRefused(why, extension);
  }
}

/** The names of all that is in a file. Those of the shadow tables of virtual ones are among them. */
function objectsOf(connection: Connection): Set<string> {
  const statement = connection.prepare(
    "SELECT name FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  const names = new Set<string>();
  while (statement.step()) names.add(statement.columnText(0));
  statement.finalize();
  return names;
}

/** Makes sure that a table is there, as its declaration has it. */
function assertTable(
  connection: Connection,
  extension: string,
  { table, columns, key }: ElementTable,
): void {
  const statement = connection.prepare(`PRAGMA main.table_info("${table}")`);
  const found: string[] = [], primary: string[] = [];
  while (statement.step()) {
    found.push(statement.columnText(1));
    const place = statement.columnNumber(5);
    if (place > 0) primary[place - 1] = statement.columnText(1);
  }
  statement.finalize();
  const declared = ["key_id", ...Object.keys(columns)].sort().join(", ");
  const wanted = ["key_id", ...key].join(", ");
  if ([...found].sort().join(", ") !== declared || primary.join(", ") !== wanted) {
    throw new ExtensionRefused(
      `${extension}: the table ${table} has not the columns ${declared}, with the primary key ${wanted}`,
      extension,
    );
  }
}

/** Commands and their subcommands, as the file has them. */
function storedCommands(commands: readonly NamedCommand[]): StoredCommand[] {
  return commands.flatMap(({ fullName, categories, subcommands = [] }) => [
    { name: fullName, categories },
    ...storedCommands(subcommands),
  ]);
}

/** The tables of a type as a text. */
function tablesOf(type: Pick<KeyType, "tables"> | undefined): string {
  return JSON.stringify(
    type?.tables.map(({ table, columns, key, told }) => ({ table, columns, key, told })),
  );
}

function saveType(connection: Connection, extension: string, type: KeyType): void {
  const save = connection.prepare(`INSERT INTO extension_types(type, name, extension, empty, tables)
    VALUES ((SELECT max(${FIRST_EXTENSION_TYPE} - 1, coalesce(max(type), 0)) + 1
      FROM extension_types), ?1, ?2, ?3, ?4)
    ON CONFLICT(name) DO UPDATE SET empty = ?3, tables = ?4`);
  save.bindText(1, type.name);
  save.bindText(2, extension);
  save.bindInteger(3, type.mayBeEmpty === true ? 1 : 0);
  save.bindText(4, tablesOf(type));
  save.run();
  save.finalize();
}
