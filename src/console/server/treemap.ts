/** Lays areas out in a rectangle, each as near to a square as can be. */

/** An area: where it is, in percent of the whole. */
export interface Box<Item> {
  readonly item: Item;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Free {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The worst of the proportions of areas that share a row along a side. */
function worst(row: readonly number[], sum: number, side: number): number {
  const along = sum / side;
  return Math.max(...row.map((area) => {
    const across = area / along;
    return Math.max(along / across, across / along);
  }));
}

/**
 * Squarified: rows along the shorter side take in areas as long as that makes them squarer.
 *
 * @param items The items, the largest first.
 * @param aspect Width by height of the whole.
 */
export function treemap<Item extends { readonly size: number }>(
  items: readonly Item[],
  aspect: number,
): Box<Item>[] {
  const total = items.reduce((sum, { size }) => sum + size, 0);
  const boxes: Box<Item>[] = [];
  if (total === 0) return boxes;
  const free: Free = { x: 0, y: 0, width: aspect, height: 1 };
  const areas = items.map(({ size }) => size / total * aspect);
  for (let from = 0; from < items.length;) {
    const side = Math.min(free.width, free.height);
    let to = from + 1, sum = areas[from]!;
    while (
      to < items.length &&
      worst(areas.slice(from, to + 1), sum + areas[to]!, side) <=
        worst(areas.slice(from, to), sum, side)
    ) sum += areas[to++]!;
    const along = sum / side;
    let at = 0;
    for (let i = from; i < to; i++) {
      const across = areas[i]! / along;
      const isColumn = free.width >= free.height;
      boxes.push({
        item: items[i]!,
        x: 100 * (isColumn ? free.x : free.x + at) / aspect,
        y: 100 * (isColumn ? free.y + at : free.y),
        width: 100 * (isColumn ? along : across) / aspect,
        height: 100 * (isColumn ? across : along),
      });
      at += across;
    }
    if (free.width >= free.height) {
      free.x += along;
      free.width -= along;
    } else {
      free.y += along;
      free.height -= along;
    }
    from = to;
  }
  return boxes;
}
