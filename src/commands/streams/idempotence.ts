/**
 * XCFGSET, XIDMPRECORD, and XADD's IDMP and IDMPAUTO:
 * https://redis.io/docs/latest/develop/data-types/streams/idempotency/
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Arguments } from "../../resp/arguments.ts";
import { err, noSuchKey, syntaxError } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import { compareIds } from "../../store/streams/ids.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { integerAt } from "../table/options.ts";
import { FIRST, idAt, streamToChange } from "./arguments.ts";

const command = commandsOf("stream");

/** Bounds of XCFGSET. */
const MOST_SECONDS = 86_400, MOST_IDS = 10_000;

/** An idempotent id that stands for an entry's fields: of the same fields it is the same. */
export function contentToken(args: Arguments, from: number): Slice {
  const hash = createHash("sha1");
  for (let i = from; i < args.count; i++) {
    const { bytes, start, end } = args.at(i);
    // Lengths keep "ab" "c" and "a" "bc" apart.
    hash.update(`${end - start} `).update(bytes.subarray(start, end));
  }
  return new Slice(new Uint8Array(hash.digest().subarray(0, 16)));
}

function xcfgset(context: Context): void {
  const { args, reply, store } = context;
  let seconds: number | undefined, most: number | undefined;
  if (args.count === 2) throw err("At least one parameter must be specified");
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 === args.count) throw syntaxError();
    if (args.is(i, "IDMP-DURATION")) seconds = countUpTo(args, i, MOST_SECONDS, "seconds");
    else if (args.is(i, "IDMP-MAXSIZE")) most = countUpTo(args, i, MOST_IDS, "entries");
    else throw syntaxError();
  }
  const stream = streamToChange(context);
  if (stream === undefined) throw noSuchKey();
  store.streams.idempotence.configure(stream, seconds, most);
  store.engine.changes.addUntold();
  reply.ok();
}

/** The value of an option, from 1 to as many as there may be. @throws {CommandError} */
function countUpTo(args: Arguments, option: number, most: number, unit: string): number {
  const value = integerAt(args, option + 1);
  if (value < 1 || value > most) {
    const name = args.at(option).latin1().toUpperCase();
    throw err(`${name} must be between 1 and ${most} ${unit}`);
  }
  return Number(value);
}

function xidmprecord(context: Context): void {
  const { args, reply, store } = context;
  const producer = args.at(2), token = args.at(3), id = FIRST;
  idAt(args, 4, id);
  if (producer.length === 0 || token.length === 0) {
    throw err("producer id and idempotent id must not be empty");
  }
  const stream = streamToChange(context);
  if (stream === undefined) throw noSuchKey();
  if (!store.streams.has(stream, id) && !store.engine.obeys) {
    throw err("no such entry in the stream");
  }
  const { idempotence } = store.streams;
  const known = idempotence.find(stream, producer, token);
  if (known === undefined) {
    idempotence.add(stream, producer, token, id);
    store.engine.changes.addUntold();
  } else if (compareIds(known, 0, id, 0) !== 0) {
    throw err("the idempotent id belongs to another entry already");
  }
  reply.ok();
}

/** The commands about idempotent ids. */
export const idempotenceCommands: readonly Command[] = [
  command("XCFGSET key [IDMP-DURATION idmp-duration] [IDMP-MAXSIZE idmp-maxsize]", {
    since: "8.6.0",
    arity: -2,
    flags: "write fast",
    effects: "itself",
    acl: "stream",
    keys: ["1 RW update"],
    complexity: "O(N) in the number of idempotent ids it forgets",
    summary: "Sets for how long and how many idempotent ids of a stream are kept.",
  }, xcfgset),
  command("XIDMPRECORD key pid iid stream-id", {
    since: "8.8.0",
    arity: 5,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "stream",
    keys: ["1 RW update"],
    summary: "Notes which entry a producer added under an idempotent id.",
  }, xidmprecord),
];
