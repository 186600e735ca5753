/** Reads what GEOSEARCH, GEORADIUS and their kin ask for. */

import { int64At, integerAt, shownAt } from "../../src/commands/table/options.ts";
import type { Arguments } from "../../src/resp/arguments.ts";
import { type Place, placeOf } from "../../src/store/geo/geohash.ts";
import { Box, Circle, Polygon, type Region } from "../../src/store/geo/regions.ts";
import { err, syntaxError } from "../../src/store/values/errors.ts";
import type { Slice } from "../../src/store/values/slice.ts";
import { numberAt, placeAt, unitAt } from "./arguments.ts";

/** Which of the commands it is. */
export interface QueryForm {
  /** Where the region is said: GEOSEARCH says it by options, GEORADIUS by its first arguments. */
  readonly by: "options" | "place" | "member";
  /** Index of the key that is searched. */
  readonly sourceAt: number;
  /** GEOSEARCHSTORE's destination is an argument, GEORADIUS's an option; the others have none. */
  readonly stores: "argument" | "option" | "never";
}

/** What a command asks for. */
export interface Query {
  /** The region; undefined where the key is absent, and with it the member that is the centre. */
  region: Region | undefined;
  /** The metres of the unit that distances are told in. */
  unit: number;
  /** WITHDIST. */
  withDistance: boolean;
  /** WITHHASH. */
  withHash: boolean;
  /** WITHCOORD. */
  withPlace: boolean;
  /** ASC or DESC. */
  order: "nearest" | "farthest" | undefined;
  /** COUNT; infinite if there is none. */
  count: number;
  /** ANY: the first ones found will do. */
  any: boolean;
  /** Where the result is stored. */
  destination: Slice | undefined;
  /** STOREDIST: by distance in place of the geohash. */
  byDistance: boolean;
}

/** The score of a member of the searched key: undefined if it is not there, `null` if there is no key. */
export type ScoreOf = (member: Slice) => number | undefined | null;

/** What has been said of the region so far. */
interface Area {
  /** How the centre was said. */
  from?: "member" | "place";
  /** The centre; none of a member where there is no key. */
  centre?: Place;
  /** BYRADIUS, in units. */
  radius?: number;
  /** BYBOX, in units. */
  box?: { width: number; height: number };
  /** BYPOLYGON. */
  polygon?: Polygon;
  /** The metres of the unit. */
  unit: number;
}

/** Reads the arguments in their order: the first that is wrong is the error. @throws {CommandError} */
export function queryOf(args: Arguments, form: QueryForm, scoreOf: ScoreOf): Query {
  const query: Query = {
    region: undefined,
    unit: 1,
    withDistance: false,
    withHash: false,
    withPlace: false,
    order: undefined,
    count: 0,
    any: false,
    destination: form.stores === "argument" ? args.at(1) : undefined,
    byDistance: false,
  };
  const area: Area = { unit: 1 };
  let i = form.sourceAt + 1;
  if (form.by === "place") {
    area.centre = placeAt(args, i);
    readCircle(args, i + 2, area);
    i += 4;
  } else if (form.by === "member") {
    readMember(args, i, area, scoreOf);
    // Without a key nobody looks at the radius.
    if (area.centre !== undefined) readCircle(args, i + 1, area);
    i += 3;
  }
  while (i < args.count) {
    let read = readOption(args, i, query) || readStore(args, i, form, query);
    if (read === 0 && form.by === "options") read = readArea(args, i, area, scoreOf);
    if (read === 0) throw syntaxError();
    i += read;
  }
  if (query.destination !== undefined) refuseDetails(query, form);
  if (form.by === "options") requireArea(args, area);
  if (query.any && query.count === 0) throw err("the ANY argument requires COUNT argument");
  query.region = regionOf(area);
  query.unit = area.unit;
  // The nearest are wanted where nothing else is said.
  if (query.count > 0 && !query.any) query.order ??= "nearest";
  if (query.count === 0) query.count = Infinity;
  return query;
}

/** Reads an option that all commands have. @returns How many arguments it takes; 0 if it is none. */
function readOption(args: Arguments, i: number, query: Query): number {
  if (args.is(i, "WITHDIST")) query.withDistance = true;
  else if (args.is(i, "WITHHASH")) query.withHash = true;
  else if (args.is(i, "WITHCOORD")) query.withPlace = true;
  else if (args.is(i, "ANY")) query.any = true;
  else if (args.is(i, "ASC")) query.order = "nearest";
  else if (args.is(i, "DESC")) query.order = "farthest";
  else if (args.is(i, "COUNT") && i + 1 < args.count) {
    query.count = Number(integerAt(args, i + 1));
    if (query.count <= 0) throw err("COUNT must be > 0");
    return 2;
  } else return 0;
  return 1;
}

/** Reads where the result goes. @returns How many arguments that takes; 0 if it is something else. */
function readStore(args: Arguments, i: number, { stores }: QueryForm, query: Query): number {
  if (stores === "argument" && args.is(i, "STOREDIST")) {
    query.byDistance = true;
    return 1;
  }
  if (stores !== "option" || i + 1 === args.count) return 0;
  const byDistance = args.is(i, "STOREDIST");
  if (!byDistance && !args.is(i, "STORE")) return 0;
  query.byDistance = byDistance;
  query.destination = args.at(i + 1);
  return 2;
}

/** Reads a part of the region. @returns How many arguments it takes; 0 if it is none, or excluded by another. */
function readArea(args: Arguments, i: number, area: Area, scoreOf: ScoreOf): number {
  const left = args.count - i - 1;
  const { from, radius, box, polygon } = area;
  const isCircle = radius !== undefined, isBox = box !== undefined;
  if (args.is(i, "BYPOLYGON") && left >= 2 && from === undefined && !isCircle && !isBox) {
    return 1 + readPolygon(args, i + 1, area);
  }
  if (polygon !== undefined) return 0;
  if (args.is(i, "FROMMEMBER") && left >= 1 && from !== "place") {
    readMember(args, i + 1, area, scoreOf);
    return 2;
  }
  if (args.is(i, "FROMLONLAT") && left >= 2 && from !== "member") {
    area.centre = placeAt(args, i + 1);
    area.from = "place";
    return 3;
  }
  if (args.is(i, "BYRADIUS") && left >= 2 && !isBox) {
    readCircle(args, i + 1, area);
    return 3;
  }
  if (args.is(i, "BYBOX") && left >= 3 && !isCircle) {
    readBox(args, i + 1, area);
    return 4;
  }
  return 0;
}

function readMember(args: Arguments, index: number, area: Area, scoreOf: ScoreOf): void {
  area.from = "member";
  const score = scoreOf(args.at(index));
  if (score === undefined) throw err("could not decode requested zset member");
  if (score === null) return;
  area.centre = { longitude: 0, latitude: 0 };
  placeOf(score, area.centre);
}

function readCircle(args: Arguments, index: number, area: Area): void {
  const radius = numberAt(args, index, () => err("need numeric radius"));
  if (radius < 0) throw err("radius cannot be negative");
  area.unit = unitAt(args, index + 1);
  area.radius = radius;
}

function readBox(args: Arguments, index: number, area: Area): void {
  const width = numberAt(args, index, () => err("need numeric width"));
  const height = numberAt(args, index + 1, () => err("need numeric height"));
  if (height < 0 || width < 0) throw err("height or width cannot be negative");
  area.unit = unitAt(args, index + 2);
  area.box = { width, height };
}

/** Reads a polygon's vertices, which follow their number. @returns How many arguments these are. */
function readPolygon(args: Arguments, index: number, area: Area): number {
  const count = int64At(args, index);
  if (count === undefined || count < INT32_MIN || count > INT32_MAX) {
    throw err("invalid number of vertices");
  }
  if (count < 3 || count > (args.count - index - 1) / 2) {
    throw err("GEOSEARCH BYPOLYGON must have at least 3 vertices");
  }
  const vertices: Place[] = [];
  for (let i = 0; i < count; i++) vertices.push(placeAt(args, index + 1 + 2 * i));
  area.polygon = new Polygon(vertices);
  area.unit = 1;
  return 1 + 2 * vertices.length;
}

const INT32_MIN = -(2 ** 31), INT32_MAX = 2 ** 31 - 1;

/** What is stored has no details. */
function refuseDetails({ withDistance, withHash, withPlace }: Query, { stores }: QueryForm): void {
  if (!withDistance && !withHash && !withPlace) return;
  const name = stores === "argument" ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
  throw err(`${name} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
}

function requireArea(args: Arguments, { from, radius, box, polygon }: Area): void {
  if (polygon !== undefined) return;
  const name = shownAt(args, 0);
  if (from === undefined) {
    throw err(`exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`);
  }
  if (radius === undefined && box === undefined) {
    throw err(`exactly one of BYRADIUS and BYBOX can be specified for ${name}`);
  }
}

function regionOf({ centre, radius, box, polygon, unit }: Area): Region | undefined {
  if (polygon !== undefined || centre === undefined) return polygon;
  if (box !== undefined) return new Box(centre, box.width, box.height, unit);
  return radius === undefined ? undefined : new Circle(centre, radius * unit);
}
