/**
 * LCS: the longest common subsequence of two strings, by dynamic programming over all pairs of
 * prefixes, walked back from the end to find the string and its matching ranges.
 *
 * @module
 */

import { CommandError, err, syntaxError } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Context } from "../table/command.ts";
import { positionAt } from "../table/options.ts";

/** Largest table, in bytes, as Redis bounds it by its longest string. */
const MAX_TABLE = 512 * 1024 * 1024;

/** A run of bytes that stands in both strings; positions are those of its first and last byte. */
interface Match {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** `LCS key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]` */
export function lcs(context: Context): void {
  const { args, reply } = context;
  let wantsLength = false, wantsMatches = false, withLengths = false;
  let minimum = 0;
  // The values are looked at before the options, as the errors show.
  const lengthOfA = lengthAt(context, 1), lengthOfB = lengthAt(context, 2);
  if (lengthOfA === undefined || lengthOfB === undefined) {
    throw new CommandError("ERR The specified keys must contain string values");
  }
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "IDX")) wantsMatches = true;
    else if (args.is(i, "LEN")) wantsLength = true;
    else if (args.is(i, "WITHMATCHLEN")) withLengths = true;
    else if (args.is(i, "MINMATCHLEN") && i + 1 < args.count) {
      minimum = Math.max(0, positionAt(args, ++i));
    } else throw syntaxError();
  }
  if (wantsMatches && wantsLength) {
    throw err("If you want both the length and indexes, please just use IDX.");
  }
  if ((lengthOfA + 1) * (lengthOfB + 1) * 4 > MAX_TABLE) {
    throw err("Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  }
  const a = stringAt(context, 1), b = stringAt(context, 2);
  const table = lengths(a, b);
  const length = table[a.length * (b.length + 1) + b.length]!;
  if (wantsLength) return reply.integer(length);
  const matches: Match[] = [];
  const result = walkBack(a, b, table, length, (match) => {
    if (match.aEnd - match.aStart + 1 >= minimum) matches.push(match);
  });
  if (!wantsMatches) return reply.bulk(result);
  reply.map(2);
  reply.text("matches");
  reply.array(matches.length);
  for (const match of matches) {
    reply.array(withLengths ? 3 : 2);
    for (const [start, end] of [[match.aStart, match.aEnd], [match.bStart, match.bEnd]] as const) {
      reply.array(2);
      reply.integer(start);
      reply.integer(end);
    }
    if (withLengths) reply.integer(match.aEnd - match.aStart + 1);
  }
  reply.text("len");
  reply.integer(length);
}

/** The length of the string of a key, 0 if it is absent; undefined for another type. */
function lengthAt({ args, store, client }: Context, index: number): number | undefined {
  const type = store.keyspace.read(client.db, args.at(index));
  if (type === TYPE.NONE) return 0;
  return type === TYPE.STRING ? store.strings.loaded().length : undefined;
}

/** The string of a key, empty if it is absent. */
function stringAt({ args, store, client }: Context, index: number): Uint8Array {
  if (store.keyspace.find(client.db, args.at(index)) !== TYPE.STRING) return new Uint8Array(0);
  return store.strings.loaded().materialize().copy();
}

/** The length of the longest common subsequence of each pair of prefixes, row by row of `a`. */
function lengths(a: Uint8Array, b: Uint8Array): Uint32Array {
  const columns = b.length + 1;
  const table = new Uint32Array((a.length + 1) * columns);
  for (let i = 1; i <= a.length; i++) {
    const row = i * columns;
    const byte = a[i - 1];
    for (let j = 1; j <= b.length; j++) {
      table[row + j] = byte === b[j - 1]
        ? table[row - columns + j - 1]! + 1
        : Math.max(table[row - columns + j]!, table[row + j - 1]!);
    }
  }
  return table;
}

/** Collects the subsequence from its end, and tells each run of adjacent matches, the last first. */
function walkBack(
  a: Uint8Array,
  b: Uint8Array,
  table: Uint32Array,
  length: number,
  tell: (match: Match) => void,
): Uint8Array {
  const columns = b.length + 1;
  const result = new Uint8Array(length);
  let i = a.length, j = b.length, at = length;
  let run: { aStart: number; aEnd: number; bStart: number; bEnd: number } | undefined;
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      result[--at] = a[i - 1]!;
      if (run !== undefined && run.aStart === i && run.bStart === j) {
        run.aStart--;
        run.bStart--;
      } else {
        if (run !== undefined) tell(run);
        run = { aStart: i - 1, aEnd: i - 1, bStart: j - 1, bEnd: j - 1 };
      }
      i--;
      j--;
    } else if (table[(i - 1) * columns + j]! > table[i * columns + j - 1]!) {
      i--;
    } else {
      j--;
    }
    if (run !== undefined && (i === 0 || j === 0)) {
      tell(run);
      run = undefined;
    }
  }
  return result;
}
