/** Patterns of keys and channels, as permissions list them. */

import { Glob } from "../../store/values/glob.ts";
import { latin1Bytes } from "../../commands/table/latin1.ts";
import type { Slice } from "../../store/values/slice.ts";
import { READ, WRITE } from "./command_index.ts";

/** A pattern of channels. */
export class Pattern {
  /** The pattern, as a byte string. */
  readonly text: string;
  readonly #bytes: Uint8Array;
  readonly #glob: Glob;

  /** Reads a pattern, a byte string. */
  constructor(text: string) {
    this.text = text;
    this.#bytes = latin1Bytes(text);
    this.#glob = new Glob(this.#bytes);
  }

  /** Whether the bytes match. */
  matches({ bytes, start, end }: Slice): boolean {
    return this.#glob.matches(bytes, start, end);
  }

  /** Whether the bytes are the pattern itself. */
  is({ bytes, start, end }: Slice): boolean {
    const own = this.#bytes;
    if (own.length !== end - start) return false;
    for (let i = 0; i < own.length; i++) if (own[i] !== bytes[start + i]) return false;
    return true;
  }
}

/** A pattern of keys, and what may be done to them. */
export class KeyPattern extends Pattern {
  /** {@linkcode READ}, {@linkcode WRITE} or both. */
  readonly permission: number;

  /** Reads a pattern, a byte string. */
  constructor(text: string, permission: number) {
    super(text);
    this.permission = permission;
  }

  /** Whether it surely matches whatever begins with a prefix: a star at its end takes in what follows. */
  coversPrefix(prefix: Slice): boolean {
    const { text } = this;
    // Not even a star matches nothing.
    if (prefix.length === 0) return /^\*+$/.test(text);
    // In brackets that nothing closes a star is a character.
    if (text.lastIndexOf("[") > text.lastIndexOf("]")) return false;
    const escapes = /(\\*)\*$/.exec(text)?.[1];
    return escapes !== undefined && escapes.length % 2 === 0 && this.matches(prefix);
  }

  /** The rule that makes it, as ACL LIST tells it. */
  get rule(): string {
    if (this.permission === (READ | WRITE)) return "~" + this.text;
    return (this.permission === READ ? "%R~" : "%W~") + this.text;
  }

  /**
   * The rule that makes it, whatever follows: `~*` would make the permissions ones for all keys,
   * which take no further pattern.
   */
  get exactRule(): string {
    return this.rule === "~*" ? "%RW~*" : this.rule;
  }
}
