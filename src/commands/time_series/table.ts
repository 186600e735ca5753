/** All commands of time series. */

import type { Command } from "../table/command.ts";
import { multipleCommands } from "./multiple.ts";
import { rangeCommands } from "./ranges.ts";
import { readingCommands } from "./reading.ts";
import { ruleCommands } from "./rules.ts";
import { sampleCommands } from "./samples.ts";

/** https://redis.io/docs/latest/commands/?group=timeseries */
export const timeSeries: readonly Command[] = [
  ...sampleCommands,
  ...ruleCommands,
  ...rangeCommands,
  ...multipleCommands,
  ...readingCommands,
];
