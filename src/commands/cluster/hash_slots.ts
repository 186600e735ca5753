/**
 * Hash slots: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command } from "../table/command.ts";
import type { QueuedCommands } from "../table/client.ts";
import { keysOf } from "../table/keys.ts";

/** How many slots there are. */
export const SLOTS = 16384;
/** In place of a slot: there is no key. */
export const NO_SLOT = -1;
/** In place of a slot: keys are in several. */
export const CROSS_SLOT = -2;

const OPEN = 0x7b, CLOSE = 0x7d, STAR = 0x2a, HASH_SIGN = 0x23;

/** CRC-16/XMODEM of each byte. */
const CRC: Uint16Array = crcTable();

function crcTable(): Uint16Array {
  const table = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
    table[byte] = crc;
  }
  return table;
}

/** The slot of a key: that of what stands between its first `{` and the next `}`, if that is something. */
export function slotOfKey({ bytes, start, end }: Slice): number {
  const open = bytes.indexOf(OPEN, start);
  if (open >= 0 && open < end) {
    const close = bytes.indexOf(CLOSE, open + 1);
    if (close > open + 1 && close < end) {
      start = open + 1;
      end = close;
    }
  }
  let crc = 0;
  for (let i = start; i < end; i++) crc = (crc << 8 ^ CRC[(crc >> 8 ^ bytes[i]!) & 0xff]!) & 0xffff;
  return crc & SLOTS - 1;
}

/**
 * Whether the keys that a pattern of SORT stands for are all in the slot of a key: it has a hash tag of
 * that slot, or is `#`, which stands for no key.
 */
export function staysInSlot(pattern: Slice, key: Slice): boolean {
  const { bytes, start, end } = pattern;
  if (end - start === 1 && bytes[start] === HASH_SIGN) return true;
  const open = bytes.indexOf(OPEN, start);
  const close = open < 0 ? -1 : bytes.indexOf(CLOSE, open + 1);
  if (open < 0 || open >= end || close <= open + 1 || close >= end) return false;
  const star = bytes.indexOf(STAR, open);
  if (star >= 0 && star < close) return false;
  return slotOfKey(pattern) === slotOfKey(key);
}

/** The slot of a command's keys, or {@linkcode NO_SLOT}, or {@linkcode CROSS_SLOT}. */
export function slotOfCommand(command: Command, args: Arguments): number {
  let slot = NO_SLOT;
  const add = (index: number) => slot = together(slot, slotOfKey(args.at(index)));
  // The channels of a shard are in slots like keys.
  if (SHARD_CHANNELS.has(command.name)) { for (let i = 1; i < args.count; i++) add(i); }
  else if (command.name !== "spublish") {
    for (const { index } of keysOf(command, args)) {
      add(index);
    }
  }
  return slot;
}

const SHARD_CHANNELS = new Set(["ssubscribe", "sunsubscribe"]);

/** The slot of all keys of queued commands, or {@linkcode NO_SLOT}, or {@linkcode CROSS_SLOT}. */
export function slotOfAll(queued: QueuedCommands): number {
  let slot = NO_SLOT;
  for (const { command, args } of queued) slot = together(slot, slotOfCommand(command, args));
  return slot;
}

function together(a: number, b: number): number {
  if (a === NO_SLOT) return b;
  return b === NO_SLOT || a === b ? a : CROSS_SLOT;
}

/** The refusal of a command whose keys are in several slots. */
export const crossSlot = (): CommandError =>
  new CommandError("CROSSSLOT Keys in request don't hash to the same slot");
