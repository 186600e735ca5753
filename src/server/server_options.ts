/** What a server is made with. */

import type { AclFile } from "../clients/acl/acl_file.ts";
import type { SharedState } from "../clients/shared.ts";
import type { OnlineBackup } from "../commands/file/online_backup.ts";
import type { RdbSaving } from "../commands/server/rdb_saving.ts";
import type { Store } from "../store/store.ts";
import type { Command } from "../commands/table/command.ts";
import type { ListeningPlace } from "../commands/table/process_facts.ts";
import type { Renaming } from "./configuration/conf_values.ts";
import type { Log } from "./log/log.ts";
import type { StartFacts } from "./process/process_facts.ts";

/** What those who write files need of the server. */
export interface ServerFilesHost {
  readonly store: Store;
  readonly config: { get(name: string): string };
  /** Runs its argument in a turn. */
  runTurn(work: () => void): void;
  report(message: string): void;
}

/** Who writes files in Redis's form. */
export interface ServerFiles {
  /** The RDB file that saves write, too. */
  readonly rdbFile: RdbSaving & { saveAtEnd(): Promise<void> } | undefined;
  /** Backups by BACKUP START. */
  readonly onlineBackup: OnlineBackup & { close(): void };
}

/** What a server is made with. */
export interface ServerOptions {
  /** Where clients come in, for INFO. */
  readonly places: () => readonly ListeningPlace[];
  /** How long a client's command waits for another process's write lock, in milliseconds. */
  readonly busyTimeoutMs: number;
  /** Where an operator looks. */
  readonly log: Log;
  /** Commands of extensions. */
  readonly commands?: readonly Command[];
  /** Commands that are to have another name. */
  readonly renamings?: readonly Renaming[];
  /** What INFO tells of how the process was started. */
  readonly facts?: StartFacts;
  /** The file that has the users in place of the database. */
  readonly aclFile?: AclFile | undefined;
  /** What writes files in Redis's form, for a server of its own. */
  readonly files?: (host: ServerFilesHost) => ServerFiles;
  /** Users that the start declares, each its name and rules. */
  readonly users?: readonly string[];
  /**
   * What the clients of the store share already, for it is open in a program: then it stays so when
   * the server stops.
   */
  readonly shared?: SharedState;
  /** Is called when the turns of such a store are the program's again. */
  readonly onReleased?: () => void;
}
