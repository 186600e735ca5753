import { strict as assert } from "node:assert";
import { CommandIndex } from "../../src/clients/acl/command_index.ts";
import { KNOWN_COMMANDS } from "../../src/clients/acl/known_commands.ts";
import { commandsOf } from "../../src/commands/table/define.ts";
import { Table } from "../../src/commands/table/table.ts";
import { TestUsers } from "./users.ts";

const scripting = commandsOf("scripting");
const facts = { since: "1.0.0", arity: -1, summary: "Does nothing." };

Deno.test("rules may name commands of Redis that are not in the table", () => {
  using users = new TestUsers();
  for (const { name } of KNOWN_COMMANDS) {
    for (const sign of ["+", "-"]) {
      const { permissions: [own] } = users.fresh(`+@all ${sign}${name.toUpperCase()}`);
      assert.equal(own?.commands, `+@all ${sign}${name}`);
    }
  }
});

Deno.test("such a rule changes nothing for the commands that there are", () => {
  using users = new TestUsers();
  const before = users.fresh("~* +@all -@dangerous");
  const lines = ["get k", "flushall", "config get x", "client list"];
  const answers = lines.map((line) => users.check(before, line));
  const after = users.fresh("~* +@all -@dangerous -json.set -script +vadd -script|load");
  assert.deepEqual(lines.map((line) => users.check(after, line)), answers);
});

Deno.test("a container of which only subcommands are known is known as well", () => {
  using users = new TestUsers();
  const { permissions: [own] } = users.fresh("+ft.config|get +ft.config");
  assert.equal(own?.commands, "-@all +ft.config");
});

Deno.test("categories list the commands that rules may name, each once", () => {
  using users = new TestUsers();
  const { access } = users;
  for (const { name, categories } of KNOWN_COMMANDS) {
    for (const category of categories) {
      assert.ok(access.categories.includes(category), category);
      const names = access.commandsOf(category) ?? [];
      assert.equal(names.filter((other) => other === name).length, 1, `${name} in ${category}`);
    }
  }
});

Deno.test("a record of the table takes the place of what is known by name", () => {
  const start = scripting("BACKUP START", { ...facts, acl: "keyspace" }, () => {});
  const table = new Table([
    scripting("TS.GET key", { ...facts, acl: "admin" }, () => {}),
    scripting("BACKUP", { ...facts, arity: -2 }, [start]),
    scripting("VSIM key", { ...facts, acl: "geo" }, () => {}),
  ]);
  const index = new CommandIndex(table);
  const names = (category: string) => index.ofCategory(category)?.map(({ name }) => name) ?? [];
  assert.ok(names("admin").includes("ts.get"));
  assert.ok(!names("timeseries").includes("ts.get"));
  assert.ok(names("keyspace").includes("backup|start"));
  assert.ok(!names("dangerous").includes("backup|start"));
  assert.ok(names("dangerous").includes("backup|abort"), "what the record lacks stays known");
  assert.ok(names("geo").includes("vsim"));
  for (const command of table.all()) assert.equal(index.find(command.name), index.entry(command));
  const [backup] = [...table.all()].filter(({ name }) => name === "backup");
  assert.ok(backup !== undefined);
  const entry = index.entry(backup);
  assert.ok(entry !== undefined);
  assert.deepEqual(
    index.withSubcommands(entry).map(({ name }) => name).sort(),
    [
      "backup",
      ...["abort", "cleanup", "help", "list", "seal", "start", "status"].map((s) => `backup|${s}`),
    ],
  );
});
