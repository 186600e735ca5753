/** Regular expressions in conditions. */

/** Whether a text has a part that a pattern matches; none matches a pattern that is no pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return false;
  }
}
