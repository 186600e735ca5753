/** Commands, steps and replies for people to read. */

import { type Command, quote, toBytes } from "../harness/resp_client.ts";
import type { Step } from "./pieces.ts";

/** Text cut to a length a terminal can show. */
export function shorten(text: string, limit = 200): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}

/** A command as one would type it into redis-cli. */
export function showCommand(command: Command): string {
  return command.map((argument) => {
    const bytes = toBytes(argument);
    const text = quote(bytes);
    if (bytes.length > 200) return `${text.slice(0, 40)}…(${bytes.length} bytes)"`;
    return /^[\w:*.+-]+$/.test(text.slice(1, -1)) ? text.slice(1, -1) : text;
  }).join(" ");
}

/** A step in one line. */
export function showStep(step: Step): string {
  return step.kind === "check" ? step.show() : step.commands.map(showCommand).join(" ; ");
}
