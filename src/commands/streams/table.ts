/** All stream commands. */

import type { Command } from "../table/command.ts";
import { readingCommands } from "./reading.ts";
import { entryCommands } from "./streams.ts";

/** https://redis.io/docs/latest/commands/?group=stream */
export const streams: readonly Command[] = [
  ...entryCommands,
  ...readingCommands,
];
