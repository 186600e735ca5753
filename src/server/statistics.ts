/**
 * The server's counters, for INFO.
 *
 * @module
 */

import type { Command } from "../commands/table/command.ts";
import type { CommandStatistics, Statistics } from "../commands/table/process_facts.ts";
import { TurnStatistics } from "./turn_statistics.ts";
import { Rate } from "./rate.ts";

/** Error code words that are counted apart. Clients choose some of them, so there must be an end. */
const CODES = 128;
/** Where the errors of further code words are counted. */
const OTHER_CODES = "ERRORSTATS_OVERFLOW";

/** The counters of one server. */
export class ServerStatistics implements Statistics {
  connectionsReceived = 0;
  connectionsRejected = 0;
  clientsEvicted = 0;
  commandsProcessed = 0;
  netInput = 0;
  netOutput = 0;
  reads = 0;
  writes = 0;
  queryBufferDisconnections = 0;
  outputBufferDisconnections = 0;
  errorReplies = 0;
  readonly loop = new TurnStatistics();
  readonly errorsByCode: Map<string, number> = new Map();
  readonly commands: Map<string, CommandStatistics> = new Map();
  readonly #commandRate = new Rate();
  readonly #inputRate = new Rate();
  readonly #outputRate = new Rate();
  #sampledAtMs = 0;
  /** The command that was asked about last, and its statistics. */
  #last: Command | undefined;
  #lastStatistics: CommandStatistics | undefined;

  /** The statistics of a command, made if it has none. */
  of(command: Command): CommandStatistics {
    // Mostly the same is asked for again.
    if (command === this.#last && this.#lastStatistics !== undefined) return this.#lastStatistics;
    let statistics = this.commands.get(command.fullName);
    if (statistics === undefined) {
      statistics = { calls: 0, microseconds: 0, rejected: 0, failed: 0 };
      this.commands.set(command.fullName, statistics);
    }
    this.#last = command;
    this.#lastStatistics = statistics;
    return statistics;
  }

  /** Counts an error that a command replied with. */
  failed(command: Command, message: string): void {
    this.of(command).failed++;
    this.#countError(message);
  }

  /** Counts an error before a command ran. */
  rejected(command: Command | undefined, message: string): void {
    if (command !== undefined) this.of(command).rejected++;
    this.#countError(message);
  }

  #countError(message: string): void {
    this.errorReplies++;
    const space = message.indexOf(" ");
    const word = space < 0 ? message : message.slice(0, space);
    const known = this.errorsByCode.has(word) || this.errorsByCode.size < CODES;
    const code = known ? word : OTHER_CODES;
    this.errorsByCode.set(code, (this.errorsByCode.get(code) ?? 0) + 1);
  }

  get commandsPerSecond(): number {
    return Math.floor(this.#commandRate.perSecond);
  }

  get inputKbps(): number {
    return this.#inputRate.perSecond / 1024;
  }

  get outputKbps(): number {
    return this.#outputRate.perSecond / 1024;
  }

  /** Takes a sample for the rates; call at regular intervals. @param nowMs Unix time. */
  sample(nowMs: number): void {
    const elapsedMs = nowMs - this.#sampledAtMs;
    const first = this.#sampledAtMs === 0;
    this.#sampledAtMs = nowMs;
    // A clock that was set back gives no rate.
    if (first || elapsedMs <= 0) return;
    this.#commandRate.sample(this.commandsProcessed, elapsedMs);
    this.#inputRate.sample(this.netInput, elapsedMs);
    this.#outputRate.sample(this.netOutput, elapsedMs);
    this.loop.sample(elapsedMs);
  }

  reset(): void {
    this.connectionsReceived = this.connectionsRejected = this.commandsProcessed = 0;
    this.netInput =
      this.netOutput =
      this.errorReplies =
      this.clientsEvicted =
        0;
    this.reads = this.writes = 0;
    this.queryBufferDisconnections = this.outputBufferDisconnections = 0;
    this.loop.reset();
    this.errorsByCode.clear();
    this.commands.clear();
    this.#last = this.#lastStatistics = undefined;
    for (const rate of [this.#commandRate, this.#inputRate, this.#outputRate]) rate.reset();
  }
}
