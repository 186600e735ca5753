/**
 * Reads stored documents: the tree, and which elements are in which piece.
 *
 * @module
 */

import { Layout, Leaf, Pieces } from "./layout.ts";
import { type ElementsTold, JsonParser } from "./parser.ts";
import { JsonArray, type JsonContainer } from "./values.ts";

/** A row of a document. */
export interface StoredPiece {
  /** Its position. */
  readonly position: number;
  /** Its text. */
  readonly text: string;
  /** Bytes of its text. */
  readonly bytes: number;
}

/** A document as it was read. */
export interface Loaded {
  /** Has the root as its one element. */
  readonly holder: JsonArray;
  /** What it is stored in. */
  readonly pieces: Pieces;
}

/** Reads a document out of its rows. */
export function loadPieces(stored: readonly StoredPiece[]): Loaded {
  const text = stored.map((piece) => piece.text).join("");
  const holder = new JsonArray();
  const tracker = new PieceTracker(holder, stored);
  holder.items.push(new JsonParser(text, stored.length > 1 ? tracker : undefined).value());
  const top = tracker.end();
  const pieces = new Pieces(top);
  const leaves = pieces.leaves();
  const aligned = leaves.length === stored.length &&
    leaves.every((leaf, i) => leaf.position === stored[i]!.position);
  if (aligned) return { holder, pieces };
  // Rows cut somewhere else, by another hand: they go when the document is written.
  const whole = Pieces.of(holder);
  for (const { position } of stored) whole.dropped.push(position);
  return { holder, pieces: whole };
}

/** A container that is being read. */
interface Open {
  /** The piece it begins in. */
  readonly from: number;
  /** The piece that the elements counted last begin in, and how many they are. */
  piece: number;
  count: number;
  /** What was counted before. */
  segments: (Leaf | Layout)[];
}

/** Counts the elements that begin in each piece. */
class PieceTracker implements ElementsTold {
  readonly #holder: JsonArray;
  readonly #stored: readonly StoredPiece[];
  readonly #open: Open[];
  #piece = 0;
  /** Where the piece after the current one begins. */
  #next: number;

  constructor(holder: JsonArray, stored: readonly StoredPiece[]) {
    this.#holder = holder;
    this.#stored = stored;
    this.#next = stored[0]?.text.length ?? 0;
    this.#open = [{ from: 0, piece: 0, count: 1, segments: [] }];
  }

  #pieceAt(at: number): number {
    while (at >= this.#next && this.#piece + 1 < this.#stored.length) {
      this.#next += this.#stored[++this.#piece]!.text.length;
    }
    return this.#piece;
  }

  open(at: number): void {
    const piece = this.#pieceAt(at);
    this.#open.push({ from: piece, piece, count: 0, segments: [] });
  }

  element(at: number): void {
    const open = this.#open[this.#open.length - 1]!;
    const piece = this.#pieceAt(at);
    if (piece !== open.piece) {
      this.#flush(open);
      open.piece = piece;
    }
    open.count++;
  }

  close(container: JsonContainer, at: number): void {
    const open = this.#open.pop()!;
    if (this.#pieceAt(at - 1) === open.from) return;
    this.#flush(open);
    const layout = new Layout(container, undefined);
    layout.segments = adopt(layout, open.segments);
    const around = this.#open[this.#open.length - 1]!;
    around.count--;
    this.#flush(around);
    around.segments.push(layout);
    around.piece = -1;
  }

  #flush(open: Open): void {
    if (open.count > 0) {
      const leaf = new Leaf(NOBODY, open.count);
      const stored = this.#stored[open.piece];
      leaf.position = stored?.position;
      leaf.bytes = stored?.bytes ?? 0;
      leaf.stored = true;
      open.segments.push(leaf);
    }
    open.count = 0;
  }

  /** What holds the root. */
  end(): Layout {
    const open = this.#open[0]!;
    this.#flush(open);
    const top = new Layout(this.#holder, undefined);
    top.segments = adopt(top, open.segments);
    return top;
  }
}

const NOBODY = new Layout(new JsonArray(), undefined);

function adopt(layout: Layout, segments: (Leaf | Layout)[]): (Leaf | Layout)[] {
  for (const segment of segments) segment.owner = layout;
  return segments;
}
