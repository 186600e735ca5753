/** What Redis 8.2.3 answered to DUMP, in hexadecimal digits, for values that 7.0 lays out otherwise. */

import type { DumpKind } from "../../../src/store/rdb/visitor.ts";

const LATER = "4102444801000";
const LATEST = "4102444800000";

/** The value, by name; the list's first element is compressed. */
export const REDIS_8_DUMPS: readonly {
  name: string;
  dump: string;
  kind: DumpKind;
  items: string[][];
}[] = [
  {
    name: "a packed hash whose fields expire",
    dump: "19e8dbc32cbb0300002e2e0000000900816802817702f400d8c32cbb030000098167020501f4e8dbc32cbb" +
      "030000098166028176020001ff0c00a2cda46b7f7eb5c1",
    kind: "hash",
    items: [["h", "w", LATEST], ["g", "5", LATER], ["f", "v", "0"]],
  },
  {
    name: "a packed hash whose fields do not expire any more",
    dump: "19e8dbc32cbb0300000f0f00000003008166028176020001ff0c00ceabdac160cc48b8",
    kind: "hash",
    items: [["f", "v", "0"]],
  },
  {
    name: "a hash whose fields expire",
    dump: "1800d8c32cbb03000003010168017743e90167c00500016601760c00b8afc96bf459a6e3",
    kind: "hash",
    items: [["h", "w", LATEST], ["g", "5", LATER], ["f", "v", "0"]],
  },
  {
    name: "a packed set",
    dump: "14111100000003008161020501f290eefe04ff0c00e7f6f80c548cf804",
    kind: "set",
    items: [["a"], ["5"], ["-70000"]],
  },
  {
    name: "a list with a large element",
    dump: "120201c3406f6328017878" + "e0ff00".repeat(34) +
      "e00b00017878020a0a0000000100816102ff0c00d58e148feece668f",
    kind: "list",
    items: [["x".repeat(9000)], ["a"]],
  },
  {
    name: "a packed sorted set with short scores",
    dump: "1118180000000400816202842d696e660581610283302e3104ff0c00236e112f4928637e",
    kind: "zset",
    items: [["b", "-Infinity"], ["a", "0.1"]],
  },
];
