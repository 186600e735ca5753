/** The places of a sorted set that are in a region. */

import type { Collection } from "../../src/store/collections/collection.ts";
import { MemberList } from "../../src/store/collections/member_list.ts";
import { cellsOf } from "../../src/store/geo/cells.ts";
import { type Place, placeOf } from "../../src/store/geo/geohash.ts";
import { OUTSIDE, type Region } from "../../src/store/geo/regions.ts";
import {
  LAST_SCORE,
  nextScoreIn,
  type ScoreRange,
  scoresIn,
  type Window,
  windowsOf,
} from "../../src/store/geo/windows.ts";
import type { Column } from "../../src/store/values/column.ts";
import { after, type Position } from "../../src/store/sorted_sets/positions.ts";
import type { SortedSets } from "../../src/store/sorted_sets/sorted_sets.ts";

/** Members with their scores and their distances, in the order they were found. */
export class FoundPlaces {
  /** The members. */
  readonly members: MemberList = new MemberList();
  /** Their scores. */
  readonly scores: number[] = [];
  /** Their distances from the region's centre, in metres. */
  readonly distances: number[] = [];

  /** How many. */
  get length(): number {
    return this.scores.length;
  }

  /** Adds a place. */
  push(member: Column, score: number, distance: number): void {
    this.members.pushColumn(member);
    this.scores.push(score);
    this.distances.push(distance);
  }

  /** Forgets all of them. */
  clear(): void {
    this.members.clear();
    this.scores.length = 0;
    this.distances.length = 0;
  }
}

/** Rows outside of the region's rectangle that are read one after the other; seeking costs as much as these. */
const PATIENCE = 24;
/** Rows that are read by the first run of a statement, and by any: drivers without cursors hold them all. */
const FIRST_PAGE = 64, PAGE = 4096;

const NO_BYTES = new Uint8Array(0);
const place: Place = { longitude: 0, latitude: 0 };

/**
 * Finds the places of a region.
 *
 * @param limit How many to find at most: the first ones on the way, not the nearest.
 * @param found Where they are put.
 */
export function findPlaces(
  sortedSets: SortedSets,
  collection: Collection,
  region: Region,
  limit: number,
  found: FoundPlaces,
): void {
  const windows = windowsOf(region.extent);
  for (const cell of cellsOf(region)) {
    if (found.length >= limit) return;
    const scores = scoresIn(windows, cell);
    findBetween(sortedSets, collection, region, windows, scores, limit, found);
  }
}

function findBetween(
  { ranges }: SortedSets,
  collection: Collection,
  region: Region,
  windows: readonly Window[],
  { min, max }: ScoreRange,
  limit: number,
  found: FoundPlaces,
): void {
  const { extent } = region;
  let page = FIRST_PAGE, rows = 0, missed = 0;
  /** Where to go on: at a score, or after a row that was the last of its page. */
  let nextScore: number | undefined = min;
  let nextRow: Position | undefined;
  const visit = (member: Column, score: number) => {
    rows++;
    placeOf(score, place);
    if (isBeyond(extent, place)) {
      if (++missed >= PATIENCE && score < LAST_SCORE) {
        nextScore = nextScoreIn(windows, place);
        return false;
      }
    } else {
      missed = 0;
      const metres = region.distanceOf(place.longitude, place.latitude);
      if (metres !== OUTSIDE) {
        found.push(member, score, metres);
        if (found.length >= limit) return false;
      }
    }
    if (rows === page) nextRow = after({ score, member: member.copy() });
    return true;
  };
  while (found.length < limit) {
    const fromScore: number | undefined = nextScore, fromRow: Position | undefined = nextRow;
    nextScore = nextRow = undefined;
    rows = missed = 0;
    if (fromRow !== undefined) {
      page = Math.min(PAGE, 4 * page);
      const to = { score: max, member: NO_BYTES };
      ranges.visit(collection, { from: fromRow, to }, false, 0, page, visit);
    } else if (fromScore !== undefined && fromScore < max) {
      ranges.visitScores(collection, fromScore, max, page, visit);
    } else {
      return;
    }
  }
}

/** Whether a place is outside of a region's rectangle: those that cross the antimeridian are told by latitude alone. */
function isBeyond({ west, south, east, north }: Region["extent"], place: Place): boolean {
  if (place.latitude < south || place.latitude > north) return true;
  return west >= -180 && east <= 180 && (place.longitude < west || place.longitude > east);
}
