/** Whether what a program gives is an extension, as far as can be told before it is used. */

import type { Extension } from "./extension.ts";

const LISTS = ["commands", "types", "migrations", "checks", "parameters"];
const FUNCTIONS = ["connect", "attach", "methods"];

/** Whether a value has the shape of an extension. */
export function isExtension(value: unknown): value is Extension {
  if (typeof value !== "object" || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  return typeof field("name") === "string" &&
    LISTS.every((name) => field(name) === undefined || Array.isArray(field(name))) &&
    FUNCTIONS.every((name) => field(name) === undefined || typeof field(name) === "function");
}
