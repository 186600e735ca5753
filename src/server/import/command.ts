/** `import SOURCE app.db`: copies data of another kind into a database. */

import { commandsOfExtensions, commandTable } from "../../commands/table/commands.ts";
import { Core } from "../../embedded/running/core.ts";
import { DRIVER_NAMES } from "../../sqlite/drivers.ts";
import { realPath, requirePermissions } from "../../store/place/open_files.ts";
import { Store } from "../../store/store.ts";
import { UsageError } from "../configuration/given_values.ts";
import { type BuiltInExtensions, ServerExtensions } from "../extensions.ts";
import { withBar } from "../log/progress_bar.ts";
import { driverOf, isDriver, LINE_MS, type Tool } from "../tools.ts";
import { countsOf } from "./counts.ts";
import { importAll, type ImportOutcome } from "./importer.ts";
import { openSource } from "./kinds.ts";
import type { ImportSource } from "./source.ts";

/** What is asked for. */
interface Import extends Pick<Tool, "driver" | "library" | "keyFile"> {
  readonly from: string;
  readonly into: string;
  readonly replace: boolean;
  readonly databases: number;
}

/** As many as a server has unless it is told otherwise. */
const DATABASES = 16;

const USAGE = "import takes a file or the URL of a server, and the database to copy it into";
/** Flags with a value. */
const VALUED = ["into", "databases", "sqlite-driver", "sqlite-lib", "key-file"];

/** Reads the words after `import`. @throws {UsageError} */
function parse(args: readonly string[]): Import {
  const values = new Map<string, string>();
  const files: string[] = [];
  let replace = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    const [, flag, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) files.push(word);
    else if (word === "--replace") replace = true;
    else if (!VALUED.includes(flag)) throw new UsageError(`${word} says nothing beside import`);
    else {
      const value = inline ?? args[++i];
      if (value === undefined) throw new UsageError(`--${flag} takes a value`);
      values.set(flag, value);
    }
  }
  const [from, ...others] = files, driver = values.get("sqlite-driver");
  const [into, ...more] = [...others, ...values.has("into") ? [values.get("into")] : []];
  if (from === undefined || into === undefined || more.length > 0) throw new UsageError(USAGE);
  const databases = Number(values.get("databases") ?? DATABASES);
  if (!Number.isInteger(databases) || databases < 1) {
    throw new UsageError("--databases takes a number");
  }
  if (driver !== undefined && !isDriver(driver)) {
    throw new UsageError(`--sqlite-driver is one of ${DRIVER_NAMES.join(", ")}, not "${driver}"`);
  }
  return {
    from,
    into,
    replace,
    databases,
    driver,
    library: values.get("sqlite-lib"),
    keyFile: values.get("key-file"),
  };
}

/**
 * Copies, and tells on stdout how it went; how far it is, on stderr.
 *
 * @param args The words after `import`.
 * @returns The exit code: 0 if all was copied, 1 if something was not understood.
 * @throws {Error} If it cannot be done.
 */
export async function runImport(
  args: readonly string[],
  builtIn: BuiltInExtensions,
): Promise<number> {
  const asked = parse(args);
  const { from, into, replace } = asked;
  const isFile = !/^rediss?:/.test(from);
  if (isFile) requirePermissions(from, true);
  requirePermissions(into);
  if (isFile && realPath(from) === realPath(into)) {
    throw new Error(`${into} cannot be copied into itself: name a new file with --into`);
  }
  const plain = await driverOf({ ...asked, keyFile: undefined });
  using source = await openSource(from, {
    driver: plain,
    report: (line) => console.error(`redlite: ${line}`),
  });
  const core = await openTarget(asked, builtIn);
  let outcome: ImportOutcome;
  try {
    outcome = await withBar((bar) =>
      importAll(core, source, {
        replace,
        onProgress: bar.shows
          ? (done) =>
            bar.draw({
              job: "import",
              phase: "",
              done: Math.min(done, source.total),
              total: source.total,
            })
          : progressLines(source.total),
      })
    );
  } finally {
    await core.close();
  }
  return tell(asked, source, outcome);
}

async function openTarget(asked: Import, builtIn: BuiltInExtensions): Promise<Core> {
  const driver = await driverOf(asked);
  const report = (message: string) => console.error(`redlite: ${message}`);
  const extensions = await ServerExtensions.load(undefined, builtIn, report);
  const store = extensions.open((all) =>
    new Store(driver, asked.into, {
      extensions: all,
      durability: "everysec",
      databases: asked.databases,
    })
  );
  const core = new Core(store, commandTable(commandsOfExtensions(extensions.all)));
  store.start();
  return core;
}

/** Tells how far it is once a second, where there is no terminal. */
function progressLines(total: number): (done: number, unit: string) => void {
  let toldAt = Date.now();
  return (done, unit) => {
    if (Date.now() - toldAt < LINE_MS) return;
    toldAt = Date.now();
    const of = total === 0 ? "" : ` of ${total}`;
    console.error(`redlite: import: ${done}${of}${unit === "" ? "" : ` ${unit}`}`);
  };
}

function tell({ into }: Import, source: ImportSource, outcome: ImportOutcome): number {
  const { expired, kept, failed, failures, problems, ended } = outcome;
  for (const problem of problems) console.log(`not understood: ${problem}`);
  if (failed > problems.length) console.log(`… and ${failed - problems.length} more`);
  for (const line of source.leftBehind) console.log(`left behind: ${line}`);
  console.log(`imported into ${into}: ${countsOf(outcome)}`);
  if (expired > 0) console.log(`left out, as their time was over: ${expired} keys`);
  if (kept > 0) console.log(`left as they were, without --replace: ${kept} keys`);
  const kinds = [...failures].map(([kind, count]) => `${kind}: ${count}`).join(", ");
  console.log(`not understood: ${failed}${failures.size > 1 ? ` (${kinds})` : ""}`);
  if (ended !== undefined) console.log(`ended before all was read: ${ended}`);
  return failed === 0 && ended === undefined ? 0 : 1;
}
