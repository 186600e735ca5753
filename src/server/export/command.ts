/** `export app.db --rdb dump.rdb`: writes all data of one moment into a file of another kind. */

import { existsSync } from "node:fs";
import { requirePermissions } from "../../store/place/open_files.ts";
import { Store } from "../../store/store.ts";
import { UsageError } from "../configuration/given_values.ts";
import { type BuiltInExtensions, ServerExtensions } from "../extensions.ts";
import { type ProgressBar, withBar } from "../log/progress_bar.ts";
import { driverOf, isDriver, LINE_MS, type Tool } from "../tools.ts";
import { writePieces } from "./file.ts";
import { Moment } from "./moment.ts";

const KINDS = ["rdb", "aof", "json"] as const;
type Kind = typeof KINDS[number];

/** What is asked for. */
interface Export extends Pick<Tool, "driver" | "library" | "keyFile"> {
  readonly from: string;
  readonly kind: Kind;
  readonly into: string;
  readonly all: boolean;
  readonly replace: boolean;
}

const USAGE = "export takes a database, and the file to write: --rdb, --aof or --json FILE";
const VALUED = [...KINDS, "sqlite-driver", "sqlite-lib", "key-file"];
/** What stands for the standard output. */
const STANDARD_OUTPUT = "-";

/** Reads the words after `export`. @throws {UsageError} */
function parse(args: readonly string[]): Export {
  const values = new Map<string, string>();
  const files: string[] = [];
  const given = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    const [, flag, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) files.push(word);
    else if (word === "--all" || word === "--replace") given.add(flag);
    else if (!VALUED.includes(flag)) throw new UsageError(`${word} says nothing beside export`);
    else {
      const value = inline ?? args[++i];
      if (value === undefined) throw new UsageError(`--${flag} takes a value`);
      values.set(flag, value);
    }
  }
  const kinds = KINDS.filter((kind) => values.has(kind));
  const [kind] = kinds, [from] = files, into = kind && values.get(kind);
  const driver = values.get("sqlite-driver");
  if (from === undefined || files.length > 1 || into === undefined || kinds.length > 1) {
    throw new UsageError(USAGE);
  }
  if (driver !== undefined && !isDriver(driver)) {
    throw new UsageError(`there is no --sqlite-driver "${driver}"`);
  }
  return {
    from,
    kind: kind ?? "rdb",
    into,
    all: given.has("all"),
    replace: given.has("replace"),
    driver,
    library: values.get("sqlite-lib"),
    keyFile: values.get("key-file"),
  };
}

/**
 * Writes the file, and tells on stdout how it went, on stderr if the file goes there; how far it is,
 * on stderr.
 *
 * @param args The words after `export`.
 * @returns The exit code: 0 if all was written, 1 if something was left out.
 * @throws {Error} If it cannot be done.
 */
export async function runExport(
  args: readonly string[],
  builtIn: BuiltInExtensions,
): Promise<number> {
  const asked = parse(args);
  const { from, into, kind, all, replace } = asked;
  requirePermissions(from, true);
  if (!existsSync(from)) throw new Error(`there is no file ${from}`);
  const tell = into === STANDARD_OUTPUT ? console.error : console.log;
  const driver = await driverOf(asked);
  const report = (message: string) => console.error(`redlite: ${message}`);
  const extensions = await ServerExtensions.load(undefined, builtIn, report);
  const store = extensions.open((opened) =>
    new Store(driver, from, { extensions: opened, readonly: true })
  );
  try {
    const moment = new Moment(store);
    const pieces = await piecesOf(moment, kind, all);
    const size = await withBar((bar) =>
      writePieces(
        into === STANDARD_OUTPUT ? undefined : into,
        pieces,
        replace,
        progress(bar, moment),
      )
    );
    const { leftOut, notes } = moment;
    for (const [why, count] of leftOut) tell(`left out: ${count} keys: ${why}`);
    for (const [what, count] of notes) tell(`note: ${count} ${what}`);
    const left = [...leftOut.values()].reduce((sum, count) => sum + count, 0);
    tell(`exported ${moment.done - left} keys of ${from} into ${into}: ${size} bytes`);
    return leftOut.size === 0 ? 0 : 1;
  } finally {
    store.closeNow();
  }
}

async function piecesOf(moment: Moment, kind: Kind, all: boolean): Promise<Iterable<Uint8Array>> {
  switch (kind) {
    case "rdb":
      return (await import("./rdb.ts")).rdbPieces(moment, all);
    case "aof":
      return (await import("./aof.ts")).aofPieces(moment, all);
    case "json":
      return (await import("./json.ts")).jsonPieces(moment);
  }
}

function progress(bar: ProgressBar, moment: Moment): () => void {
  const { total } = moment;
  let toldAt = Date.now();
  return () => {
    const { done } = moment;
    if (bar.shows) {
      return bar.draw({ job: "export", phase: "", done: Math.min(done, total), total });
    }
    if (Date.now() - toldAt < LINE_MS) return;
    toldAt = Date.now();
    console.error(`redlite: export: ${done} of ${total} keys`);
  };
}
