/** LOLWUT: the version, under a picture of where the keys live. */

import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { integerAt } from "../table/options.ts";
import { REDIS_VERSION, VERSION } from "../table/version.ts";

/** Leaves of the tree, and keys in each. */
const LEAVES = 4;
const KEYS = 3;

/** A small B-tree with random letters in it, in order. */
function tree(): string {
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  while (letters.length > LEAVES * KEYS + LEAVES - 1) {
    letters.splice(Math.floor(Math.random() * letters.length), 1);
  }
  const box = (keys: string[]) => `[ ${keys.join(" ")} ]`;
  const leaves: string[] = [];
  const root: string[] = [];
  for (let i = 0; i < LEAVES; i++) {
    leaves.push(box(letters.splice(0, KEYS)));
    root.push(...letters.splice(0, 1));
  }
  const bottom = leaves.join("   ");
  const step = leaves[0]!.length + 3;
  const middle = Math.floor(leaves[0]!.length / 2);
  const centred = (text: string) => " ".repeat((bottom.length - text.length) >> 1) + text;
  const branches = " ".repeat(middle) + "┌" + "─".repeat((LEAVES - 1) * step - 1) + "┐";
  const stems = leaves.map((_, i) => " ".repeat(i === 0 ? middle : step - 1) + "│").join("");
  return [centred(box(root)), centred("│"), branches, stems, bottom].join("\n");
}

function lolwut({ args, reply }: Context): void {
  if (args.count > 2 && args.is(1, "VERSION")) integerAt(args, 2);
  const versions = `Redlite ver. ${VERSION}, speaks Redis ver. ${REDIS_VERSION}`;
  reply.verbatim("txt", `${tree()}\n\n${versions}\n`);
}

/** LOLWUT. */
export const lolwutCommand: Command = commandsOf("server")("LOLWUT [VERSION version]", {
  since: "5.0.0",
  arity: -1,
  flags: "readonly fast",
  summary: "Draws a picture and tells the version.",
}, lolwut);
