/**
 * Where among scores the places of a rectangle are: what a search skips by.
 *
 * The nine cells of a search are several times as large as its region. On its way through the
 * scores of a cell a search leaves the region's rectangle and comes back to it; here is where it
 * does so, so that it can seek there in place of reading what is between.
 *
 * @module
 */

import {
  interleave,
  latitudeCell,
  longitudeCell,
  MAX_LATITUDE,
  MAX_LONGITUDE,
  MAX_STEP,
  MIN_LATITUDE,
  MIN_LONGITUDE,
  type Place,
} from "./geohash.ts";
import type { ScoreCell } from "./cells.ts";
import type { Bounds } from "./regions.ts";

/** A rectangle of cells of the finest step, its edges included. */
export interface Window {
  /** The westernmost column. */
  readonly west: number;
  /** The southernmost row. */
  readonly south: number;
  /** The easternmost column. */
  readonly east: number;
  /** The northernmost row. */
  readonly north: number;
}

/** The parts of a rectangle on the map: two if it crosses the antimeridian. */
export function windowsOf({ west, south, east, north }: Bounds): Window[] {
  const all = !(east - west < 360);
  const rows = {
    south: latitudeCell(clamp(south, MIN_LATITUDE, MAX_LATITUDE), MAX_STEP),
    north: latitudeCell(clamp(north, MIN_LATITUDE, MAX_LATITUDE), MAX_STEP),
  };
  const windows: Window[] = [];
  for (const turn of all ? [0] : [0, -360, 360]) {
    const from = Math.max(west + turn, MIN_LONGITUDE), to = Math.min(east + turn, MAX_LONGITUDE);
    if (!all && from > to) continue;
    windows.push({
      west: longitudeCell(all ? MIN_LONGITUDE : from, MAX_STEP),
      east: longitudeCell(all ? MAX_LONGITUDE : to, MAX_STEP),
      ...rows,
    });
  }
  return windows;
}

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));

/** Scores from here on have a coordinate beyond the last cell, and no place among windows. */
export const LAST_SCORE = 2 ** 52;

/**
 * The least and the greatest score of the places that a cell has in windows: those of the corners,
 * for a score grows with the column and with the row.
 *
 * @returns The scores `min` up to but without `max`, fewer than the cell's; none if it has no place.
 */
export function scoresIn(windows: readonly Window[], cell: ScoreCell): ScoreRange {
  if (cell.min >= LAST_SCORE) return cell;
  const { west, south, size } = cell;
  let min = Infinity, max = 0;
  for (const window of windows) {
    const left = Math.max(west, window.west), right = Math.min(west + size - 1, window.east);
    const bottom = Math.max(south, window.south), top = Math.min(south + size - 1, window.north);
    if (left > right || bottom > top) continue;
    min = Math.min(min, interleave(left, bottom));
    max = Math.max(max, interleave(right, top, 1));
  }
  return { min, max };
}

/** Scores from one on, up to but without another. */
export interface ScoreRange {
  /** The first. */
  readonly min: number;
  /** The first that is too much. */
  readonly max: number;
}

/** The least score that is greater than a place's and in one of the windows; infinite if there is none. */
export function nextScoreIn(windows: readonly Window[], { longitude, latitude }: Place): number {
  const x = longitudeCell(longitude, MAX_STEP), y = latitudeCell(latitude, MAX_STEP);
  let next = Infinity;
  for (const window of windows) next = Math.min(next, nextIn(window, x, y));
  return next;
}

/**
 * The least score in a window that comes after a cell's. From the cell outwards, of the squares
 * whose scores all come after it, the first that meets the window has it, in its corner there:
 * a score grows with the column and with the row.
 */
function nextIn({ west, south, east, north }: Window, x: number, y: number): number {
  for (let level = 0; level < MAX_STEP; level++) {
    const size = 2 ** level;
    const column = x >>> level, row = y >>> level;
    for (let quarter = ((column & 1) << 1 | row & 1) + 1; quarter < 4; quarter++) {
      const left = ((column & ~1) | quarter >> 1) * size;
      const bottom = ((row & ~1) | quarter & 1) * size;
      const meets = left <= east && left + size > west && bottom <= north && bottom + size > south;
      if (meets) return interleave(Math.max(left, west), Math.max(bottom, south));
    }
  }
  return Infinity;
}
