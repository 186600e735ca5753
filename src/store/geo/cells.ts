/**
 * Where a search looks: the cell of its centre and the eight around it, at a step at which they
 * cover the region, as ranges of scores.
 *
 * The order of the cells, and which of them are left out, are Redis's: an unsorted search tells what
 * it finds in that order. Where Redis finds less than there is, as it may around the poles and the
 * antimeridian, so does this.
 *
 * @module
 */

import {
  cellLatitude,
  cellLongitude,
  interleave,
  isPlace,
  latitudeCell,
  longitudeCell,
  MAX_STEP,
  type Place,
} from "./geohash.ts";
import type { Bounds, Region } from "./regions.ts";

/** A cell of a search. */
export interface ScoreCell {
  /** The least score of it. */
  readonly min: number;
  /** The least score of the next cell. */
  readonly max: number;
  /** Its westernmost column of the finest step. */
  readonly west: number;
  /** Its southernmost row. */
  readonly south: number;
  /** How many columns and rows it has. */
  readonly size: number;
}

/** Half of the equator on a Mercator map, in metres. */
const HALF_EQUATOR = 20037726.37;

/** The step at which nine cells cover a circle: cells are smaller towards the poles. */
export function stepFor(radius: number, latitude: number): number {
  if (radius === 0) return MAX_STEP;
  let step = -1;
  for (let reach = radius; reach < HALF_EQUATOR; reach *= 2) step++;
  const north = Math.abs(latitude);
  if (north > 66) step--;
  if (north > 80) step--;
  return Math.min(MAX_STEP, Math.max(1, step));
}

/** The neighbours of a cell, itself included, in the order of a search: to the east and to the north. */
const NEIGHBOURS: readonly (readonly [east: number, north: number])[] = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
];

/**
 * The cells to look for a region's places in, in this order. All the world is looked at where the
 * centre is off the map, as that of a polygon around a pole may be.
 */
export function cellsOf(region: Region): ScoreCell[] {
  const { bounds, radius } = region;
  const isOnMap = isPlace(region.centre.longitude, region.centre.latitude);
  const centre = isOnMap ? region.centre : { longitude: 0, latitude: 0 };
  let step = isOnMap ? stepFor(radius, centre.latitude) : 1;
  if (step > 1 && !neighboursCover(centre, bounds, step)) step--;
  const east = longitudeCell(centre.longitude, step), north = latitudeCell(centre.latitude, step);
  const within = step < 2 ? EVERYWHERE : {
    west: cellLongitude(east, step) < bounds.west,
    east: cellLongitude(east + 1, step) > bounds.east,
    south: cellLatitude(north, step) < bounds.south,
    north: cellLatitude(north + 1, step) > bounds.north,
  };
  const cells: ScoreCell[] = [];
  const size = 2 ** (MAX_STEP - step);
  /** The cell before, for large steps have neighbours that are the same. Zero is never skipped. */
  let before = 0;
  for (const [toEast, toNorth] of NEIGHBOURS) {
    if (toEast > 0 && within.east || toEast < 0 && within.west) continue;
    if (toNorth > 0 && within.north || toNorth < 0 && within.south) continue;
    const longitude = moved(east, toEast, step), latitude = moved(north, toNorth, step);
    const bits = interleave(longitude, latitude);
    if (cells.length > 1 && bits === before) continue;
    before = bits;
    cells.push({
      min: bits * size * size,
      max: interleave(longitude, latitude, 1) * size * size,
      west: longitude * size,
      south: latitude * size,
      size,
    });
  }
  return cells;
}

/** A region of which every neighbour is looked at. */
const EVERYWHERE = { west: false, east: false, south: false, north: false };

/** The number of a cell so many farther, round the world; one that does not move may lie beyond the last. */
function moved(cell: number, by: number, step: number): number {
  return by === 0 ? cell : (cell + by) & (2 ** step - 1);
}

/** Whether the cells around the centre's reach beyond the bounds. */
function neighboursCover(centre: Readonly<Place>, bounds: Bounds, step: number): boolean {
  const east = longitudeCell(centre.longitude, step), north = latitudeCell(centre.latitude, step);
  return !(cellLatitude(moved(north, 1, step) + 1, step) < bounds.north) &&
    !(cellLatitude(moved(north, -1, step), step) > bounds.south) &&
    !(cellLongitude(moved(east, 1, step) + 1, step) < bounds.east) &&
    !(cellLongitude(moved(east, -1, step), step) > bounds.west);
}
