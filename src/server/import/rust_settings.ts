/** What a database of the Redlite in Rust has beside its keys: search indexes, suggestions, settings of history. */

import type { Argument } from "../../embedded/data.ts";
import type { Connection, Statement } from "../../sqlite/sqlite.ts";
import { rowsOf } from "./rust_tables.ts";
import { type ImportItem, NotUnderstood, type Words } from "./source.ts";

/** An item that is no key. */
const setting = (kind: string, db: number, words: () => Iterable<Words>): ImportItem => ({
  db,
  key: undefined,
  kind,
  expiresAtMs: 0,
  commands: words,
});

/** The search indexes, with their other names and their synonyms. */
export function* searchIndexes(
  connection: Connection,
  tables: ReadonlySet<string>,
): Iterable<ImportItem> {
  const sql =
    "SELECT id, name, on_type, coalesce(prefixes, '[]'), schema FROM ft_indexes ORDER BY id";
  for (const row of rowsOf(connection, sql)) {
    const id = row.columnNumber(0), name = row.columnText(1), on = row.columnText(2);
    const prefixes = row.columnText(3), schema = row.columnText(4);
    yield setting("search index", 0, function* () {
      yield createIndex(name, on, prefixes, schema);
      if (tables.has("ft_aliases")) {
        const aliases = "SELECT alias FROM ft_aliases WHERE index_id = ?1";
        for (const alias of rowsOf(connection, aliases, id)) {
          yield ["FT.ALIASADD", alias.columnText(0), name];
        }
      }
      if (tables.has("ft_synonyms")) {
        const synonyms = "SELECT group_id, term FROM ft_synonyms WHERE index_id = ?1 ORDER BY id";
        for (const synonym of rowsOf(connection, synonyms, id)) {
          yield ["FT.SYNUPDATE", name, synonym.columnText(0), synonym.columnText(1)];
        }
      }
    });
  }
}

function createIndex(name: string, on: string, prefixes: string, schema: string): Words {
  const list = parsed(prefixes), fields = parsed(schema);
  if (!Array.isArray(list) || !Array.isArray(fields)) throw strange(name);
  const words: Argument[] = ["FT.CREATE", name, "ON", on];
  if (list.length > 0) words.push("PREFIX", list.length, ...list.map(String));
  words.push("SCHEMA");
  for (const field of fields) words.push(...fieldOf(field, name));
  return words;
}

/** A field of a schema, whose type is kept under one name or another. */
function fieldOf(field: unknown, index: string): Argument[] {
  if (typeof field !== "object" || field === null) throw strange(index);
  const at = new Map<string, unknown>(Object.entries(field));
  const name = at.get("name"), type = at.get("field_type") ?? at.get("type");
  if (typeof name !== "string" || typeof type !== "string") throw strange(index);
  const kind = type.toUpperCase();
  const words: Argument[] = [name, kind];
  const weight = at.get("weight"), separator = at.get("separator");
  if (kind === "TEXT" && at.get("nostem") === true) words.push("NOSTEM");
  if (kind === "TEXT" && typeof weight === "number" && weight !== 1) words.push("WEIGHT", weight);
  if (kind === "TAG" && typeof separator === "string" && separator !== ",") {
    words.push("SEPARATOR", separator);
  }
  if (kind === "TAG" && at.get("case_sensitive") === true) words.push("CASESENSITIVE");
  if (at.get("sortable") === true) words.push("SORTABLE");
  if (at.get("noindex") === true) words.push("NOINDEX");
  return words;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const strange = (name: string) => new NotUnderstood(`the schema of the index ${name}`);

/** Which strings are searched. */
export function* searchedStrings(connection: Connection): Iterable<ImportItem> {
  const sql = "SELECT level, target, enabled FROM fts_settings ORDER BY id";
  for (const row of rowsOf(connection, sql)) {
    const { scope, db } = scopeOf(row.columnText(0), row.columnText(1));
    const words: Words = ["FTS", row.columnNumber(2) === 0 ? "DISABLE" : "ENABLE", ...scope];
    yield setting("setting of search", db, () => [words]);
  }
}

/** The words for a level and what it is about, of which a key has its database before it. */
function scopeOf(level: string, target: string): { scope: readonly string[]; db: number } {
  const word = level.toUpperCase();
  if (word === "GLOBAL") return { scope: [word], db: 0 };
  if (word !== "KEY") return { scope: [word, target], db: 0 };
  const [, database = "0", key = target] = /^(\d+):([^]*)$/.exec(target) ?? [];
  return { scope: [word, key], db: Number(database) };
}

/** Suggestions, which are keys here. */
export function* suggestions(connection: Connection): Iterable<ImportItem> {
  const sql = `SELECT CAST(key AS BLOB), CAST(string AS BLOB), score, CAST(payload AS BLOB)
    FROM ft_suggestions ORDER BY key, id`;
  for (const row of rowsOf(connection, sql)) {
    const words = suggestionOf(row);
    yield setting("suggestion", 0, () => [words]);
  }
}

function suggestionOf(row: Statement): Words {
  const words: Argument[] = ["FT.SUGADD", row.columnBlob(0), row.columnBlob(1)];
  words.push(row.columnNumber(2));
  if (!row.columnIsNull(3)) words.push("PAYLOAD", row.columnBlob(3));
  return words;
}

/** Whose history is recorded from now on. */
export function* historySettings(connection: Connection): Iterable<ImportItem> {
  const sql = `SELECT level, target, enabled, coalesce(retention_type, 'unlimited'),
    coalesce(retention_value, 0) FROM history_config ORDER BY id`;
  for (const row of rowsOf(connection, sql)) {
    const { scope, db } = scopeOf(row.columnText(0), row.columnText(1));
    const kind = row.columnText(3).toUpperCase(), value = row.columnNumber(4);
    const retention = kind === "TIME" || kind === "COUNT" ? ["RETENTION", kind, value] : [];
    const words: Words = row.columnNumber(2) === 0
      ? ["HISTORY", "DISABLE", ...scope]
      : ["HISTORY", "ENABLE", ...scope, ...retention];
    yield setting("setting of history", db, () => [words]);
  }
}
