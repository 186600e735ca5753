/**
 * How far a statement's WITH clauses unfold. SQLite copies a common table for each of its mentions
 * before it looks at the clock or at any limit: twenty tables of which each mentions the one before
 * twice are a million, and fifty are more than any memory.
 *
 * @module
 */

/** A table that a WITH clause defines. */
interface CommonTable {
  /** Places of its body's tokens. */
  readonly from: number;
  readonly to: number;
  /** What it unfolds to, when that is known. */
  size: number;
}

/** What is being counted, so that a table that mentions itself ends. */
const COUNTING = 1;
/** More than anybody counts. */
const TOO_MUCH = 1e9;

/** The name that a token is, in lower case; empty if it is none. */
function nameOf(token: string): string {
  const first = token[0] ?? "";
  if (/["'`[]/.test(first)) return token.slice(1, -1).toLowerCase();
  return /[\w\u0080-\uffff]/.test(first) ? token.toLowerCase() : "";
}

/**
 * Counts the mentions of common tables that a statement unfolds to, at most; names that stand for
 * something else too make it more.
 *
 * @param tokens The statement's, without blanks.
 */
export function unfolded(tokens: readonly string[]): number {
  const tables = new Map<string, CommonTable[]>();
  const closedBy = matching(tokens);
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] !== "(" || !/^as$/i.test(beforeHint(tokens, i))) continue;
    const name = definedName(tokens, i, closedBy);
    if (name === "") continue;
    const table = { from: i + 1, to: closedBy.get(i) ?? tokens.length, size: 0 };
    const others = tables.get(name);
    if (others === undefined) tables.set(name, [table]);
    else others.push(table);
  }
  if (tables.size === 0) return 0;
  const mentions = tokens.map((token) => tables.get(nameOf(token)));
  const sizeOf = (from: number, to: number, depth: number): number => {
    let size = 0;
    for (let i = from; i < to && size < TOO_MUCH; i++) {
      for (const table of mentions[i] ?? []) {
        if (table.size === 0) {
          table.size = COUNTING;
          table.size = depth > MAX_DEPTH ? TOO_MUCH : 1 + sizeOf(table.from, table.to, depth + 1);
        }
        size += table.size;
      }
    }
    return size;
  };
  return sizeOf(0, tokens.length, 0);
}

/** Tables of which each mentions the next, at most. */
const MAX_DEPTH = 500;

/** The token before the parenthesis of a definition, the hint whether to materialize it left out. */
function beforeHint(tokens: readonly string[], paren: number): string {
  return tokens[asBefore(tokens, paren)] ?? "";
}

function asBefore(tokens: readonly string[], paren: number): number {
  let i = paren - 1;
  if (/^materialized$/i.test(tokens[i] ?? "")) i--;
  if (/^not$/i.test(tokens[i] ?? "")) i--;
  return i;
}

/** The name in `name AS (` or `name(column, …) AS (`. */
function definedName(
  tokens: readonly string[],
  paren: number,
  closedBy: ReadonlyMap<number, number>,
): string {
  let i = asBefore(tokens, paren) - 1;
  if (tokens[i] === ")") {
    const close = i;
    while (i >= 0 && closedBy.get(i) !== close) i--;
    i--;
  }
  return nameOf(tokens[i] ?? "");
}

/** Which parenthesis closes which. */
function matching(tokens: readonly string[]): Map<number, number> {
  const closedBy = new Map<number, number>();
  const open: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === "(") open.push(i);
    if (tokens[i] !== ")") continue;
    const at = open.pop();
    if (at !== undefined) closedBy.set(at, i);
  }
  return closedBy;
}
