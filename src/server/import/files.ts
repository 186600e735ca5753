/** Files of Redis and Valkey: RDB files, append-only files, and folders of these. */

import { dirname, join } from "node:path";
import { AofReader } from "./aof_reader.ts";
import { readManifest } from "./aof_manifest.ts";
import { beginningOf } from "./beginning.ts";
import { CHUNK, RdbBatches } from "./rdb_batches.ts";
import type { ImportBatch, ImportSource, SourceKind } from "./source.ts";

/** What RDB files begin with. */
const RDB = /^(?:REDIS|VALKEY)\d/;
/** What append-only files begin with: a command, or a note when it was written. */
const AOF = /^(?:\*\d|#)/;

/** RDB files, of Redis and Valkey. */
export const rdbFiles: SourceKind = {
  name: "an RDB file",
  open: (from) => isFolder(from) || !RDB.test(beginningOf(from, 9)) ? undefined : new Files([from]),
};

/** Append-only files, one or a folder of them with their manifest. */
export const appendOnlyFiles: SourceKind = {
  name: "an append-only file, or a folder of them",
  open(from) {
    if (isFolder(from)) {
      const manifests = [...Deno.readDirSync(from)].filter(({ name }) =>
        name.endsWith(".manifest")
      );
      const [manifest] = manifests;
      if (manifest === undefined) return undefined;
      if (manifests.length > 1) throw new Error(`${from} has more than one manifest: name one`);
      return ofManifest(join(from, manifest.name));
    }
    if (from.endsWith(".manifest")) return ofManifest(from);
    return AOF.test(beginningOf(from, 9)) ? new Files([from]) : undefined;
  },
};

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`there is no file ${path}`);
    throw error;
  }
}

function ofManifest(path: string): Files {
  const names = readManifest(Deno.readTextFileSync(path), path);
  return new Files(names.map((name) => join(dirname(path), name)));
}

/** Files that follow one another. */
class Files implements ImportSource {
  readonly total: number;
  readonly measure = { unit: "bytes", done: 0 };
  isLog: boolean;
  readonly leftBehind: string[] = [];
  readonly #paths: readonly string[];

  constructor(paths: readonly string[]) {
    this.#paths = paths;
    this.total = paths.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
    // An RDB file alone may be the base of a log, too, which it tells.
    this.isLog = paths.length > 1 || !RDB.test(beginningOf(paths[0] ?? "", 9));
  }

  async *batches(): AsyncIterable<ImportBatch> {
    for (const [i, path] of this.#paths.entries()) {
      yield* this.#file(path, i === this.#paths.length - 1);
    }
  }

  async *#file(path: string, isLast: boolean): AsyncIterable<ImportBatch> {
    using file = await Deno.open(path);
    const chunk = new Uint8Array(CHUNK);
    const rdb = RDB.test(beginningOf(path, 9)) ? new RdbBatches() : undefined;
    let aof = rdb === undefined ? new AofReader(0) : undefined;
    for (;;) {
      const size = await file.read(chunk);
      if (size === null) break;
      const piece = chunk.subarray(0, size);
      this.measure.done += size;
      if (aof === undefined && rdb !== undefined) {
        yield rdb.batch(piece);
        this.isLog ||= rdb.isBase;
        if (!rdb.reader.ended) continue;
        const { rest, position } = rdb.reader;
        // What follows an RDB file is the log that it is the base of.
        if (rest.length > 0) yield (aof ??= new AofReader(position)).batch(rest);
        else if (position < (await file.stat()).size) aof = new AofReader(position);
      } else if (aof !== undefined) {
        yield aof.batch(piece);
      }
    }
    rdb?.end();
    if (rdb !== undefined) this.leftBehind.push(...rdb.leftBehind);
    const lost = aof?.end();
    if (lost === undefined) return;
    if (!isLast) throw new Error(`${path} ends in the middle of a command, and is not the last`);
    this.leftBehind.push(
      `the last ${lost} bytes of ${path}: a command or transaction without its end`,
    );
  }

  [Symbol.dispose](): void {}
}
