/** The types of keys, and the marks that they are told apart by. */

/** What a type is called. @see {@linkcode TYPES} */
export interface TypeName {
  /** In two to five letters. */
  readonly short: string;
  /** In the style sheet. */
  readonly hue: string;
}

/** Types by the names that TYPE gives them. */
export const TYPES: Readonly<Record<string, TypeName>> = {
  string: { short: "str", hue: "blue" },
  hash: { short: "hash", hue: "green" },
  list: { short: "list", hue: "purple" },
  set: { short: "set", hue: "orange" },
  zset: { short: "zset", hue: "red" },
  stream: { short: "strm", hue: "teal" },
  array: { short: "arr", hue: "purple" },
  vectorset: { short: "vec", hue: "teal" },
  "ReJSON-RL": { short: "json", hue: "green" },
  "TSDB-TYPE": { short: "ts", hue: "red" },
  "MBbloom--": { short: "bloom", hue: "gray" },
  "MBbloomCF": { short: "cuck", hue: "gray" },
  "CMSk-TYPE": { short: "cms", hue: "gray" },
  "TopK-TYPE": { short: "topk", hue: "gray" },
  "TDIS-TYPE": { short: "tdig", hue: "gray" },
};

/** A mark. */
export function TypeMark({ type }: { readonly type: string | undefined }) {
  const name = type === undefined ? undefined : TYPES[type];
  return (
    <span class={`type ${name?.hue ?? "gray"}`} title={type ?? "not known"}>
      {name?.short ?? type?.slice(0, 5) ?? "…"}
    </span>
  );
}
