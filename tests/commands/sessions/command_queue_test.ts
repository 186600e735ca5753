import { strict as assert } from "node:assert";
import { CommandQueue } from "../../../src/commands/sessions/command_queue.ts";
import { commandTable } from "../../../src/commands/table/commands.ts";
import { Arguments } from "../../../src/resp/arguments.ts";

const table = commandTable();

function queueOf(...lines: (string | Uint8Array)[][]): CommandQueue {
  const queue = new CommandQueue();
  const args = new Arguments();
  for (const line of lines) {
    args.fill(line);
    const command = table.lookup(args);
    assert.ok(command !== undefined);
    queue.push(command, args);
  }
  return queue;
}

const lengthsOf = (queue: CommandQueue) =>
  Array.from(
    queue,
    ({ command, args }) => [
      command.name,
      ...Array.from({ length: args.count }, (_, i) => args.at(i).length),
    ],
  );

Deno.test("queued commands come back in their order with their arguments", () => {
  const queue = queueOf(["PING"], ["SET", "k", ""], ["GET", "k"], ["ECHO", "x".repeat(200_000)]);
  assert.equal(queue.length, 4);
  assert.deepEqual(lengthsOf(queue), [
    ["ping", 4],
    ["set", 3, 1, 0],
    ["get", 3, 1],
    ["echo", 4, 200_000],
  ]);
});

Deno.test("arguments are kept as they were, whatever becomes of the buffer they came in", () => {
  const bytes = Uint8Array.of(0, 1, 255, 13, 10);
  const queue = queueOf(["SET", bytes, bytes]);
  bytes.fill(7);
  for (const { args } of queue) {
    assert.deepEqual(args.at(1).copy(), Uint8Array.of(0, 1, 255, 13, 10));
    assert.deepEqual(args.at(2).copy(), Uint8Array.of(0, 1, 255, 13, 10));
  }
});

Deno.test("many commands come back over any number of blocks", () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => ["SET", `key:${i}`, "v".repeat(i % 50)]);
  const queue = queueOf(...lines);
  let i = 0;
  for (const { args } of queue) {
    assert.equal(args.text(1), `key:${i}`);
    assert.equal(args.at(2).length, i % 50);
    i++;
  }
  assert.equal(i, 20_000);
  assert.equal(queue.kinds.size, 1);
});

Deno.test("a queued PING takes no more than 40 bytes", () => {
  const queue = queueOf(...Array.from({ length: 100_000 }, () => ["PING"]));
  assert.ok(queue.memory > 100_000 * 12);
  assert.ok(queue.memory < 100_000 * 40, `${queue.memory} bytes`);
});
