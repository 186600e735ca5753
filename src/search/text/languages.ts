/** The languages that text may be in: RediSearch's names for them. */

/** The languages whose words have stems, in the order of the stemmers' module. */
export const STEMMED_LANGUAGES = [
  "arabic",
  "armenian",
  "basque",
  "catalan",
  "danish",
  "dutch",
  "english",
  "finnish",
  "french",
  "german",
  "greek",
  "hindi",
  "hungarian",
  "indonesian",
  "irish",
  "italian",
  "lithuanian",
  "nepali",
  "norwegian",
  "portuguese",
  "romanian",
  "russian",
  "serbian",
  "spanish",
  "swedish",
  "tamil",
  "turkish",
  "yiddish",
] as const;

/** A language that text may be in. Chinese has no stems, but its words are found without spaces. */
export type Language = (typeof STEMMED_LANGUAGES)[number] | "chinese";

const LANGUAGES: ReadonlyMap<string, Language> = new Map(
  [...STEMMED_LANGUAGES, "chinese" as const].map((language) => [language, language]),
);

/**
 * The language of a name, in any case.
 *
 * @returns Undefined if there is none of that name.
 */
export function languageOf(name: string): Language | undefined {
  return LANGUAGES.get(name.toLowerCase());
}
