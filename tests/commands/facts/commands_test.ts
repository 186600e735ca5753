/** Holds the facts of our commands to Redis's documentation: in the table, and as clients see them. */

import { strict as assert } from "node:assert";
import { geoCommands } from "../../../ext/geo/commands.ts";
import { commands as vectorCommands } from "../../../ext/vec/commands/table.ts";
import type { Command } from "../../../src/commands/table/command.ts";
import { commandTable } from "../../../src/commands/table/commands.ts";
import type { Reply } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { fields, items, oracleCommands, text } from "../oracle_commands.ts";
import { EXCEPTIONS, NOT_APART } from "./exceptions.ts";
import { differences, documented, type Field, options } from "./facts.ts";

const table = commandTable([...geoCommands, ...vectorCommands]);

/** What each command says otherwise than is documented and agreed, and what it no longer does. */
function unexplained(
  find: (name: string) => Command | undefined,
  compared: (field: string) => boolean = () => true,
): string[] {
  const found: string[] = [];
  for (const wanted of documented) {
    const { name } = wanted;
    const command = find(name);
    if ((command === undefined) !== (NOT_APART[name] !== undefined)) {
      found.push(`${name}: ${command === undefined ? "missing" : "is there after all"}`);
    }
    if (command === undefined) continue;
    const allowed = new Set<Field>(
      EXCEPTIONS.filter(([other]) => other === name).flatMap(([, names]) => names),
    );
    const differing = differences(wanted, command);
    for (const [field, [theirs, ours]] of Object.entries(differing)) {
      if (!compared(field) || allowed.has(field as Field)) continue;
      found.push(`${name}: ${field} is [${ours}], documented [${theirs}]`);
    }
    for (const field of allowed) {
      if (compared(field) && differing[field] === undefined) {
        found.push(`${name}: ${field} needs no exception`);
      }
    }
  }
  return found;
}

Deno.test("every command of Redis is in the table, and is what Redis's documentation says", () => {
  assert.ok(documented.length > 570, `${documented.length}`);
  assert.deepEqual(unexplained((name) => table.find(name)), []);
});

Deno.test("every exception is of a command that there is", () => {
  const names = new Set(documented.map(({ name }) => name));
  const excepted = [...Object.keys(NOT_APART), ...EXCEPTIONS.map(([name]) => name)];
  assert.deepEqual(excepted.filter((name) => !names.has(name)), []);
});

Deno.test("clients see the same in COMMAND INFO, COMMAND DOCS and ACL CAT", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  const all = (await oracleCommands(client)).flatMap((command) => [
    command,
    ...command.subcommands ?? [],
  ]);
  const byName = new Map(all.map((command) => [command.fullName, command]));
  // The syntax is not among what they tell.
  assert.deepEqual(unexplained((name) => byName.get(name), (field) => field !== "options"), []);

  const categories = items(await client.send("ACL", "CAT")).map(text);
  const listed = await client.pipeline(categories.map((category) => ["ACL", "CAT", category]));
  const catOf = new Map<string, string[]>();
  for (const [i, category] of categories.entries()) {
    for (const name of items(listed[i]).map(text)) {
      catOf.set(name, [...catOf.get(name) ?? [], category]);
    }
  }
  for (const { name, categories: wanted } of documented) {
    const told = catOf.get(name)?.sort();
    const command = byName.get(name);
    if (command !== undefined) assert.deepEqual(told, command.categories.toSorted(), name);
    else assert.deepEqual(told, wanted, name);
  }
});

/** The tokens among arguments, and among those that they are made of. */
function tokens(args: Reply | undefined): string[] {
  if (args === undefined) return [];
  return items(args).map(fields).flatMap((argument) => [
    ...argument.has("token") ? [text(argument.get("token"))] : [],
    ...tokens(argument.get("arguments")),
  ]);
}

Deno.test("COMMAND DOCS has every option of a syntax among the arguments", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  const docs = fields(await client.send("COMMAND", "DOCS"));
  const lacking: string[] = [];
  const look = ({ fullName, syntax, subcommands }: Command, doc: Map<string, Reply>) => {
    const told = new Set(
      tokens(doc.get("arguments")).flatMap((token) => options(token).split(" ")),
    );
    const wanted = options(syntax.slice(fullName.length)).split(" ").filter((word) => word !== "");
    lacking.push(...wanted.filter((word) => !told.has(word)).map((word) => `${fullName} ${word}`));
    for (const subcommand of subcommands ?? []) {
      look(subcommand, fields(fields(doc.get("subcommands")).get(subcommand.fullName)));
    }
  };
  for (const command of table.all()) look(command, fields(docs.get(command.name)));
  assert.deepEqual(lacking, []);
});
