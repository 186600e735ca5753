/** The map of the world without tiles: coasts and a net of degrees, drawn as far as they are in sight. */

/** A place: degrees east and north. */
export type Place = readonly [longitude: number, latitude: number];

/** What is in sight: its middle, and how many degrees of longitude. */
export interface Sight {
  readonly middle: Place;
  readonly degrees: number;
}

/** Part of TopoJSON: arcs of differences, which land is made of. */
interface Topology {
  readonly transform: {
    readonly scale: readonly [number, number];
    readonly translate: readonly [number, number];
  };
  readonly arcs: readonly (readonly (readonly [number, number])[])[];
}

/** Coasts, each a line of places. */
export async function coasts(): Promise<readonly (readonly Place[])[]> {
  const { default: topology }: { default: unknown } = await import("world-atlas/land-110m.json", {
    with: { type: "json" },
  });
  const { transform: { scale, translate }, arcs } = topology as Topology;
  return arcs.map((arc) => {
    let x = 0, y = 0;
    return arc.map(([dx, dy]): Place => {
      x += dx;
      y += dy;
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
    });
  });
}

/** Steps of the net in degrees, by what is in sight. */
const STEPS = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];

/** The step of a net that has about six lines. */
export function stepFor(degrees: number): number {
  return STEPS.find((step) => degrees / step >= 5) ?? STEPS.at(-1)!;
}

/** Sees all of the places, with some room around. */
export function sightOf(places: readonly Place[]): Sight {
  if (places.length === 0) return { middle: [0, 20], degrees: 340 };
  const range = (of: (place: Place) => number) => {
    let least = Infinity, most = -Infinity;
    for (const place of places) {
      least = Math.min(least, of(place));
      most = Math.max(most, of(place));
    }
    return { middle: (least + most) / 2, width: most - least };
  };
  const east = range(([longitude]) => longitude), north = range(([, latitude]) => latitude);
  return {
    middle: [east.middle, north.middle],
    degrees: Math.min(360, Math.max(0.02, 1.25 * Math.max(east.width, 2.4 * north.width))),
  };
}
