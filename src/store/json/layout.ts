/**
 * How a document is cut into the pieces that are rows.
 *
 * Put together in order, the pieces of a document are its text. They are cut between the elements of
 * containers: a piece has some neighbouring elements of one container, whole, each with the comma before
 * it. The first piece of a container also has its opening bracket, with the comma and name before that, and
 * the last one its closing bracket. A container whose text is too long for a piece has pieces of its own,
 * which stand between those of its neighbours. So the text of a piece follows from the tree, and a
 * change rewrites the piece it is in.
 *
 * @module
 */

import type { Place } from "./path/evaluate.ts";
import { byteLength, jsonText, quoted } from "./text.ts";
import { isContainer, JsonArray, type JsonContainer, JsonObject } from "./values.ts";

/** Bytes of a piece from which on it is cut. */
export const LONGEST_PIECE = 6144;
/** Bytes that pieces have when they are cut. */
const CUT_PIECE = 3072;
/** Bytes below which a piece is joined with its neighbour. */
export const SHORTEST_PIECE = 768;

/** Some neighbouring elements of a container, which are a piece. */
export class Leaf {
  /** The container's pieces; undefined once it is none of them any more. */
  owner: Layout | undefined;
  /** How many elements. */
  count: number;
  /** Where its row is in the order of rows; undefined without a row. */
  position: number | undefined;
  /** Whether there is a row at that position. */
  stored = false;
  /** Bytes of its text, as the row has it. */
  bytes = 0;

  /** @param owner The container's pieces. */
  constructor(owner: Layout, count: number) {
    this.owner = owner;
    this.count = count;
  }
}

/** The pieces of a container that has its own: leaves, and those of elements that have theirs. */
export class Layout {
  /** The container. */
  readonly container: JsonContainer;
  /** The pieces of the container that this one is in; undefined of what holds the root. */
  owner: Layout | undefined;
  /** In the order of the elements. */
  segments: (Leaf | Layout)[] = [];

  /** @param container Has its own pieces. */
  constructor(container: JsonContainer, owner: Layout | undefined) {
    this.container = container;
    this.owner = owner;
  }

  /** Where the element at an index is. */
  find(index: number): { readonly at: number; readonly first: number } {
    const { segments } = this;
    let first = 0;
    for (let at = 0; at < segments.length; at++) {
      const count = countOf(segments[at]!);
      if (index < first + count) return { at, first };
      first += count;
    }
    throw new RangeError("no piece has this element");
  }

  /** The index of a segment's first element. */
  firstOf(at: number): number {
    let first = 0;
    for (let i = 0; i < at; i++) first += countOf(this.segments[i]!);
    return first;
  }
}

function countOf(segment: Leaf | Layout): number {
  return segment instanceof Leaf ? segment.count : 1;
}

/** Where a value is: in a leaf, or it has pieces of its own. */
interface Found {
  /** The innermost pieces around it. */
  readonly layout: Layout;
  /** Which of them it is, or is in. */
  readonly at: number;
  /** Its own pieces; undefined if it has none. */
  readonly own: Layout | undefined;
}

/** The pieces of one document, and which of them are to be written. */
export class Pieces {
  /** Holds the root as its one element. */
  readonly top: Layout;
  /** Leaves whose text is not that of their row. */
  readonly dirty: Set<Leaf> = new Set();
  /** Positions of rows that are no pieces any more. */
  readonly dropped: number[] = [];

  /** @param top Has a segment for the root. */
  constructor(top: Layout) {
    this.top = top;
  }

  /** The pieces of a new document: one, to be written. @param holder Has the root as its one element. */
  static of(holder: JsonArray): Pieces {
    const top = new Layout(holder, undefined);
    const leaf = new Leaf(top, 1);
    top.segments.push(leaf);
    const pieces = new Pieces(top);
    pieces.dirty.add(leaf);
    return pieces;
  }

  #find(place: Place): Found {
    let layout = this.top;
    for (let i = -1;; i++) {
      const { at } = layout.find(i < 0 ? 0 : place[i]!);
      const segment = layout.segments[at]!;
      const isLast = i === place.length - 1;
      if (segment instanceof Leaf) return { layout, at, own: undefined };
      if (isLast) return { layout, at, own: segment };
      layout = segment;
    }
  }

  #mark(segment: Leaf | Layout | undefined): void {
    if (segment instanceof Leaf) this.dirty.add(segment);
  }

  /** The neighbours of a segment that came or went have other brackets and commas now. */
  #markAround(layout: Layout, at: number): void {
    this.#mark(lastLeaf(layout.segments[at - 1]));
    this.#mark(firstLeaf(layout.segments[at + 1]));
  }

  /** The value at a place is, or is about to be, another one. */
  replaced(place: Place): void {
    const { layout, at, own } = this.#find(place);
    if (own === undefined) return this.#mark(layout.segments[at]);
    this.#becomeLeaf(layout, at, own);
  }

  #becomeLeaf(layout: Layout, at: number, own: Layout): void {
    this.#drop(own);
    const leaf = new Leaf(layout, 1);
    layout.segments[at] = leaf;
    this.dirty.add(leaf);
  }

  #drop(segment: Leaf | Layout): void {
    if (segment instanceof Layout) {
      for (const part of segment.segments) this.#drop(part);
      return;
    }
    segment.owner = undefined;
    this.dirty.delete(segment);
    if (segment.stored && segment.position !== undefined) this.dropped.push(segment.position);
  }

  /** Elements have come into the container at a place. */
  inserted(place: Place, index: number, count: number): void {
    const found = this.#find(place);
    const { own } = found;
    if (own === undefined) return this.#mark(found.layout.segments[found.at]);
    if (count === 0) return;
    const before = index === 0 ? undefined : own.find(index - 1).at;
    const at = before ?? 0;
    for (const candidate of [at, before === undefined ? -1 : before + 1]) {
      const segment = own.segments[candidate];
      if (!(segment instanceof Leaf)) continue;
      // Behind the last element of another segment only its first place is free.
      if (candidate !== at && own.firstOf(candidate) !== index) continue;
      segment.count += count;
      return this.#mark(segment);
    }
    const leaf = new Leaf(own, count);
    const to = before === undefined ? 0 : before + 1;
    own.segments.splice(to, 0, leaf);
    this.dirty.add(leaf);
    this.#markAround(own, to);
  }

  /** Elements are about to go from the container at a place. */
  removed(place: Place, index: number, count: number): void {
    const found = this.#find(place);
    const { own } = found;
    if (own === undefined) return this.#mark(found.layout.segments[found.at]);
    if (count === 0) return;
    let { at, first } = own.find(index);
    for (let left = count; left > 0;) {
      const segment = own.segments[at]!;
      const size = countOf(segment);
      const gone = Math.min(left, first + size - index);
      if (gone === size) {
        this.#drop(segment);
        own.segments.splice(at, 1);
        this.#mark(lastLeaf(own.segments[at - 1]));
        this.#mark(firstLeaf(own.segments[at]));
      } else {
        if (segment instanceof Leaf) segment.count -= gone;
        this.#mark(segment);
        first += size - gone;
        at++;
      }
      left -= gone;
    }
    if (own.segments.length === 0) this.#becomeLeaf(found.layout, found.at, own);
  }

  /** All leaves in order. */
  leaves(): Leaf[] {
    const leaves: Leaf[] = [];
    collect(this.top, leaves);
    return leaves;
  }

  /** The text of a leaf. */
  render(leaf: Leaf): string {
    const layout = leaf.owner;
    if (layout === undefined) return "";
    const { segments } = layout;
    const at = segments.indexOf(leaf);
    const first = layout.firstOf(at);
    let text = at === 0 ? opening(layout) : "";
    for (let i = first; i < first + leaf.count; i++) text += element(layout.container, i);
    return at === segments.length - 1 ? text + closing(layout) : text;
  }

  /** Cuts a leaf whose text is too long, as far as it has elements. @returns Whether it could. */
  cut(leaf: Leaf): boolean {
    const layout = leaf.owner;
    if (layout === undefined) return false;
    const at = layout.segments.indexOf(leaf);
    const parts = this.#cutElements(layout, layout.firstOf(at), leaf.count);
    const [only] = parts;
    if (parts.length === 1 && only instanceof Leaf) return false;
    // The first of the new leaves keeps the row.
    const heir = parts.map(firstLeaf).find((part) => part !== undefined);
    if (heir !== undefined) {
      heir.position = leaf.position;
      heir.stored = leaf.stored;
    }
    leaf.owner = undefined;
    this.dirty.delete(leaf);
    layout.segments.splice(at, 1, ...parts);
    const cut: Leaf[] = [];
    for (const part of parts) collect(part, cut);
    for (const part of cut) this.dirty.add(part);
    this.#markAround(layout, at);
    this.#mark(firstLeaf(layout.segments[at + parts.length]));
    return true;
  }

  #cutElements(layout: Layout, first: number, count: number): (Leaf | Layout)[] {
    const parts: (Leaf | Layout)[] = [];
    const { container } = layout;
    let taken = 0, bytes = 0;
    const flush = () => {
      if (taken > 0) {
        const leaf = new Leaf(layout, taken);
        // Until it is written: a neighbour must not be joined with it as if it were empty.
        leaf.bytes = bytes;
        parts.push(leaf);
      }
      taken = bytes = 0;
    };
    for (let i = first; i < first + count; i++) {
      const item = container.items[i]!;
      const size = byteLength(element(container, i));
      if (size > LONGEST_PIECE && isContainer(item)) {
        flush();
        const own = new Layout(item, layout);
        own.segments = this.#cutElements(own, 0, item.items.length);
        parts.push(own);
        continue;
      }
      if (bytes + size > CUT_PIECE) flush();
      taken++;
      bytes += size;
    }
    flush();
    return parts;
  }

  /** Joins a short leaf with a neighbour in its container, or has the container have no pieces. @returns Whether it could. */
  join(leaf: Leaf): boolean {
    const layout = leaf.owner;
    if (layout === undefined) return false;
    const { segments, owner: around } = layout;
    const at = segments.indexOf(leaf);
    if (segments.length === 1) {
      if (around === undefined) return false;
      const heir = new Leaf(around, 1);
      heir.position = leaf.position;
      heir.stored = leaf.stored;
      heir.bytes = leaf.bytes;
      around.segments[around.segments.indexOf(layout)] = heir;
      leaf.owner = undefined;
      this.dirty.delete(leaf);
      this.dirty.add(heir);
      return true;
    }
    const next = segments[at + 1] ?? segments[at - 1];
    if (!(next instanceof Leaf) || next.bytes + leaf.bytes > CUT_PIECE) return false;
    next.count += leaf.count;
    segments.splice(at, 1);
    this.#drop(leaf);
    this.dirty.add(next);
    return true;
  }
}

function collect(segment: Leaf | Layout, leaves: Leaf[]): void {
  if (segment instanceof Leaf) leaves.push(segment);
  else for (const part of segment.segments) collect(part, leaves);
}

function firstLeaf(segment: Leaf | Layout | undefined): Leaf | undefined {
  while (segment instanceof Layout) segment = segment.segments[0];
  return segment;
}

function lastLeaf(segment: Leaf | Layout | undefined): Leaf | undefined {
  while (segment instanceof Layout) segment = segment.segments.at(-1);
  return segment;
}

/** An element with what stands before it in its container. */
function element(container: JsonContainer, index: number): string {
  return before(container, index) + jsonText(container.items[index]!);
}

function before(container: JsonContainer, index: number): string {
  const comma = index === 0 ? "" : ",";
  return container instanceof JsonObject ? `${comma}${quoted(container.keys[index]!)}:` : comma;
}

/** The brackets that the first piece of a container begins with. */
function opening(layout: Layout): string {
  const { container, owner: around } = layout;
  if (around === undefined) return "";
  const at = around.segments.indexOf(layout);
  const outer = at === 0 ? opening(around) : "";
  const bracket = container instanceof JsonArray ? "[" : "{";
  return outer + before(around.container, around.firstOf(at)) + bracket;
}

/** The brackets that the last piece of a container ends with. */
function closing(layout: Layout): string {
  const { container, owner: around } = layout;
  if (around === undefined) return "";
  const bracket = container instanceof JsonArray ? "]" : "}";
  return around.segments.at(-1) === layout ? bracket + closing(around) : bracket;
}
