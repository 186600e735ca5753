/** Where our commands are others than Redis's documentation says, and why. */

import type { Field } from "./facts.ts";

/** Commands of Redis that are no records of their own here. */
export const NOT_APART: Readonly<Record<string, string>> = {
  "backup|abort": "BACKUP is our own command, too: it takes these words as arguments",
  "backup|cleanup": "as BACKUP ABORT",
  "backup|help": "as BACKUP ABORT",
  "backup|list": "as BACKUP ABORT",
  "backup|seal": "as BACKUP ABORT",
  "backup|start": "as BACKUP ABORT",
  "backup|status": "as BACKUP ABORT",
  "ft.cursor|del": "FT.CURSOR takes the word as an argument, as RediSearch does",
  "ft.cursor|read": "as FT.CURSOR DEL",
};

const COUNTS_ITSELF = "what is a module's command says its own error for a wrong number";
const IMPLIED = "the documentation leaves out what follows from the flags";
const POLICIES = "the documentation writes out the values, and lacks options";
const POLYGONS = "BYPOLYGON is Valkey's";

/** What differs in the record of a command, by its name. */
export const EXCEPTIONS:
  readonly (readonly [name: string, fields: readonly Field[], why: string])[] = [
    ["backup", ["since", "arity", "categories", "options"], "it copies the database file, too"],
    ["hotkeys|help", ["categories"], IMPLIED],
    ["xnack", ["categories"], IMPLIED],
    ["xautoclaim", ["keys"], "servers say that it reads the key, as it does"],
    ["ts.read", ["keys"], "it tells samples, so a user must be allowed to read the key"],
    ["ts.read", ["flags"], "it may wait"],
    ["ft.synupdate", ["flags"], "it changes the index"],
    ["vismember", ["arity"], COUNTS_ITSELF],
    ["vrange", ["arity"], COUNTS_ITSELF],
    ["ft.create", ["options"], "the options of attributes depend on their type"],
    ["ft.hybrid", ["options"], "the documentation's line is not well formed"],
    ["ft.search", ["options"], "WITHCOUNT is left out there"],
    ["json.get", ["options"], "FORMAT is left out there"],
    ["geosearch", ["options"], POLYGONS],
    ["geosearchstore", ["options"], POLYGONS],
    ["vsetattr", ["options"], "the value's description is no option"],
    ["ts.add", ["options"], POLICIES],
    ["ts.alter", ["options"], POLICIES],
    ["ts.create", ["options"], POLICIES],
    ["ts.createrule", ["options"], "the aggregators are written out there"],
    ["ts.decrby", ["options"], POLICIES],
    ["ts.incrby", ["options"], POLICIES],
  ];
