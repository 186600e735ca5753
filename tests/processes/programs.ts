/**
 * What the processes of these tests do at the same time, each with its own way to the database. A program checks what
 * holds at every moment by itself and says at its end what it has done, for the test to add up.
 */

import { strict as assert } from "node:assert";
import type { Database, Value, Words } from "../harness/database.ts";

/** What a program is told. */
export interface Task {
  /** The number of its process, from 0. */
  readonly process: number;
  /** When it shall end, Unix time in milliseconds. */
  readonly untilMs: number;
}

/** A program. */
export type Program = (db: Database, task: Task) => Promise<Value>;

const goesOn = ({ untilMs }: Task) => Date.now() < untilMs;

/** Counts on in counters of several types. @returns How often. */
async function increments(db: Database, task: Task): Promise<number> {
  let count = 0;
  for (; goesOn(task); count++) {
    await db.call("INCR", "counter");
    await db.call("HINCRBY", "hash", "field", "2");
    await db.transaction([["ZINCRBY", "zset", "3", "member"], ["INCRBY", "counter", "-1"], [
      "INCR",
      "counter",
    ]]);
  }
  return count;
}

/** Reads a number and writes the next one. @returns How often. */
async function updates(db: Database, task: Task): Promise<number> {
  let count = 0;
  for (; goesOn(task); count++) {
    await db.update("watched", (value) => String(Number(value ?? 0) + 1));
  }
  return count;
}

/** The sum of the two accounts at all times. */
export const ACCOUNTS_SUM = 1000;
/** Elements of the two lists together at all times. */
export const LISTS_SUM = 300;

/** Moves amounts between accounts and elements between lists; every look must find the sums as ever. */
async function transfers(db: Database, task: Task): Promise<number> {
  let count = 0;
  for (; goesOn(task); count++) {
    const [from, to] = (count + task.process) % 2 === 0 ? ["a", "b"] : ["b", "a"];
    const amount = String(1 + count % 7);
    await db.transaction([["DECRBY", `account:${from}`, amount], [
      "INCRBY",
      `account:${to}`,
      amount,
    ]]);
    const accounts = await db.call("MGET", "account:a", "account:b") as string[];
    assert.equal(Number(accounts[0]) + Number(accounts[1]), ACCOUNTS_SUM, `MGET gave ${accounts}`);
    await db.call("LMOVE", `list:${from}`, `list:${to}`, "LEFT", "RIGHT");
    const moved = await db.call("RPOPLPUSH", `list:${to}`, `list:${from}`);
    const lengths = await db.transaction([["LLEN", "list:a"], ["LLEN", "list:b"]]) as number[];
    assert.equal(
      lengths[0]! + lengths[1]!,
      LISTS_SUM,
      `LLEN gave ${lengths} after ${moved} was moved`,
    );
  }
  return count;
}

/** The list that is worked off. */
export const QUEUE = "queue";
/** Says that nothing comes any more; each process sends one for each. */
const END = "end";

/** Pushes numbered elements. @returns How many. */
async function pushes(db: Database, task: Task): Promise<number> {
  let count = 0;
  for (; goesOn(task); count++) await db.call("RPUSH", QUEUE, `${task.process}:${count}`);
  await db.call("RPUSH", QUEUE, END);
  return count;
}

/** Pops elements as they come until one says that it was the last. @returns All of them. */
async function pops(db: Database): Promise<string[]> {
  const popped: string[] = [];
  for (;;) {
    const element = await db.pop(QUEUE, 10);
    assert.notEqual(element, null, "nothing came for ten seconds");
    if (element === END) return popped;
    popped.push(element ?? "");
  }
}

/** Adds elements of its own to large collections of all, and looks whether it finds them. @returns How many. */
async function growth(db: Database, task: Task): Promise<number> {
  let count = 0;
  for (; goesOn(task); count++) {
    const member = `${task.process}:${count}`;
    const commands: Words[] = [
      ["ZADD", "zset", String(count % 1000), member],
      ["HSET", "hash", member, String(count)],
      ["SADD", "set", member],
      ["RPUSH", "list", member],
    ];
    if (count % 2 === 0) await db.transaction(commands);
    else for (const words of commands) await db.call(...words);
    const [rank, card, field, length, last, isMember] = await db.transaction([
      ["ZRANK", "zset", member],
      ["ZCARD", "zset"],
      ["HGET", "hash", member],
      ["LLEN", "list"],
      ["LINDEX", "list", "-1"],
      ["SISMEMBER", "set", member],
    ]) as [number, number, string, number, string, number];
    assert.ok(rank >= 0 && rank < card, `rank ${rank} of ${card}`);
    assert.equal(field, String(count));
    assert.equal(isMember, 1);
    const [at, found] = await db.transaction([
      ["ZRANGE", "zset", String(rank), String(rank)],
      ["LINDEX", "list", String(length - 1)],
    ]) as [string[], string];
    assert.equal(at.length, 1);
    assert.equal(found, last, "the element at an index changed though others only add behind it");
  }
  return count;
}

/** The programs by name: what a process is told to run. */
export const PROGRAMS = { increments, updates, transfers, pushes, pops, growth } satisfies Record<
  string,
  Program
>;
