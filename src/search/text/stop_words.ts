/** Words too common to be worth an index entry, unless an index has a list of its own. */
export const DEFAULT_STOP_WORDS: ReadonlySet<string> = new Set(
  ("a an and are as at be but by for if in into is it no not of on or such that the their then " +
    "there these they this to was will with").split(" "),
);
