/** The commands between MULTI and EXEC. */

import { Arguments } from "../../resp/arguments.ts";
import type { Command } from "../table/command.ts";
import type { QueuedCommand, QueuedCommands } from "../table/client.ts";

/** Sizes of blocks in bytes: of the first one, and that up to which each is twice the one before. */
const FIRST_BLOCK = 256;
const LARGE_BLOCK = 64 * 1024;
/** Bytes of heap that a block takes beside its own, and that a command's place in the order takes. */
const BLOCK_OVERHEAD = 200;
const PLACE = 16;

/**
 * Commands and their arguments, packed: for each command the number of its arguments, their lengths
 * (32 bits each), and their bytes one after the other. A queued PING takes 28 bytes where an object
 * for it, its arguments and each of them would take 500.
 */
export class CommandQueue implements QueuedCommands {
  readonly kinds: Set<Command> = new Set();
  readonly #commands: Command[] = [];
  readonly #blocks: Block[] = [];
  #memory = 0;

  get length(): number {
    return this.#commands.length;
  }

  get memory(): number {
    return this.#memory + PLACE * this.#commands.length;
  }

  push(command: Command, args: Arguments): void {
    const head = 4 * (1 + args.count);
    const size = head + args.size;
    let block = this.#blocks.at(-1);
    if (block === undefined || block.bytes.length - block.end < size) block = this.#grow(size);
    const { bytes, view } = block;
    let at = block.end;
    let to = at + head;
    view.setUint32(at, args.count);
    for (let i = 0; i < args.count; i++) {
      const argument = args.at(i);
      view.setUint32(at += 4, argument.length);
      argument.copyInto(bytes, to);
      to += argument.length;
    }
    block.end = to;
    this.kinds.add(command);
    this.#commands.push(command);
  }

  #grow(size: number): Block {
    const last = this.#blocks.at(-1)?.bytes.length ?? FIRST_BLOCK / 2;
    const block = new Block(Math.max(size, Math.min(2 * last, LARGE_BLOCK)));
    this.#blocks.push(block);
    this.#memory += block.bytes.length + BLOCK_OVERHEAD;
    return block;
  }

  /** The commands in their order; each is valid until the next one is asked for. */
  *[Symbol.iterator](): IterableIterator<QueuedCommand> {
    const args = new Arguments();
    const blocks = this.#blocks[Symbol.iterator]();
    let block: Block | undefined;
    let at = 0;
    for (const command of this.#commands) {
      while (block === undefined || at === block.end) {
        block = blocks.next().value;
        if (block === undefined) return;
        at = 0;
      }
      at = block.read(at, args);
      yield { command, args };
    }
  }
}

/** A run of memory for whole commands. */
class Block {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  end = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Fills the arguments with the command at `at`. @returns Where the next one is. */
  read(at: number, args: Arguments): number {
    const count = this.view.getUint32(at);
    let from = at + 4 * (1 + count);
    for (let i = 0; i < count; i++) {
      const length = this.view.getUint32(at += 4);
      args.slot(i).set(this.bytes, from, from + length);
      from += length;
    }
    args.count = count;
    return from;
  }
}
