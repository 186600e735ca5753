/** What can be imported. */

import { appendOnlyFiles, rdbFiles } from "./files.ts";
import { redisServers } from "./redis_server.ts";
import { rustDatabases } from "./rust_database.ts";
import type { ImportSource, Opening, SourceKind } from "./source.ts";

const KINDS: readonly SourceKind[] = [redisServers, rdbFiles, appendOnlyFiles, rustDatabases];

/** Opens a source, whatever it is. @throws {Error} If it is of no kind, or cannot be read. */
export async function openSource(from: string, opening: Opening): Promise<ImportSource> {
  for (const kind of KINDS) {
    const source = await kind.open(from, opening);
    if (source !== undefined) return source;
  }
  const names = KINDS.map(({ name }) => name).join(", ");
  throw new Error(`${from} is nothing that can be imported: that is ${names}`);
}
