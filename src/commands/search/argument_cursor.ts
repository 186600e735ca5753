/**
 * Reads the arguments of FT.* commands one after the other, as RediSearch's commands do, whose errors
 * name what an argument was for.
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { parseDouble } from "../../search/index/values.ts";

const NO_ARGUMENT = "Expected an argument, but none provided";
const NOT_CONVERTED = "Could not convert argument to expected type";
const OUT_OF_BOUNDS = "Value is outside acceptable bounds";

/** Goes through arguments. */
export class ArgumentCursor {
  readonly args: Arguments;
  /** The next argument's index. */
  at: number;
  readonly #end: number;

  /** @param end Past the last argument. */
  constructor(args: Arguments, at: number, end: number = args.count) {
    this.args = args;
    this.at = at;
    this.#end = end;
  }

  /** Whether there is no further argument. */
  get done(): boolean {
    return this.at >= this.#end;
  }

  /** Arguments that are left. */
  get left(): number {
    return this.#end - this.at;
  }

  /** Goes past the next argument if it is a word, in any case. @param word In upper case. */
  takes(word: string): boolean {
    if (this.done || !this.args.is(this.at, word)) return false;
    this.at++;
    return true;
  }

  /** The next argument, undefined at the end. */
  text(): string | undefined {
    return this.done ? undefined : this.args.text(this.at++);
  }

  /** The next argument. @throws {CommandError} Without one. */
  required(what: string): string {
    if (this.done) throw new CommandError(`Bad arguments for ${what}: ${NO_ARGUMENT}`);
    return this.args.text(this.at++);
  }

  /** The bytes of the next argument. @throws {CommandError} Without one. */
  bytes(what: string): Uint8Array {
    if (this.done) throw new CommandError(`Bad arguments for ${what}: ${NO_ARGUMENT}`);
    return this.args.at(this.at++).copy();
  }

  /** The next argument as an integer. @throws {CommandError} If it is none or out of bounds. */
  integer(what: string, least = 0, most: number = Number.MAX_SAFE_INTEGER): number {
    const text = this.required(what);
    if (!/^[+-]?\d+$/.test(text)) {
      throw new CommandError(`Bad arguments for ${what}: ${NOT_CONVERTED}`);
    }
    const value = Number(text);
    if (value < least || value > most) {
      throw new CommandError(`Bad arguments for ${what}: ${OUT_OF_BOUNDS}`);
    }
    return value;
  }

  /** The next argument as a number. @throws {CommandError} If it is none. */
  double(what: string): number {
    const value = parseDouble(this.required(what));
    if (value === undefined) throw new CommandError(`Bad arguments for ${what}: ${NOT_CONVERTED}`);
    return value;
  }

  /** A count and so many arguments. @throws {CommandError} If there are fewer. */
  counted(what: string): ArgumentCursor {
    const count = this.integer(what);
    if (count > this.left) throw new CommandError(`Bad arguments for ${what}: ${NO_ARGUMENT}`);
    return this.slice(count);
  }

  /** So many arguments, which there are. */
  slice(count: number): ArgumentCursor {
    const cursor = new ArgumentCursor(this.args, this.at, this.at + count);
    this.at += count;
    return cursor;
  }

  /** All that are left. */
  texts(): string[] {
    const texts: string[] = [];
    while (!this.done) texts.push(this.args.text(this.at++));
    return texts;
  }
}
