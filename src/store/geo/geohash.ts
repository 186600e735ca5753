/**
 * Geohashes: a place on earth as an integer of 52 bits that is the score of a sorted set's member.
 *
 * Longitude and latitude are each divided into 2^step cells, 2^26 at most, and the bits of the two
 * numbers take turns, those of the latitude at the even places. So all places of a coarser cell have
 * scores from one number to another, and a search is a few ranges of scores (see cells.ts).
 *
 * The operations on doubles come in the order in which Redis has them: scores and coordinates are
 * the same to the last bit.
 *
 * @module
 */

/** A place, in degrees. */
export interface Place {
  /** From -180 to 180. */
  longitude: number;
  /** From {@linkcode MIN_LATITUDE} to {@linkcode MAX_LATITUDE}. */
  latitude: number;
}

/** The least longitude. */
export const MIN_LONGITUDE = -180;
/** The greatest longitude. */
export const MAX_LONGITUDE = 180;
/** The least latitude: the scores are those of a Mercator map, which has no poles. */
export const MIN_LATITUDE = -85.05112878;
/** The greatest latitude. */
export const MAX_LATITUDE = 85.05112878;

const LONGITUDES = MAX_LONGITUDE - MIN_LONGITUDE;
const LATITUDES = MAX_LATITUDE - MIN_LATITUDE;

/** The finest step: how often each axis is halved for a score. */
export const MAX_STEP = 26;
const FINEST = 2 ** MAX_STEP;
const TWO_32 = 2 ** 32;
const TWO_63 = 2 ** 63;
const TWO_64 = 2 ** 64;

/** Whether a place can be encoded. */
export function isPlace(longitude: number, latitude: number): boolean {
  return longitude >= MIN_LONGITUDE && longitude <= MAX_LONGITUDE && latitude >= MIN_LATITUDE &&
    latitude <= MAX_LATITUDE;
}

/** The number of the cell that a longitude is in. The greatest longitude is beyond the last cell. */
export function longitudeCell(longitude: number, step: number): number {
  return Math.trunc((longitude - MIN_LONGITUDE) / LONGITUDES * 2 ** step);
}

/** The number of the cell that a latitude is in. The greatest latitude is beyond the last cell. */
export function latitudeCell(latitude: number, step: number): number {
  return Math.trunc((latitude - MIN_LATITUDE) / LATITUDES * 2 ** step);
}

/** The longitude at which a cell begins; the next one's is where it ends. */
export function cellLongitude(cell: number, step: number): number {
  return MIN_LONGITUDE + cell / 2 ** step * LONGITUDES;
}

/** The latitude at which a cell begins; the next one's is where it ends. */
export function cellLatitude(cell: number, step: number): number {
  return MIN_LATITUDE + cell / 2 ** step * LATITUDES;
}

/**
 * The bits of two cell numbers in turns, those of the latitude at the even places.
 *
 * @param plus What to add: beyond the last cell a sum would be rounded twice.
 */
export function interleave(longitudeCell: number, latitudeCell: number, plus = 0): number {
  const low = spread(latitudeCell & 0xffff) | spread(longitudeCell & 0xffff) << 1;
  const high = spread(latitudeCell >>> 16) | spread(longitudeCell >>> 16) << 1;
  return (high >>> 0) * TWO_32 + ((low >>> 0) + plus);
}

/** Sixteen bits, a zero before each. */
function spread(bits: number): number {
  bits = (bits | bits << 8) & 0x00ff00ff;
  bits = (bits | bits << 4) & 0x0f0f0f0f;
  bits = (bits | bits << 2) & 0x33333333;
  return (bits | bits << 1) & 0x55555555;
}

/** The bits at the even places. */
function gather(bits: number): number {
  bits &= 0x55555555;
  bits = (bits | bits >>> 1) & 0x33333333;
  bits = (bits | bits >>> 2) & 0x0f0f0f0f;
  bits = (bits | bits >>> 4) & 0x00ff00ff;
  return (bits | bits >>> 8) & 0xffff;
}

/** The score of a place. */
export function scoreOf(longitude: number, latitude: number): number {
  return interleave(longitudeCell(longitude, MAX_STEP), latitudeCell(latitude, MAX_STEP));
}

/**
 * The place of a score: the middle of its cell.
 *
 * @param score Any number: a sorted set may have members that no GEOADD has added. What is no
 * integer of 64 bits becomes one as C has it on x86.
 * @param place Where it is put.
 */
export function placeOf(score: number, place: Place): void {
  let high: number, low: number;
  if (score >= 0 && score < TWO_64) {
    high = score / TWO_32 >>> 0;
    low = score >>> 0;
  } else if (score < 0 && score >= -TWO_63) {
    const whole = Math.trunc(score);
    high = Math.floor(whole / TWO_32) >>> 0;
    low = whole >>> 0;
  } else {
    high = score < 0 ? 0x80000000 : 0;
    low = 0;
  }
  const latitude = (gather(low) | gather(high) << 16) >>> 0;
  const longitude = (gather(low >>> 1) | gather(high >>> 1) << 16) >>> 0;
  place.longitude = middle(
    MIN_LONGITUDE + longitude / FINEST * LONGITUDES,
    MIN_LONGITUDE + (longitude + 1) / FINEST * LONGITUDES,
    MIN_LONGITUDE,
    MAX_LONGITUDE,
  );
  place.latitude = middle(
    MIN_LATITUDE + latitude / FINEST * LATITUDES,
    MIN_LATITUDE + (latitude + 1) / FINEST * LATITUDES,
    MIN_LATITUDE,
    MAX_LATITUDE,
  );
}

function middle(from: number, to: number, min: number, max: number): number {
  const value = (from + to) / 2;
  return value > max ? max : value < min ? min : value;
}

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const TEXT_LENGTH = 11;

/**
 * The geohash of a place as other programs write it, in eleven characters: of cells that divide the
 * latitudes from pole to pole. The last one is always `0`, for 52 bits make ten and a bit.
 */
export function geohashText({ longitude, latitude }: Place): string {
  const east = Math.trunc((longitude - MIN_LONGITUDE) / LONGITUDES * FINEST);
  const north = Math.trunc((latitude + 90) / 180 * FINEST);
  const bits = interleave(east % FINEST, north % FINEST);
  let text = "";
  for (let i = 1; i < TEXT_LENGTH; i++) {
    text += ALPHABET.charAt(Math.floor(bits / 2 ** (2 * MAX_STEP - 5 * i)) % 32);
  }
  return text + "0";
}
