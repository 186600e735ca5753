/** All JSON commands. */

import type { Command } from "../table/command.ts";
import { arrayCommands } from "./arrays.ts";
import { changingCommands } from "./changing.ts";
import { gettingCommands } from "./getting.ts";
import { inspectingCommands } from "./inspecting.ts";
import { settingCommands } from "./setting.ts";

/** https://redis.io/docs/latest/commands/?group=json */
export const json: readonly Command[] = [
  ...settingCommands,
  ...gettingCommands,
  ...changingCommands,
  ...arrayCommands,
  ...inspectingCommands,
];
