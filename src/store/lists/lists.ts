/**
 * Lists: rows of (key, position, value). Where the positions come from is told in positions.ts, and
 * which elements are in memory, too, in stretches.ts.
 *
 * Every method takes a list that has elements, unless it says otherwise. Whoever reads has called
 * `engine.read()` before the key was found. A list may be emptied by {@linkcode Lists.move} and
 * {@linkcode Lists.remove} only, and its key must then be removed at once; elements that go with their
 * key are not deleted one by one.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Collection } from "../collections/collection.ts";
import type { Collections } from "../collections/collections.ts";
import type { Column } from "../values/column.ts";
import type { EncodingLimits } from "../collections/encodings.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { ListpackFit } from "./encoding.ts";
import { LAYOUT, ListPositions, MAX_POSITION, STEP } from "./positions.ts";
import { type ElementVisitor, ListRows } from "./rows.ts";
import type { Slice } from "../values/slice.ts";
import { ListStretches } from "./stretches.ts";
import { ListTails } from "./tails.ts";

/** The lists of all databases. */
export class Lists {
  readonly #collections: Collections;
  readonly #limits: EncodingLimits;
  readonly #positions: ListPositions;
  readonly #stretches: ListStretches;
  readonly #tails: ListTails;
  readonly #rows: ListRows;

  /** Takes the engine, the keys, and how long a list is held compactly. */
  constructor(engine: Engine, keyspace: Keyspace, limits: EncodingLimits) {
    this.#collections = keyspace.collections;
    this.#limits = limits;
    this.#positions = new ListPositions(engine, keyspace.collections);
    this.#tails = new ListTails(engine, keyspace, this.#positions);
    this.#rows = new ListRows(engine);
    const stretches = this.#stretches = new ListStretches(
      (list, first, count, visit) => this.each(list, first, count, visit),
      () => keyspace.cache.bytes.length,
    );
    engine.addListener({
      forget: () => stretches.forgetAll(),
      letGo: () => stretches.forgetAll(),
      beforeCommit: () => {},
    });
  }

  /** @internal Bytes of memory that elements take beside their rows. */
  get bytesInMemory(): number {
    return this.#stretches.size;
  }

  /** Adds an element at an end. The list may be empty. */
  push(list: Collection, value: Slice, left: boolean): void {
    const positions = this.#positions, tails = this.#tails;
    const held = tails.takes(list, value, left);
    if (!held) {
      tails.write(list);
      positions.reserve(list, left, 1);
    }
    const position = positions.next(list, left);
    if (held) tails.push(list, value, left);
    else this.#rows.insert(list.id, position, value);
    positions.pushed(list, left, position);
    this.#stretches.pushed(list, value, left);
    this.#collections.changed(list);
  }

  /** Visits the element of an index from 0, below the list's length. */
  element(list: Collection, index: number, visit: (value: Column | Slice) => void): void {
    const known = this.#stretches.element(list, index) ?? this.#tails.element(list, index);
    if (known !== undefined) return visit(known);
    this.#rows.visit(list.id, this.#positions.at(list, index), visit);
  }

  /**
   * The bulk strings of `count` elements from an index on, one behind the other as a reply has them;
   * undefined if they are only in their rows. All of them must be there. Valid until the next call.
   *
   * @param start From 0, below the list's length.
   */
  bulks(list: Collection, start: number, count: number): Slice | undefined {
    return this.#stretches.bulks(list, start, count);
  }

  /**
   * Visits `count` elements from an index on, in order. All of them must be there.
   *
   * @param start From 0, below the list's length.
   */
  each(list: Collection, start: number, count: number, visit: ElementVisitor): void {
    if (count <= 0) return;
    this.#tails.write(list);
    if (list.encoding === LAYOUT.REGULAR) {
      const from = this.#positions.at(list, start);
      this.#rows.visitSpan(list.id, from, from + (count - 1) * STEP, visit);
    } else {
      this.#walk(list, start, count, false, visit);
    }
  }

  /** Visits `count` elements, which must be there, from an end on. */
  eachFrom(
    list: Collection,
    left: boolean,
    count: number,
    visit: (value: Column | Slice) => void,
  ): void {
    const tails = this.#tails;
    if (count === 1 || tails.count(list, true) + tails.count(list, false) > 0) {
      const first = left ? 0 : list.length - 1, step = left ? 1 : -1;
      for (let i = 0; i < count; i++) this.element(list, first + i * step, visit);
    } else if (count > 0) {
      this.#walk(list, left ? 0 : list.length - 1, count, !left, visit);
    }
  }

  /** Visits elements from an index on. @param positions Gets their positions. */
  #walk(
    list: Collection,
    start: number,
    count: number,
    backwards: boolean,
    visit: ElementVisitor,
    positions?: number[],
  ): void {
    const from = backwards ? this.#positions.at(list, start) : this.#positions.seek(list, start);
    const offset = backwards ? 0 : this.#positions.offset;
    this.#rows.walk(list.id, from, offset, count, backwards, visit, positions);
  }

  /**
   * The indexes of the elements that are the same as `element`.
   *
   * @param left Look from the left end on, or else from the right.
   * @param most Look at so many elements, up to all.
   * @param limit Find so many.
   */
  indexesOf(
    list: Collection,
    element: Slice,
    left: boolean,
    most: number,
    limit: number,
  ): number[] {
    this.#tails.write(list);
    const { id, length } = list;
    if (list.encoding === LAYOUT.REGULAR) {
      // SQLite compares in a third of the time that it takes to step through the rows.
      const first = this.#positions.first(list);
      const from = left ? 0 : length - most;
      const low = first + from * STEP, high = low + (most - 1) * STEP;
      const few = Math.min(limit, length);
      const positions = this.#rows.equal(id, element, left, low, high, few);
      return positions.map((position) => (position - first) / STEP);
    }
    const found: number[] = [];
    const { bytes, start, end } = element;
    let index = left ? 0 : length - 1;
    this.#rows.scan(id, left, most, (_value, statement) => {
      if (statement.columnEquals(0, bytes, start, end)) found.push(index);
      index += left ? 1 : -1;
      return found.length < limit;
    });
    return found;
  }

  /** Replaces the element of an index from 0, below the list's length. */
  set(list: Collection, index: number, value: Slice): void {
    this.#tails.write(list);
    this.#rows.set(list.id, this.#positions.at(list, index), value);
    this.#stretches.changed(list);
    this.#collections.changed(list);
  }

  /**
   * Inserts an element next to the first one that is the same as `pivot`.
   *
   * @returns Whether there is one.
   */
  insert(list: Collection, before: boolean, pivot: Slice, value: Slice): boolean {
    this.#tails.write(list);
    const positions = this.#positions;
    const [at] = this.#rows.equal(list.id, pivot, true, -MAX_POSITION, MAX_POSITION, 1);
    if (at === undefined) return false;
    const neighbour = positions.neighbour(list, at, before);
    if (neighbour === undefined) {
      this.push(list, value, before);
      return true;
    }
    const position = before
      ? positions.between(list, neighbour, at)
      : positions.between(list, at, neighbour);
    this.#rows.insert(list.id, position, value);
    positions.inserted(list, position);
    this.#stretches.changed(list);
    this.#collections.changed(list);
    return true;
  }

  /**
   * Deletes elements that are the same as `element`; perhaps all the list has.
   *
   * @param limit How many, up to all.
   * @returns How many there were.
   */
  remove(list: Collection, element: Slice, left: boolean, limit: number): number {
    this.#tails.write(list);
    const found = this.#rows.equal(
      list.id,
      element,
      left,
      -MAX_POSITION,
      MAX_POSITION,
      Math.min(limit, list.length),
    );
    if (found.length === 0) return 0;
    const first = found[0]!, last = found[found.length - 1]!;
    const from = Math.min(first, last), to = Math.max(first, last);
    this.#rows.deleteEqual(list.id, from, to, element);
    list.length -= found.length;
    if (list.hasRuns) { for (const position of found) this.#positions.uncount(list, position); }
    this.#positions.punched(list, from, to);
    this.#stretches.changed(list);
    this.#collections.changed(list);
    return found.length;
  }

  /** All elements of a list are about to go with its key. */
  abandon(list: Collection): void {
    this.#tails.drop(list);
    this.#stretches.changed(list);
  }

  /** Deletes `count` elements at an end, fewer than the list has. */
  drop(list: Collection, left: boolean, count: number): void {
    if (count <= 0) return;
    const positions = this.#positions;
    const outer = left ? positions.first(list) : positions.last(list);
    const inner = positions.at(list, left ? count - 1 : list.length - count);
    const tails = this.#tails;
    // From the end on there are those that are not written, then rows, then those of the other end.
    const near = tails.count(list, left), far = tails.count(list, !left);
    const outside = Math.min(count, near);
    const rows = Math.min(count - outside, list.length - near - far);
    if (rows > 0) this.#deleteRows(list, left, outer, inner, outside, rows, count);
    if (outside > 0) tails.popOuter(list, left, outside);
    if (count > outside + rows) tails.popInner(list, left, count - outside - rows);
    list.length -= count;
    positions.popped(list, left, inner);
    this.#stretches.popped(list, left, count);
    this.#collections.changed(list);
  }

  /**
   * Deletes rows at an end.
   *
   * @param outside How many of the `count` elements from `outer` to `inner` are none, before the rows.
   */
  #deleteRows(
    list: Collection,
    left: boolean,
    outer: number,
    inner: number,
    outside: number,
    rows: number,
    count: number,
  ): void {
    const away = left ? STEP : -STEP;
    // A list of which some are no rows is regular.
    const from = outside > 0 ? outer + outside * away : outer;
    const to = rows < count ? from + (rows - 1) * away : inner;
    if (rows === 1) {
      this.#rows.delete(list.id, from);
      this.#positions.uncount(list, from);
      return;
    }
    this.#positions.uncountEnd(list, left, rows);
    this.#rows.deleteRange(list.id, Math.min(from, to), Math.max(from, to));
  }

  /**
   * Moves elements from an end of a list to an end of another or of the same, as a block in which
   * they keep their order. The other list may be empty; the first may be afterwards.
   *
   * @param count How many, up to all.
   * @param reversed Turn the block's order round; only from and to ends on the same side.
   * @param visit Gets the elements in the order they have afterwards.
   */
  move(
    source: Collection,
    destination: Collection,
    fromLeft: boolean,
    toLeft: boolean,
    count: number,
    reversed: boolean,
    visit: ElementVisitor,
  ): void {
    const positions = this.#positions;
    this.#tails.write(source);
    this.#tails.write(destination);
    const inPlace = source === destination && (fromLeft === toLeft || count === source.length);
    if (!inPlace) positions.reserve(destination, toLeft, count);
    this.#stretches.changed(source);
    this.#stretches.changed(destination);
    const block: number[] = [];
    const lowest = fromLeft ? 0 : source.length - count;
    this.#walk(source, reversed ? lowest + count - 1 : lowest, count, reversed, visit, block);
    if (inPlace) {
      if (reversed) this.#rows.reverse(source.id, block);
      this.#collections.changed(source);
      return;
    }
    for (let i = 0; i < count; i++) {
      const position = block[toLeft ? count - 1 - i : i]!;
      const target = positions.next(destination, toLeft);
      this.#rows.move(source.id, position, destination.id, target);
      source.length--;
      positions.uncount(source, position);
      positions.pushed(destination, toLeft, target);
    }
    positions.popped(source, fromLeft, block[fromLeft === reversed ? 0 : count - 1]!);
    this.#collections.changed(source);
    if (source !== destination) this.#collections.changed(destination);
  }

  /** The name of the encoding Redis would hold a list in. */
  encodingName(list: Collection): string {
    const fit = new ListpackFit(this.#limits.listSize);
    if (!fit.mayHold(list.length)) return "quicklist";
    this.#tails.write(list);
    this.#rows.scan(list.id, true, list.length, (value) => fit.add(value));
    return fit.fits ? "listpack" : "quicklist";
  }
}
