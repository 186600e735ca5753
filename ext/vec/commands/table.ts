/** The records of the commands. */

import type { Command } from "../../../src/commands/table/command.ts";
import { commandsOf } from "../../../src/commands/table/define.ts";
import {
  vcard,
  vdim,
  vemb,
  vgetattr,
  vismember,
  vrandmember,
  vrange,
  vrem,
  vsetattr,
} from "./elements.ts";
import { vdelattributes, vgetall, vgetattributes, vsetattributes } from "./further.ts";
import { vinfo, vlinks } from "./graph.ts";
import { vadd } from "./vadd.ts";
import { vsim, vsimbatch } from "./vsim.ts";

const command = commandsOf("vector_set");

const QUERY = "<ELE element | FP32 vector | VALUES num value [value ...]>";
const OPTIONS = "[WITHSCORES] [WITHATTRIBS] [COUNT num] [EPSILON delta] " +
  "[EF search-exploration-factor] [FILTER expression] [FILTER-EF max-filtering-effort] [TRUTH] " +
  "[NOTHREAD]";

/**
 * All of them. As those of Redis's modules they take any number of arguments to the table, and refuse
 * a wrong one themselves: by their names in capitals.
 */
export const commands: readonly Command[] = [
  command(
    "VADD key [REDUCE dim] <FP32 vector | VALUES num value [value ...]> element [CAS] " +
      "[NOQUANT | Q8 | BIN] [EF build-exploration-factor] [SETATTR attributes] [M numlinks]",
    {
      since: "8.0.0",
      arity: -1,
      flags: "write denyoom",
      effects: "itself",
      acl: "vectorset",
      keys: ["1 RW insert"],
      complexity: "O(√N) in the number of elements",
      summary: "Adds an element to a vector set, or sets the vector of one.",
    },
    vadd,
  ),
  command("VCARD key", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "vectorset",
    keys: ["1 RO"],
    summary: "Returns the number of a vector set's elements.",
  }, vcard),
  command("VDELATTRIBUTES key element", {
    since: "8.0.0",
    arity: -1,
    flags: "write fast",
    effects: "itself",
    acl: "vectorset",
    keys: ["1 RW update"],
    summary: "Removes an element's attributes. Only Redlite has it.",
  }, vdelattributes),
  command("VDIM key", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "vectorset",
    keys: ["1 RO"],
    summary: "Returns how many numbers the vectors of a set have.",
  }, vdim),
  command("VEMB key element [RAW]", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "vectorset",
    keys: ["1 RO access"],
    summary: "Returns the vector of an element, as nearly as it is kept.",
  }, vemb),
  command("VEXISTS key element", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "vectorset",
    keys: ["1 RO"],
    summary: "Tells whether a vector set has an element: VISMEMBER. Only Redlite has it.",
  }, vismember),
  command("VGET key element [RAW]", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "vectorset",
    keys: ["1 RO access"],
    summary: "Returns the vector of an element: VEMB. Only Redlite has it.",
  }, vemb),
  command("VGETALL key", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly",
    acl: "vectorset",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of elements",
    summary: "Returns all elements with their vectors. Only Redlite has it.",
  }, vgetall),
  command("VGETATTR key element", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "vectorset",
    keys: ["1 RO access"],
    summary: "Returns the attributes of an element.",
  }, vgetattr),
  command("VGETATTRIBUTES key element [element ...]", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly",
    acl: "vectorset",
    keys: ["1 RO access"],
    complexity: "O(1) for each element",
    summary: "Returns elements with their attributes. Only Redlite has it.",
  }, vgetattributes),
  command("VINFO key", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "vectorset",
    keys: ["1 RO"],
    complexity: "O(N) in the number of elements, a nanosecond each",
    summary: "Returns facts of a vector set.",
  }, vinfo),
  command("VISMEMBER key element", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly",
    acl: "vectorset",
    keys: ["1 RO"],
    summary: "Tells whether a vector set has an element.",
  }, vismember),
  command("VLINKS key element [WITHSCORES]", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly",
    acl: "vectorset",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of elements",
    summary: "Returns the neighbours of an element, level by level.",
  }, vlinks),
  command("VRANDMEMBER key [count]", {
    since: "8.0.0",
    arity: -1,
    flags: "readonly",
    acl: "vectorset",
    tips: "nondeterministic_output",
    keys: ["1 RO access"],
    complexity: "O(1) for each element",
    summary: "Returns random elements of a vector set.",
  }, vrandmember),
  command("VRANGE key start end [count]", {
    since: "8.4.0",
    arity: -1,
    flags: "readonly",
    acl: "vectorset",
    keys: ["1 RO access"],
    complexity: "O(log N + M) with M elements returned",
    summary: "Returns the elements of a range of bytes.",
  }, vrange),
  command("VREM key element", {
    since: "8.0.0",
    arity: -1,
    flags: "write",
    effects: "itself",
    acl: "vectorset",
    keys: ["1 RW delete"],
    complexity: "O(√N) in the number of elements",
    summary: "Removes an element from a vector set, and the set with its last one.",
  }, vrem),
  command("VSETATTR key element attributes", {
    since: "8.0.0",
    arity: -1,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "vectorset",
    keys: ["1 RW update"],
    summary: "Sets the attributes of an element, or removes them.",
  }, vsetattr),
  command("VSETATTRIBUTES key element attributes", {
    since: "8.0.0",
    arity: -1,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "vectorset",
    keys: ["1 RW update"],
    summary: "Sets the attributes of an element. Only Redlite has it.",
  }, vsetattributes),
  command(`VSIM key ${QUERY} ${OPTIONS}`, {
    since: "8.0.0",
    arity: -1,
    flags: "readonly",
    acl: "vectorset",
    keys: ["1 RO access"],
    complexity: "O(√N) in the number of elements; O(N) with TRUTH, and in a small set",
    summary: "Returns the elements that are nearest to a vector or an element.",
  }, vsim),
  command(`VSIMBATCH numkeys key [key ...] ${QUERY} ${OPTIONS}`, {
    since: "8.0.0",
    arity: -1,
    flags: "readonly movablekeys",
    acl: "vectorset",
    keys: [{
      flags: ["RO", "access"],
      begin: { index: 1 },
      find: { countAt: 0, firstKey: 1, step: 1 },
    }],
    complexity: "That of VSIM for each key",
    summary: "Searches in several vector sets at once. Only Redlite has it.",
  }, vsimbatch),
];
