/**
 * What the program does with database files in place of serving one: `--check`, `--restore`, `--salvage`.
 *
 * @module
 */

import { applyLog } from "../embedded/log_applier.ts";
import { UnusableLog } from "../engine/log/format.ts";
import { chooseDriver, DRIVER_NAMES, loadOptionalDriver } from "../sqlite/drivers.ts";
import { keyedDriver } from "../sqlite/encryption.ts";
import type { Connection, Driver, DriverName } from "../sqlite/sqlite.ts";
import { checkIntegrityAside } from "../store/file/integrity.ts";
import { assertReadable } from "../store/file/migrate.ts";
import { realPath, requirePermissions } from "../store/place/open_files.ts";
import { loggedTurns, strandedLine } from "../store/rescue/logged_turns.ts";
import { isDamage } from "../store/rescue/ranges.ts";
import { claimForReading, openForReading } from "../store/rescue/reading.ts";
import { restore } from "../store/rescue/restore.ts";
import { salvage } from "../store/rescue/salvage.ts";
import type { SalvageProgress } from "../store/rescue/tables.ts";
import { UsageError } from "./configuration/given_values.ts";
import { type ProgressBar, withBar } from "./log/progress_bar.ts";

/** What is asked for, and how SQLite is reached. */
export interface Tool {
  readonly name: "check" | "restore" | "salvage";
  /** The files: the one to look at, the backup and the database, the damaged one and the new one. */
  readonly paths: readonly string[];
  readonly driver: DriverName | undefined;
  readonly library: string | undefined;
  readonly keyFile: string | undefined;
}

const TOOLS = ["check", "restore", "salvage"] as const;
/** The other flags that say something here, with one value each. */
const OTHERS = ["db", "sqlite-driver", "sqlite-lib", "key-file"];
/** Milliseconds between two lines of progress. */
export const LINE_MS = 1000;

/**
 * Reads a command line that asks for a tool.
 *
 * @param environment Gives a variable's value, if it has one and may be read.
 * @returns Undefined if it asks for a server.
 * @throws {UsageError} If a flag or value is wrong.
 */
export function parseTool(
  args: readonly string[],
  environment: (name: string) => string | undefined,
): Tool | undefined {
  const asked = TOOLS.filter((tool) =>
    args.some((arg) => arg === `--${tool}` || arg.startsWith(`--${tool}=`))
  );
  const [name] = asked;
  if (name === undefined || args.includes("--help") || args.includes("-h")) return undefined;
  if (asked.length > 1) throw new UsageError(`--${asked.join(" and --")} are one too many`);
  const values = new Map<string, string[]>();
  for (let i = 0; i < args.length;) {
    const [, flag, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(args[i++] ?? "") ?? [];
    if (flag !== name && !OTHERS.includes(flag ?? "")) {
      throw new UsageError(`${args[i - 1]} says nothing beside --${name}`);
    }
    const words = inline === undefined ? [] : [inline];
    while (i < args.length && !args[i]?.startsWith("--")) words.push(args[i++] ?? "");
    values.set(flag ?? "", words);
  }
  const value = (flag: string): string | undefined => {
    const words = values.get(flag);
    if (words !== undefined && words.length !== 1) {
      throw new UsageError(`--${flag} takes one value`);
    }
    return words?.[0] ?? environment(`REDLITE_${flag.toUpperCase().replaceAll("-", "_")}`);
  };
  const given = values.get(name) ?? [];
  const driver = value("sqlite-driver");
  if (driver !== undefined && !isDriver(driver)) {
    throw new UsageError(`--sqlite-driver is one of ${DRIVER_NAMES.join(", ")}, not "${driver}"`);
  }
  return {
    name,
    paths: pathsOf(name, given, () => value("db")),
    driver,
    library: value("sqlite-lib"),
    keyFile: value("key-file"),
  };
}

/** Whether there is a driver of a name. */
export const isDriver = (name: string): name is DriverName =>
  (DRIVER_NAMES as readonly string[]).includes(name);

function pathsOf(
  name: Tool["name"],
  given: readonly string[],
  db: () => string | undefined,
): string[] {
  if (name === "salvage") {
    if (given.length !== 2) {
      throw new UsageError("--salvage takes two values: the damaged database, and the new file");
    }
    return [...given];
  }
  if (given.length > 1) throw new UsageError(`--${name} takes one value`);
  const [path] = given;
  const database = db() ?? "redlite.db";
  if (name === "check") return [path ?? database];
  if (path === undefined) throw new UsageError("--restore takes a value: the backup");
  return [path, database];
}

/**
 * Does what is asked for, and tells on stdout how it went; how far it is, on stderr.
 *
 * @returns The exit code: 0 if all is well, 1 if a file is damaged.
 * @throws {Error} If it cannot be done.
 */
export async function runTool(tool: Tool): Promise<number> {
  const driver = await driverOf(tool);
  const [first = "", second = ""] = tool.paths;
  if (tool.name === "check") return await check(driver, first);
  if (tool.name === "restore") {
    const { bytes, previous, turns, losses } = await restore(driver, first, second, applyLog);
    tellTurns(turns, first);
    for (const loss of losses) console.log(loss);
    console.log(`restored ${second} from ${first}: ${bytes} bytes`);
    if (previous !== undefined) console.log(`what was there before is ${previous}`);
    return 0;
  }
  const { rows, keys, turns, losses } = await withBar((bar) =>
    salvage(driver, first, second, applyLog, bar.shows ? rowsIn(bar) : progressLines())
  );
  tellTurns(turns, first);
  for (const loss of losses) console.log(loss);
  console.log(
    `saved ${keys} keys, ${rows} rows, in ${second}; ` +
      (losses.length === 0 ? "nothing is lost" : "what is lost is listed above"),
  );
  return losses.length === 0 ? 0 : 1;
}

function tellTurns(turns: number, path: string): void {
  if (turns > 0) {
    console.log(`${turns} turns of the log beside ${path} were not in it yet: applied`);
  }
}

/** The driver that is asked for. */
export async function driverOf(
  { driver: name, library, keyFile }: Pick<Tool, "driver" | "library" | "keyFile">,
): Promise<Driver> {
  if (name === "db-sqlite") await loadOptionalDriver();
  const log = (message: string) => console.error(`redlite: ${message}`);
  const plain = chooseDriver({
    ...name === undefined ? {} : { driver: name },
    ...library === undefined ? {} : { library },
    log,
  });
  if (keyFile === undefined) return plain;
  return keyedDriver(plain, Deno.readTextFileSync(keyFile).replace(/\r?\n$/, ""));
}

async function check(driver: Driver, path: string): Promise<number> {
  requirePermissions(path, true);
  const release = claimForReading(driver, path);
  const problems: string[] = [];
  try {
    problems.push(...await problemsOf(driver, path));
  } catch (error) {
    if (!isDamage(error)) throw error;
    problems.push(`it cannot be read: ${error.message}`);
  } finally {
    release();
  }
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? `${path} is whole` : `${path} is damaged; see --salvage`);
  return problems.length === 0 ? 0 : 1;
}

async function problemsOf(driver: Driver, path: string): Promise<string[]> {
  const connection = openForReading(driver, path);
  try {
    assertReadable(connection, path);
    const log = problemsOfLog(connection, path);
    const problems = await withBar((bar) =>
      checkIntegrityAside(connection, "full", bar.shows ? stepsIn(bar) : stepLines())
    );
    return [...problems, ...log];
  } finally {
    connection.close();
  }
}

/** Looks at the log beside a database, and tells what will be applied of it. */
function problemsOfLog(connection: Connection, path: string): string[] {
  try {
    const { pending, stranded } = loggedTurns(connection, realPath(path));
    if (pending > 0) {
      console.log(
        `${pending} turns of the log beside ${path} are not in it yet: they are applied when it is ` +
          "opened for writing",
      );
    }
    return stranded === 0 ? [] : [strandedLine(stranded, path)];
  } catch (error) {
    if (!(error instanceof UnusableLog)) throw error;
    return [error.message];
  }
}

/** Shows the parts of a check on a terminal. */
function stepsIn(bar: ProgressBar): (part: string, of: number, parts: number) => void {
  return (phase, done, total) => bar.draw({ job: "checking", phase, done, total });
}

/** Shows the rows that were read on a terminal. */
function rowsIn(bar: ProgressBar): (progress: SalvageProgress) => void {
  return ({ table, rows }) =>
    bar.draw({ job: "salvaging", phase: `${table}: ${rows} rows`, done: 0, total: 0 });
}

/** Tells of each part of a check that begins. */
function stepLines(): (part: string, of: number, parts: number) => void {
  return (part, done, parts) =>
    console.error(`redlite: checking ${part} (${done + 1} of ${parts})`);
}

/** Tells of rows as they are read, once a second. */
function progressLines(): (progress: SalvageProgress) => void {
  let toldAt = Date.now();
  return ({ table, rows }) => {
    if (Date.now() - toldAt < LINE_MS) return;
    toldAt = Date.now();
    console.error(`redlite: ${table}: ${rows} rows`);
  };
}
