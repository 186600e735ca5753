/**
 * Saves what can be read of a damaged database into a new one: all rows of all tables that SQLite can
 * still reach, of Redlite's and of the program's own. Then what the store relies on is made true again
 * (repair.ts), and what is lost is told.
 *
 * What SQLite cannot reach, below a damaged inner page or without the first page, is looked for on the
 * pages themselves (pages.ts).
 *
 * @module
 */

import { dirname } from "node:path";
import { SUFFIXES } from "../../engine/log/reading.ts";
import { files, isTaken } from "../../runtime/files.ts";
import type { Connection, Driver } from "../../sqlite/sqlite.ts";
import { forgetLog, removeIfThere, syncDirectory, syncFile } from "../file/backup.ts";
import { checkIntegrity } from "../file/integrity.ts";
import { besideOf } from "../place/leftovers.ts";
import { migrate } from "../file/migrate.ts";
import { realPath, requirePermissions } from "../place/open_files.ts";
import { APPLICATION_ID } from "../file/schema.ts";
import { CommandError, err } from "../values/errors.ts";
import { type DamagedTable, type Gap, isDamage } from "./ranges.ts";
import { PageFile } from "./pages.ts";
import { applyCopiedLog, type ApplyLog, copyLog } from "./logged_turns.ts";
import { claimForReading, openForReading } from "./reading.ts";
import { addRows, type RootedTable, rootsOf } from "./raw_rows.ts";
import { repair } from "./repair.ts";
import { copyTables, LEFT_OUT, type SalvageProgress } from "./tables.ts";

/** What a salvage saved, and what not. */
export interface SalvageOutcome {
  /** The new file. */
  readonly path: string;
  /** Rows that were saved. */
  readonly rows: number;
  /** Keys in the new file. */
  readonly keys: number;
  /** Turns that a crash had left in the log alone, which were applied to what was saved. */
  readonly turns: number;
  /** What is lost, or was made up, a line each; nothing if the file was whole. */
  readonly losses: readonly string[];
}

/** What may be left of a new file that is not done. */
const TEMPORARY = ["", "-wal", "-shm", "-journal", ...SUFFIXES];

/**
 * Saves what can be read of a database.
 *
 * @param from The damaged file. It is only read.
 * @param to The new file, which must not exist.
 * @param apply Applies what the file's log has to what was saved.
 * @param onProgress Is told of each table, and of every ten thousand rows.
 * @throws {Error} If nothing can be read, or the new file cannot be written.
 */
export async function salvage(
  driver: Driver,
  from: string,
  to: string,
  apply: ApplyLog,
  onProgress: (progress: SalvageProgress) => void = () => {},
): Promise<SalvageOutcome> {
  requirePermissions(from, true);
  requirePermissions(to);
  assertAbsent(to);
  const temporary = `${realPath(to)}.${crypto.randomUUID()}.tmp`;
  const release = claimForReading(driver, from);
  let source: Connection | undefined, target: Connection | undefined;
  try {
    const losses: string[] = [];
    copyLog(realPath(from), temporary);
    source = openDamaged(driver, from, losses);
    target = driver.open(temporary);
    if (!driver.encrypts) target.exec("PRAGMA page_size = 2048");
    target.exec(
      "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY",
    );
    migrate(target, temporary);
    target.begin(true);
    target.exec("DELETE FROM sequences");
    const tables = tablesOf(source, target);
    const { rows: reached, damaged } = source === undefined
      ? { rows: 0, damaged: tables.map(({ name }) => ({ name, gaps: [EVERYTHING] })) }
      : copyTables(source, target, losses, onProgress);
    // Damage may also look like the end of a table.
    const sound = source !== undefined && damaged.length === 0 &&
      checkIntegrity(source, "quick").length === 0;
    // Nothing but SQLite may open the file as long as it is open.
    source?.close();
    const found = driver.encrypts || sound ? 0 : searchPages(target, from, tables, damaged, losses);
    const rows = reached + found;
    if (rows === 0) throw new CommandError(`CORRUPT nothing of ${from} can be read: ${losses[0]}`);
    repair(target, damaged, losses);
    target.commit();
    target.close();
    target = undefined;
    const turns = applyCopiedLog(driver, { copy: temporary, from, apply, losses });
    forgetLog(driver, temporary);
    target = driver.open(temporary, { create: false });
    const problems = checkIntegrity(target, "full");
    if (problems[0] !== undefined) throw new Error(`what was saved is not whole: ${problems[0]}`);
    const keys = numberOf(target, "SELECT count(*) FROM keys");
    target.close();
    target = undefined;
    await syncFile(temporary);
    assertAbsent(to);
    files.renameSync(temporary, realPath(to));
    await syncDirectory(dirname(realPath(to)));
    return { path: to, rows, keys, turns, losses };
  } finally {
    target?.close();
    source?.close();
    release();
    for (const suffix of TEMPORARY) await removeIfThere(temporary + suffix);
  }
}

function assertAbsent(path: string): void {
  if (isTaken(path)) throw err(`${path} exists: what is saved goes into a new file`);
}

/** The tables and their roots; where the schema is damaged, as they are in every new file. */
function tablesOf(source: Connection | undefined, target: Connection): RootedTable[] {
  try {
    return rootsOf(source ?? target);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return rootsOf(target);
  }
}

/** The gap of a table of which SQLite reads nothing. */
const EVERYTHING: Gap = { after: undefined, before: undefined };

/**
 * Adds the rows of tables that are on pages to which there is no way.
 *
 * @param damaged Takes the tables of which there are any.
 * @returns How many.
 */
function searchPages(
  target: Connection,
  from: string,
  tables: readonly RootedTable[],
  damaged: DamagedTable[],
  losses: string[],
): number {
  const file = realPath(from);
  if ((besideOf(file).get("-wal") ?? 0) > 0) {
    losses.push(`what is in ${from}-wal was not looked for on damaged pages' neighbours`);
    return 0;
  }
  using pages = PageFile.open(file);
  if (pages === undefined) return 0;
  let found = 0;
  for (const table of tables) {
    if (LEFT_OUT.test(table.name)) continue;
    const added = addRows(target, pages, table);
    if (added === 0) continue;
    found += added;
    losses.push(`${table.name}: ${added} rows were found without a way to them`);
    if (!damaged.some(({ name }) => name === table.name)) {
      damaged.push({ name: table.name, gaps: [] });
    }
  }
  return found;
}

/** Opens a file that is ours, as far as its first page can tell; undefined if that cannot be read. */
function openDamaged(driver: Driver, path: string, losses: string[]): Connection | undefined {
  let connection: Connection | undefined;
  try {
    connection = openForReading(driver, path);
    connection.begin(false);
    if (numberOf(connection, "PRAGMA application_id") !== APPLICATION_ID) {
      throw err(`${path} is no database of Redlite`);
    }
    numberOf(connection, "SELECT count(*) FROM sqlite_schema");
    return connection;
  } catch (error) {
    connection?.close();
    if (!isDamage(error)) throw error;
    losses.push(
      `the first page, with the schema, cannot be read (${error.message}): ` +
        "tables of the program's own are lost",
    );
    return undefined;
  }
}

function numberOf(connection: Connection, sql: string): number {
  const statement = connection.prepare(sql);
  try {
    statement.step();
    return statement.columnNumber(0);
  } finally {
    statement.finalize();
  }
}
