/** Words by what is within them, of fields with WITHSUFFIXTRIE and of fields without. */

import { testSameAsStack, type Words } from "./same_as_stack.ts";

const SCOPES = ["", "@a:", "@b:", "@a|b:", "@nope:", "@off:", "@a|off:", "-@b:", "zzz @b:"];
const QUERIES = [
  ...["*ell*", "*llo", "hel*", "w'*ell*'", "w'h?llo'"].flatMap((part) => [
    ...SCOPES.map((scope) => scope + part),
    `@g:{${part}}`,
    `@h:{${part}}`,
  ]),
  "@b:(world *ell*)",
  "(@b:*ell*)|foo",
  "@b:*l*",
];

testSameAsStack("fields that are searched within words are refused as by Redis Stack", () => {
  const others = [
    ...["b", "TEXT", "off", "TEXT", "NOINDEX", "g", "TAG", "WITHSUFFIXTRIE", "h", "TAG"],
  ];
  const commands: Words[] = [
    ["FT.CREATE", "kept", "SCHEMA", "a", "TEXT", "WITHSUFFIXTRIE", ...others],
    ["FT.CREATE", "plain", "SCHEMA", "a", "TEXT", ...others],
    ["HSET", "1", "a", "hello", "b", "world", "g", "hello", "h", "world", "off", "hello"],
    ["HSET", "2", "a", "world", "b", "hello", "g", "world", "h", "hello", "off", "world"],
  ];
  for (const index of ["kept", "plain"]) {
    for (const query of QUERIES) {
      commands.push(["FT.SEARCH", index, query, "NOCONTENT", "DIALECT", "2"]);
      commands.push(["FT.EXPLAIN", index, query, "DIALECT", "2"]);
    }
    commands.push(["FT.SEARCH", index, "*ell*", "NOCONTENT", "INFIELDS", "1", "b"]);
    commands.push(["FT.AGGREGATE", index, "@b:*ell*", "DIALECT", "2"]);
  }
  return commands;
});
