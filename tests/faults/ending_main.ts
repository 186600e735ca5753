/** A program that ends in one way or another while another thread writes rows. */

import { Redlite } from "../../mod.ts";

const [path = "", end] = Deno.args;
const db = Redlite.open(path, { writeBehind: true });
const value = "v".repeat(60);
for (let i = 0; i < 60_000; i++) db.set(`key:${(i * 7919) % 40_000}`, value);
await new Promise((resolve) => setTimeout(resolve, 9));
for (let turn = 0; turn < 3; turn++) {
  for (let i = 0; i < 3000; i++) db.set(`key:${(i * 31) % 40_000}`, value);
  await new Promise((resolve) => setTimeout(resolve, 2));
}
if (end === "throws") throw new Error("the end");
if (end === "exits") Deno.exit(3);
