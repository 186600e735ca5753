/**
 * Several places of one document to be changed: by names and indexes, for what is at a place may be
 * elsewhere, or gone, after the change of another one.
 *
 * @module
 */

import type { Place } from "../../store/json/path/evaluate.ts";
import { orderOfTexts } from "../../store/json/path/comparison.ts";
import { isContainer, JsonArray, type JsonValue } from "../../store/json/values.ts";

/** The names and indexes that lead to a place. */
export type Route = readonly (string | number)[];

/** How a place is reached. */
export function routeOf(root: JsonValue, place: Place): Route {
  const route: (string | number)[] = [];
  let value = root;
  for (const index of place) {
    if (!isContainer(value)) break;
    route.push(value instanceof JsonArray ? index : value.keys[index] ?? "");
    value = value.items[index] ?? null;
  }
  return route;
}

/** Where a route leads now; undefined if nowhere. */
export function placeOf(root: JsonValue, route: Route): Place | undefined {
  const place: number[] = [];
  let value = root;
  for (const step of route) {
    if (!isContainer(value)) return undefined;
    let index: number;
    if (value instanceof JsonArray) {
      if (typeof step !== "number" && !isIndex(step)) return undefined;
      index = Number(step);
    } else {
      index = value.indexOf(String(step));
    }
    const next = value.items[index];
    if (next === undefined) return undefined;
    place.push(index);
    value = next;
  }
  return place;
}

function isIndex(name: string): boolean {
  return /^\+?[0-9]+$/.test(name);
}

/**
 * The order in which places can be taken out one by one: what is inside something before it, and what
 * is later in an array before what is earlier. Places inside others of them are left out.
 */
export function inOrderOfDeletion(routes: readonly Route[]): Route[] {
  if (routes.length < 2) return [...routes];
  const sorted = [...routes].sort(compareRoutes);
  const wanted = new Set(sorted.map(identity));
  const seen = new Set<string>();
  return sorted.filter((route) => {
    const id = identity(route);
    if (seen.has(id)) return false;
    seen.add(id);
    for (let length = 0; length < route.length; length++) {
      if (wanted.has(identity(route.slice(0, length)))) return false;
    }
    return true;
  });
}

function identity(route: Route): string {
  return JSON.stringify(route);
}

/** RedisJSON's order: names before numbers, whatever they are of; numbers from the highest on. */
function compareRoutes(a: Route, b: Route): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a[i]!, y = b[i]!;
    const numberX = typeof x === "number" || isIndex(x),
      numberY = typeof y === "number" || isIndex(y);
    if (numberX !== numberY) return numberX ? 1 : -1;
    const order = numberX ? Number(y) - Number(x) : orderOfTexts(String(x), String(y));
    if (order !== 0) return order;
  }
  return b.length - a.length;
}
