/** Commands with a huge argument in each position, made from the syntax lines of the command table. */

import type { Command } from "../../src/commands/table/command.ts";
import { commandTable } from "../../src/commands/table/commands.ts";
import { type DocArgument, parseSyntax } from "../../src/commands/table/syntax.ts";
import type { TestServer } from "../harness/servers.ts";

/** One command line with one place for the huge argument. */
export interface HugeCommand {
  /** The arguments; what stands around an `@` in the one at {@linkcode at} is kept. */
  readonly args: readonly string[];
  /** Which of them is huge. */
  readonly at: number;
}

/** What would end the server as it should, or leaves the client without a reply. */
const LEFT_OUT = new Set(["shutdown", "client|reply", "client|pause", "debug", "monitor"]);

/** The key of each type that {@linkcode fill} makes, by the group whose commands get it. */
const KEYS: Readonly<Record<string, string>> = {
  string: "s",
  bitmap: "s",
  hyperloglog: "hll",
  hash: "h",
  list: "l",
  set: "t",
  "sorted-set": "z",
  array: "a",
};

/** Commands that make a key of each type. */
export const fill: readonly (readonly string[])[] = [
  ["SET", "s", "10"],
  ["PFADD", "hll", "x"],
  ["HSET", "h", "f", "1"],
  ["RPUSH", "l", "1", "2"],
  ["SADD", "t", "1", "2"],
  ["ZADD", "z", "1", "a", "2", "b"],
  ["ARSET", "a", "0", "1"],
];

function valueOf({ name, type }: DocArgument, group: string): string {
  if (type === "key") return KEYS[group] ?? "s";
  if (type === "integer" || type === "unix-time") return "1";
  if (type === "double") return name === "timeout" ? "0.01" : "1";
  if (type === "pattern") return "a*";
  return "1";
}

/** The words of an argument: its token and one value, or the members of a block. */
function wordsOf(argument: DocArgument, group: string, choice: number): string[] {
  const members = argument.arguments ?? [];
  if (argument.type === "pure-token") return [argument.token ?? ""];
  const words = argument.token === undefined ? [] : [argument.token];
  if (argument.type === "oneof") {
    const member = members[choice % members.length];
    return member === undefined ? words : [...words, ...wordsOf(member, group, choice)];
  }
  if (argument.type === "block") {
    return [
      ...words,
      ...members.flatMap((member) => member.optional ? [] : wordsOf(member, group, choice)),
    ];
  }
  return [...words, valueOf(argument, group)];
}

/** The shortest line of a command, and with each optional argument one line that has it. */
function linesOf(command: Command): string[][] {
  const tree = parseSyntax(command.syntax, command.fullName, command.keys.length);
  const lines: string[][] = [];
  const line = (extra?: DocArgument, choice = 0) =>
    lines.push([
      ...command.fullName.toUpperCase().split("|"),
      ...tree.flatMap((argument) =>
        argument.optional && argument !== extra ? [] : wordsOf(argument, command.group, choice)
      ),
    ]);
  line();
  for (const argument of tree) {
    const choices = argument.type === "oneof" ? argument.arguments?.length ?? 1 : 1;
    for (let choice = 0; choice < choices; choice++) {
      if (argument.optional) line(argument, choice);
      else if (choice > 0) line(undefined, choice);
    }
  }
  return lines;
}

/**
 * Every command and subcommand with the huge argument in every position.
 *
 * @param options Whether lines with optional arguments are made too.
 */
export function hugeCommands({ options }: { options: boolean }): HugeCommand[] {
  const found = new Map<string, HugeCommand>();
  for (const container of commandTable().all()) {
    for (const command of [container, ...container.subcommands ?? []]) {
      if (command.handler === undefined || LEFT_OUT.has(command.fullName)) continue;
      if (LEFT_OUT.has(container.fullName)) continue;
      const first = command.fullName.split("|").length;
      for (const line of options ? linesOf(command) : linesOf(command).slice(0, 1)) {
        // A token in place of which there is something else is an unknown one, whatever follows.
        for (let at = first; at < line.length; at++) {
          const args = line.map((word, i) => i === at ? "" : word);
          found.set(JSON.stringify([args, at]), { args, at });
        }
        // One more argument than there should be, or one more of those that repeat.
        const args = [...line, ""];
        found.set(JSON.stringify([args, line.length]), { args, at: line.length });
      }
    }
  }
  return [...found.values()];
}

const encoder = new TextEncoder();

/** Sends the bytes of a command whose huge argument is `content`. */
async function send(connection: Deno.Conn, { args, at }: HugeCommand, content: Uint8Array) {
  const head = args.slice(0, at).map(bulk).join("");
  const [before = "", after = ""] = (args[at] ?? "").split("@");
  const size = before.length + content.length + after.length;
  await writeAll(
    connection,
    encoder.encode(`*${args.length}\r\n${head}$${size}\r\n${before}`),
  );
  await writeAll(connection, content);
  await writeAll(connection, encoder.encode(after));
  await writeAll(connection, encoder.encode(`\r\n${args.slice(at + 1).map(bulk).join("")}`));
}

const bulk = (text: string) => `$${encoder.encode(text).length}\r\n${text}\r\n`;

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/**
 * Runs one command on a connection of its own.
 *
 * @returns The first line of the reply, or how the connection ended.
 */
export async function runHuge(
  server: TestServer,
  command: HugeCommand,
  content: Uint8Array,
  timeoutMs: number,
): Promise<string> {
  const { hostname, port } = server;
  using connection = await Deno.connect({ hostname, port });
  const room = new Uint8Array(256);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no reply in ${timeoutMs} ms`)), timeoutMs);
  try {
    const size = await Promise.race([
      send(connection, command, content).then(() => connection.read(room)),
      late.promise,
    ]);
    if (size === null) return "closed";
    return new TextDecoder().decode(room.subarray(0, size)).split("\r\n", 1)[0]!;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe) {
      return "closed";
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** How a command is told of: the huge argument in angle brackets. */
export function shown({ args, at }: HugeCommand): string {
  return args.map((word, i) => i === at ? `<${word || "@"}>` : word).join(" ");
}
