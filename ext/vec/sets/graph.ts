/**
 * A set as the graph that Redis searches in, for DUMP: each element is a node on one or more levels,
 * and is linked with others that are near, there and back. Here the graph is made out of neighbours
 * when it is asked for.
 *
 * @module
 */

import { levelOf } from "./levels.ts";
import type { VectorSet } from "./vector_set.ts";

/** Elements up to which neighbours are looked for in the whole set. */
const SMALL = 2000;
/** Lists in which the neighbours of the nodes of a list are looked for; with each level four times as many. */
const NEAR = 6;
/** Share of the links that are wished for: the rest is for those that wish for this node. */
const WISHED = 1 / 2;

/** A node's links on one level. */
export interface Links {
  /** The numbers of its neighbours. */
  readonly numbers: number[];
  /** How far each is. */
  readonly distances: number[];
}

/** The links of each number, from level 0 on. */
export function graphOf(set: VectorSet): Map<number, Links[]> {
  const nodes = new Map<number, Links[]>();
  const { links } = set.facts;
  for (const { numbers, count } of set.lists()) {
    for (let i = 0; i < count; i++) {
      const levels = levelOf(numbers[i]!) + 1;
      nodes.set(
        numbers[i]!,
        Array.from({ length: levels }, () => ({ numbers: [], distances: [] })),
      );
    }
  }
  const isSmall = nodes.size <= SMALL;
  for (let level = 0; level <= set.maxLevel(); level++) {
    const most = level === 0 ? 2 * links : links;
    const connect = (a: number, b: number, distance: number) => {
      const from = nodes.get(a)?.[level], to = nodes.get(b)?.[level];
      if (from === undefined || to === undefined || from.numbers.includes(b)) return;
      if (from.numbers.length >= most || to.numbers.length >= most) return;
      from.numbers.push(b);
      from.distances.push(distance);
      to.numbers.push(a);
      to.distances.push(distance);
    };
    let last: number | undefined;
    for (const list of set.lists()) {
      const within = isSmall ? undefined : set.near(list, NEAR * 4 ** level);
      for (const number of list.numbers.slice(0, list.count)) {
        if (levelOf(number) < level) continue;
        // A chain through all of them leaves no node out of reach.
        if (last !== undefined) connect(last, number, set.distance(last, number));
        last = number;
        const found = set.neighbours(number, level, within);
        const wished = Math.min(found.numbers.length, Math.max(1, most * WISHED));
        for (let i = 0; i < wished; i++) connect(number, found.numbers[i]!, found.distances[i]!);
      }
    }
  }
  return nodes;
}
