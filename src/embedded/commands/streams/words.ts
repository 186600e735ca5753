/** The words of stream commands that several of them have. */

import { isKey, wrongType } from "../../checks.ts";
import type { Argument, Key } from "../../data.ts";
import { flatPairs, list } from "../given.ts";
import type { StreamPosition } from "./entries.ts";
import type { StreamPositions } from "./options.ts";
import { REFERENCES, type StreamReferences } from "./trim_options.ts";

/** Pairs of a stream and the id after which to read it. */
export function positions(streams: StreamPositions): [Key, StreamPosition][] {
  if (typeof streams !== "object" || streams === null || isKey(streams)) {
    throw wrongType("streams", "an object, or pairs", streams);
  }
  if (!(Symbol.iterator in streams)) return Object.entries(streams);
  const flat = flatPairs(streams as Iterable<readonly [Key, StreamPosition]>, "streams");
  return Array.from(
    { length: flat.length / 2 },
    (_, i) => [flat[2 * i] ?? "", String(flat[2 * i + 1])],
  );
}

/** STREAMS with its keys and ids. */
export function streamWords(streams: StreamPositions): Argument[] {
  const all = positions(streams);
  return ["STREAMS", ...all.map(([key]) => key), ...all.map(([, after]) => after)];
}

/** IDS with its count. */
export function idWords(ids: readonly string[]): Argument[] {
  return ["IDS", list(ids, "ids").length, ...ids];
}

/** The word for what is done about groups. @throws {TypeError} If there is none. */
export function referencesWord(references: StreamReferences): string {
  const word = REFERENCES[references];
  if (word === undefined) {
    throw wrongType("references", Object.keys(REFERENCES).join(" or "), references);
  }
  return word;
}

/** Milliseconds that are at least one where somebody waits at all. */
export const milliseconds = (seconds: number): number =>
  seconds === 0 ? 0 : Math.ceil(1000 * seconds);
