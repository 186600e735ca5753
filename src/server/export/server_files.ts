/** The files in Redis's form that a server of its own writes. */

import type { ServerFiles, ServerFilesHost } from "../server_options.ts";
import { OnlineBackups } from "./online_backup.ts";
import { RdbFile } from "./rdb_file.ts";

/** What writes them. @param rdb The RDB file that saves write, too. */
export function serverFiles(rdb: string | undefined): (host: ServerFilesHost) => ServerFiles {
  return (host) => ({
    rdbFile: rdb === undefined ? undefined : new RdbFile(host, rdb),
    onlineBackup: new OnlineBackups(host),
  });
}
