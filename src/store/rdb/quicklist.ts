/** Quicklists: a list in nodes, each of which is a ziplist, a listpack or a single large element. */

import type { Elements } from "./elements.ts";
import { badDataFormat, NODE } from "./format.ts";
import type { RdbInput } from "./input.ts";
import { Listpack } from "./listpack.ts";
import { Piece } from "./piece.ts";
import { Ziplist } from "./old/ziplist.ts";

/** A walk over the elements of all nodes. A node without elements is passed over. */
export class Quicklist implements Elements {
  readonly #input: RdbInput;
  readonly #second: boolean;
  readonly #blob = new Piece();
  #nodesLeft: number;
  #node: Elements | undefined;

  /**
   * Reads the number of nodes.
   *
   * @param second Whether it is of the second kind: each node says what it is, packed ones are listpacks.
   */
  constructor(input: RdbInput, second: boolean) {
    this.#input = input;
    this.#second = second;
    this.#nodesLeft = input.count();
  }

  /** Reads the next element, of whichever node. */
  next(into: Piece): boolean {
    while (this.#node === undefined || !this.#node.next(into)) {
      if (this.#nodesLeft === 0) return false;
      this.#nodesLeft--;
      this.#node = undefined;
      const container = this.#second ? this.#input.length() : NODE.PACKED;
      if (container === NODE.PLAIN) {
        this.#string(into);
        return true;
      }
      if (container !== NODE.PACKED) throw badDataFormat();
      this.#string(this.#blob);
      this.#node = this.#second ? new Listpack(this.#blob) : new Ziplist(this.#blob);
    }
    return true;
  }

  /** A node's string, which is never empty. */
  #string(into: Piece): void {
    this.#input.string(into);
    if (into.length === 0) throw badDataFormat();
  }
}
