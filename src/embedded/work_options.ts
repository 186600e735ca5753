/** Options of work on the whole file. */

import type { OnProgress } from "../engine/jobs.ts";
import type { CheckMode } from "../store/file/integrity.ts";
import type { Kinds } from "./commands/option_words.ts";

/** How a backup is made. */
export interface BackupOptions {
  /** Take the place of a file. */
  replace?: boolean;
  /** Is told how far it is. */
  onProgress?: OnProgress;
}

/** How a file is checked. */
export interface IntegrityOptions {
  /** Is told how far it is. */
  onProgress?: OnProgress;
}

/** What a backup takes. */
export const BACKUP: Kinds<BackupOptions> = { replace: "flag", onProgress: "function" };
/** What a check takes. */
export const INTEGRITY: Kinds<IntegrityOptions> = { onProgress: "function" };
/** How thorough a check can be. */
export const CHECK_MODES: readonly CheckMode[] = ["quick", "full"];
