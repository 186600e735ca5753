/** The geo commands: https://redis.io/docs/latest/commands/?group=geo */

import type { Command, KeySpec } from "../../src/commands/table/command.ts";
import { commandsOf } from "../../src/commands/table/define.ts";
import { geoadd, geodist, geohash, geopos } from "./places.ts";
import type { QueryForm } from "./query.ts";
import { geosearch } from "./search.ts";

const command = commandsOf("geo");

const UNIT = "<M | KM | FT | MI>";
const ORDER = "[ASC | DESC]";
const COUNT = "[COUNT count [ANY]]";
const DETAILS = "[WITHCOORD] [WITHDIST] [WITHHASH]";
const AREA = "[FROMMEMBER member | FROMLONLAT longitude latitude] " +
  `<BYRADIUS radius ${UNIT} | BYBOX width height ${UNIT} | ` +
  "BYPOLYGON num-vertices longitude latitude [longitude latitude ...]>";
const RADIUS_OPTIONS = `${DETAILS} ${COUNT} ${ORDER}`;
const STORES = "[STORE key | STOREDIST key]";

const SEARCH =
  "O(N + C log M): N members in the nine cells around the region, C cells' parts, M members";

const reading = { flags: "readonly", acl: "geo", keys: ["1 RO access"] };
const storing = { flags: "write denyoom", effects: "itself", acl: "geo" } as const;

/** The keys of GEORADIUS and its kin. @param optionsFrom Index of the first option. */
function keysFrom(optionsFrom: number): (string | KeySpec)[] {
  const stored = (keyword: string): KeySpec => ({
    flags: ["OW", "update"],
    begin: { keyword, startFrom: optionsFrom },
    find: { lastKey: 0, step: 1, limit: 0 },
  });
  return ["1 RO access", stored("STORE"), stored("STOREDIST")];
}

/** A command that searches, by what is told of its form. */
const searching = (form: QueryForm): Command["handler"] & object => (context) =>
  geosearch(context, form);

/** All geo commands. */
export const geoCommands: readonly Command[] = [
  command("GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]", {
    ...storing,
    since: "3.2.0",
    arity: -5,
    keys: ["1 RW update"],
    complexity: "O(log N) for each member",
    summary: "Adds members to a sorted set by their places, or changes these.",
  }, geoadd),
  command(`GEODIST key member1 member2 [M | KM | FT | MI]`, {
    ...reading,
    since: "3.2.0",
    arity: -4,
    complexity: "O(log N)",
    summary: "Returns the distance between two members.",
  }, geodist),
  command("GEOHASH key [member [member ...]]", {
    ...reading,
    since: "3.2.0",
    arity: -2,
    complexity: "O(log N) for each member",
    summary: "Returns the geohashes of members as text.",
  }, geohash),
  command("GEOPOS key [member [member ...]]", {
    ...reading,
    since: "3.2.0",
    arity: -2,
    complexity: "O(log N) for each member",
    summary: "Returns the longitudes and latitudes of members.",
  }, geopos),
  command(`GEORADIUS key longitude latitude radius ${UNIT} ${RADIUS_OPTIONS} ${STORES}`, {
    ...storing,
    flags: "write denyoom movablekeys",
    effects: "itself",
    since: "3.2.0",
    arity: -6,
    keys: keysFrom(6),
    complexity: SEARCH,
    summary: "Returns the members within a distance of a place, or stores them.",
  }, searching({ by: "place", sourceAt: 1, stores: "option" })),
  command(`GEORADIUS_RO key longitude latitude radius ${UNIT} ${RADIUS_OPTIONS}`, {
    ...reading,
    since: "3.2.10",
    arity: -6,
    complexity: SEARCH,
    summary: "Returns the members within a distance of a place.",
  }, searching({ by: "place", sourceAt: 1, stores: "never" })),
  command(`GEORADIUSBYMEMBER key member radius ${UNIT} ${RADIUS_OPTIONS} ${STORES}`, {
    ...storing,
    flags: "write denyoom movablekeys",
    effects: "itself",
    since: "3.2.0",
    arity: -5,
    keys: keysFrom(5),
    complexity: SEARCH,
    summary: "Returns the members within a distance of a member, or stores them.",
  }, searching({ by: "member", sourceAt: 1, stores: "option" })),
  command(`GEORADIUSBYMEMBER_RO key member radius ${UNIT} ${RADIUS_OPTIONS}`, {
    ...reading,
    since: "3.2.10",
    arity: -5,
    complexity: SEARCH,
    summary: "Returns the members within a distance of a member.",
  }, searching({ by: "member", sourceAt: 1, stores: "never" })),
  command(`GEOSEARCH key ${AREA} ${ORDER} ${COUNT} ${DETAILS}`, {
    ...reading,
    since: "6.2.0",
    arity: -7,
    complexity: SEARCH,
    summary: "Returns the members in a circle, a box or a polygon.",
  }, searching({ by: "options", sourceAt: 1, stores: "never" })),
  command(`GEOSEARCHSTORE destination source ${AREA} ${ORDER} ${COUNT} [STOREDIST]`, {
    ...storing,
    since: "6.2.0",
    arity: -8,
    keys: ["1 OW update", "2 RO access"],
    complexity: SEARCH,
    summary: "Stores the members in a circle, a box or a polygon.",
  }, searching({ by: "options", sourceAt: 2, stores: "argument" })),
];
