/** All stream commands. */

import type { Command } from "../table/command.ts";
import { claimingCommands } from "./claiming.ts";
import { deletionCommands } from "./deletion.ts";
import { groupReadingCommands } from "./group_reading.ts";
import { groupCommands } from "./groups.ts";
import { idempotenceCommands } from "./idempotence.ts";
import { infoCommands } from "./info.ts";
import { pendingCommands } from "./pending.ts";
import { readingCommands } from "./reading.ts";
import { entryCommands } from "./streams.ts";

/** https://redis.io/docs/latest/commands/?group=stream */
export const streams: readonly Command[] = [
  ...entryCommands,
  ...readingCommands,
  ...groupCommands,
  ...groupReadingCommands,
  ...pendingCommands,
  ...claimingCommands,
  ...deletionCommands,
  ...idempotenceCommands,
  ...infoCommands,
];
