/** The last commands that took long, for SLOWLOG. */

import type { Command } from "../commands/table/command.ts";
import type { Client } from "../commands/table/client.ts";
import type { SlowLog as SlowLogInterface, SlowLogEntry } from "../commands/table/measurement.ts";
import { isSecret, REDACTED } from "../commands/table/redacted.ts";
import type { Arguments } from "../resp/arguments.ts";

/** Bytes kept of an argument, before a remark that tells how many more there were. */
const MAX_BYTES = 128;

/** Parameters whose values CONFIG SET's arguments must not show. */
const SECRET_PARAMETERS = [
  "REQUIREPASS",
  "MASTERAUTH",
  "MASTERUSER",
  "TLS-KEY-FILE-PASS",
  "TLS-CLIENT-KEY-FILE-PASS",
];

const encoder = new TextEncoder();
const HIDDEN = encoder.encode(REDACTED);

/** Keeps at most {@linkcode SlowLog.maxLength} entries of a few kilobytes. */
export class SlowLog implements SlowLogInterface {
  thresholdMicroseconds = 10_000;
  maxLength = 128;
  /** Arguments kept of a command; the last of them tells how many more there were. */
  maxArguments = 32;
  /** By id. Ids are consecutive, so the oldest is as many below the next as there are entries. */
  readonly #entries = new Map<number, SlowLogEntry>();
  #nextId = 0;

  get length(): number {
    return this.#entries.size;
  }

  add(
    client: Pick<Client, "address" | "name">,
    command: Command,
    args: Arguments,
    microseconds: number,
    nowMs: number,
  ): void {
    if (this.maxLength === 0 || command.flags.includes("skip_slowlog")) return;
    const id = this.#nextId++;
    this.#entries.set(id, {
      id,
      unixSeconds: Math.floor(nowMs / 1000),
      microseconds: Math.floor(microseconds),
      args: shownArguments(command, args, this.maxArguments),
      argumentCount: args.count,
      address: client.address,
      clientName: client.name,
    });
    // A length that was set lower takes effect here.
    while (this.#entries.size > this.maxLength) {
      this.#entries.delete(this.#nextId - this.#entries.size);
    }
  }

  *newest(count: number): Iterable<SlowLogEntry> {
    const last = this.#nextId - 1;
    for (let id = last; id > last - count; id--) {
      const entry = this.#entries.get(id);
      if (entry === undefined) return;
      yield entry;
    }
  }

  reset(): void {
    this.#entries.clear();
  }
}

function shownArguments(command: Command, args: Arguments, most: number): Uint8Array[] {
  const whole = args.count <= most;
  const length = whole ? args.count : most - 1;
  const shown: Uint8Array[] = [];
  for (let i = 0; i < length; i++) {
    shown.push(isHidden(command, args, i) ? HIDDEN : shortened(args, i));
  }
  if (!whole) shown.push(encoder.encode(`... (${args.count - length} more arguments)`));
  return shown;
}

function shortened(args: Arguments, index: number): Uint8Array {
  const argument = args.at(index);
  const more = argument.length - MAX_BYTES;
  if (more <= 0) return argument.copy();
  const remark = encoder.encode(`... (${more} more bytes)`);
  const shown = new Uint8Array(MAX_BYTES + remark.length);
  shown.set(argument.view().subarray(0, MAX_BYTES));
  shown.set(remark, MAX_BYTES);
  return shown;
}

/** Whether an argument is a password, or tells about users what only their administrators should know. */
function isHidden({ fullName }: Command, args: Arguments, index: number): boolean {
  switch (fullName) {
    case "acl|setuser":
    case "acl|getuser":
    case "acl|deluser":
    case "acl|resttoken":
      return index >= 2;
    case "config|set":
      return index >= 3 && index % 2 === 1 &&
        SECRET_PARAMETERS.some((name) => args.is(index - 1, name));
    default:
      return isSecret(args, index);
  }
}
