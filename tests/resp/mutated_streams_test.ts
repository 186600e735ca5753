/**
 * 100,000 streams of bytes that no client should send, through the parser and the input buffer of a session.
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other streams and more of them.
 */

import { strict as assert } from "node:assert";
import { Arguments } from "../../src/resp/arguments.ts";
import { Parser, type ParserLimits, ProtocolError } from "../../src/resp/parser.ts";
import { InputBuffer } from "../../src/server/sessions/input_buffer.ts";
import { latin1, quote } from "../harness/resp_client.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { type Below, mutatedStream } from "./mutated_streams.ts";
import { SEED } from "../harness/seed.ts";

const RUNS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 100_000);

const LIMITS: ParserLimits = { maxBulkLength: 512 * 1024 * 1024, authenticated: true };

/** What became of a stream. */
interface Outcome {
  commands: string[][];
  /** Why the connection would be closed. */
  error?: string;
}

/** Parses a stream that arrives in pieces, as a session does. */
function outcome(stream: Uint8Array, pieces: () => number, limits = LIMITS): Outcome {
  const args = new Arguments();
  const parser = new Parser(args, limits);
  const input = new InputBuffer();
  const commands: string[][] = [];
  let at = 0;
  while (at < stream.length) {
    const room = input.room();
    const piece = stream.subarray(at, at + Math.min(pieces(), room.length));
    assert.ok(piece.length > 0, "the input buffer has no room");
    room.set(piece);
    input.end += piece.length;
    at += piece.length;
    try {
      while (parser.next(input.bytes, input.end)) commands.push(wordsOf(args));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { commands, error: error.message };
    }
    assert.ok(parser.commandStart <= parser.position && parser.position <= input.end);
    input.makeRoom(parser);
    // What has arrived is held, not what was announced.
    assert.ok(input.bytes.length <= 64 * 1024, `${input.bytes.length} bytes of memory`);
  }
  return { commands };
}

function wordsOf(args: Arguments): string[] {
  return Array.from({ length: args.count }, (_, i) => {
    const { bytes, start, end } = args.at(i);
    assert.ok(0 <= start && start <= end && end <= bytes.length);
    return latin1(bytes.subarray(start, end));
  });
}

function forEachStream(below: Below, check: (stream: Uint8Array) => void): void {
  for (let run = 0; run < RUNS; run++) {
    const stream = mutatedStream(below);
    try {
      check(stream);
    } catch (error) {
      throw new Error(`REDLITE_TEST_SEED=${SEED}, run ${run}: ${quote(stream)}`, { cause: error });
    }
  }
}

Deno.test(`mutated streams are commands or protocol errors, seed ${SEED}`, () => {
  const below = randomNumbers(SEED);
  const whole = () => Infinity;
  const byPiece = () => 1 + below(24);
  let commands = 0, errors = 0;
  forEachStream(below, (stream) => {
    const expected = outcome(stream, whole);
    // No command is made of less than a byte a word and one that ends it.
    const words = expected.commands.reduce((sum, command) => sum + command.length, 0);
    assert.ok(words <= stream.length);
    assert.deepEqual(outcome(stream, byPiece), expected);
    commands += expected.commands.length;
    if (expected.error !== undefined) errors++;
  });
  // The streams are worth something: a good part of them gets through, a good part does not.
  assert.ok(commands > RUNS / 2, `${commands} commands`);
  assert.ok(errors > RUNS / 10 && errors < RUNS, `${errors} errors`);
});

Deno.test(`of a client that has not authenticated the parser takes little, seed ${SEED}`, () => {
  const limits = { ...LIMITS, authenticated: false };
  let refused = 0;
  forEachStream(randomNumbers(SEED), (stream) => {
    const { commands, error } = outcome(stream, () => Infinity, limits);
    if (error?.startsWith("unauthenticated")) refused++;
    for (const command of commands.filter((words) => words.length > 10)) {
      // Only a line can have more words, and a line is short.
      assert.ok(command.reduce((sum, word) => sum + word.length + 1, 0) <= 64 * 1024);
    }
  });
  assert.ok(refused > RUNS / 100, `${refused} refused`);
});

Deno.test("what is announced costs nothing until it comes", () => {
  for (
    const header of ["*1073741824\r\n", "*2\r\n$3\r\nGET\r\n$536870912\r\n", "*1\r\n$1000\r\n"]
  ) {
    const { commands, error } = outcome(new TextEncoder().encode(header), () => 1);
    assert.deepEqual({ commands, error }, { commands: [], error: undefined });
  }
});
