/** The places of a sorted set that are in a region. */

import type { Collection } from "../../src/store/collections/collection.ts";
import { MemberList } from "../../src/store/collections/member_list.ts";
import { cellsOf, type ScoreCell } from "../../src/store/geo/cells.ts";
import { type Place, placeOf } from "../../src/store/geo/geohash.ts";
import { OUTSIDE, type Region } from "../../src/store/geo/regions.ts";
import { nextScoreIn, type Window, windowsOf } from "../../src/store/geo/windows.ts";
import { after, type Position } from "../../src/store/sorted_sets/positions.ts";
import type { SortedSets } from "../../src/store/sorted_sets/sorted_sets.ts";

/** Members with their scores and their distances, in the order they were found. */
export interface FoundPlaces {
  /** The members. */
  readonly members: MemberList;
  /** Their scores. */
  readonly scores: number[];
  /** Their distances from the region's centre, in metres. */
  readonly distances: number[];
}

/** Scores from here on have a coordinate beyond the last cell, and no place among windows. */
const LAST_SCORE = 2 ** 52;
/** Rows outside of the region's rectangle that are read one after the other; seeking costs as much as these. */
const PATIENCE = 8;
/** Rows that are read by the first run of a statement, and by any: drivers without cursors hold them all. */
const FIRST_PAGE = 64, PAGE = 4096;

const NO_BYTES = new Uint8Array(0);
const place: Place = { longitude: 0, latitude: 0 };

/** No places. */
export function nothingFound(): FoundPlaces {
  return { members: new MemberList(), scores: [], distances: [] };
}

/**
 * Finds the places of a region.
 *
 * @param limit How many to find at most: the first ones on the way, not the nearest.
 */
export function findPlaces(
  sortedSets: SortedSets,
  collection: Collection,
  region: Region,
  limit = Infinity,
): FoundPlaces {
  const found = nothingFound();
  const windows = windowsOf(region.extent);
  for (const cell of cellsOf(region)) {
    if (found.scores.length >= limit) break;
    findInCell(sortedSets, collection, region, windows, cell, limit, found);
  }
  return found;
}

function findInCell(
  sortedSets: SortedSets,
  collection: Collection,
  region: Region,
  windows: readonly Window[],
  { min, max }: ScoreCell,
  limit: number,
  found: FoundPlaces,
): void {
  const { members, scores, distances } = found;
  const { extent } = region;
  const to: Position = { score: max, member: NO_BYTES };
  let from: Position | undefined = { score: min, member: NO_BYTES };
  let page = FIRST_PAGE;
  while (from !== undefined) {
    let next: Position | undefined;
    let rows = 0, missed = 0;
    sortedSets.ranges.visit(collection, { from, to }, false, 0, page, (member, score) => {
      rows++;
      placeOf(score, place);
      const metres = region.distanceOf(place.longitude, place.latitude);
      if (metres !== OUTSIDE) {
        members.pushColumn(member);
        scores.push(score);
        distances.push(metres);
        missed = 0;
        if (scores.length >= limit) return false;
      } else if (isBeyond(extent, place)) {
        if (++missed >= PATIENCE && score < LAST_SCORE) {
          const inWindow = nextScoreIn(windows, place);
          next = inWindow < max ? { score: inWindow, member: NO_BYTES } : undefined;
          return false;
        }
      } else {
        missed = 0;
      }
      if (rows === page) next = after({ score, member: member.copy() });
      return true;
    });
    if (scores.length >= limit) return;
    from = next;
    if (rows === page) page = Math.min(PAGE, 4 * page);
  }
}

/** Whether a place is outside of a region's rectangle: those that cross the antimeridian are told by latitude alone. */
function isBeyond({ west, south, east, north }: Region["extent"], place: Place): boolean {
  if (place.latitude < south || place.latitude > north) return true;
  return west >= -180 && east <= 180 && (place.longitude < west || place.longitude > east);
}
