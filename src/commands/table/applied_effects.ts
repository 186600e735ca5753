/**
 * Applying the effects of another store, or of this one's past, turn by turn: the commands are run
 * by the clock of the turn that they are of, so that what depends on the time comes out the same.
 *
 * The store then follows the other one (`Engine.follows`): nothing expires in it or changes by itself,
 * for the other one says when it does.
 *
 * @module
 */

import type { TurnEffects } from "../../engine/effects.ts";
import { Arguments } from "../../resp/arguments.ts";
import { Parser } from "../../resp/parser.ts";
import { RespWriter } from "../../resp/writer.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import { parseInt64 } from "../../store/values/integers.ts";
import type { Context } from "./command.ts";
import type { Host } from "./host.ts";
import type { Client } from "./client.ts";
import type { Store } from "../../store/store.ts";
import { checkArity, Table } from "./table.ts";

/** A command of the effects was refused: the store is no copy of the one that they come from. */
export class EffectRefused extends Error {
  override readonly name = "EffectRefused";
}

/** Applies effects to one store. */
export class AppliedEffects {
  readonly #store: Store;
  readonly #client: Client;
  readonly #commands: Table;
  readonly #context: Context;
  readonly #args = new Arguments();
  readonly #reply = new RespWriter();

  /**
   * From now on the store follows the one whose effects come, unless they are its own.
   *
   * @param parts.client Who runs the commands: it may do everything, and is nobody else's.
   */
  constructor(
    parts: { readonly store: Store; readonly client: Client; readonly host: Host },
    follows = true,
  ) {
    this.#store = parts.store;
    this.#client = parts.client;
    // By their own names, whatever clients call them here.
    this.#commands = new Table(parts.host.commands.originals());
    this.#context = { ...parts, args: this.#args, reply: this.#reply };
    if (follows) parts.store.engine.follows = true;
  }

  /** The store is one of its own again. */
  end(): void {
    this.#store.engine.follows = false;
  }

  /**
   * Applies the effects of one turn, in a turn. Call between turns.
   *
   * @throws {EffectRefused} If a command is refused; then nothing is applied.
   * @throws {NotLoaded} If it takes the interpreter of scripts, which is not loaded yet; the same.
   */
  apply(effects: TurnEffects): void {
    const { engine } = this.#store;
    engine.begin();
    engine.nowMs = engine.expiryMs = effects.atMs;
    engine.effects.pause();
    try {
      engine.write();
      // With the write lock may have come another time.
      engine.nowMs = engine.expiryMs = effects.atMs;
      this.#run(effects);
      this.#store.endTurn();
    } catch (error) {
      engine.rollback();
      throw error;
    } finally {
      engine.effects.resume();
      this.#args.release();
    }
    engine.effects.passOn(effects);
  }

  /**
   * Runs the effects of one turn in the turn that runs.
   *
   * @throws {EffectRefused} If a command is refused; then the turn is to be rolled back.
   */
  repeat(effects: TurnEffects): void {
    try {
      this.#run(effects);
    } finally {
      this.#args.release();
    }
  }

  #run({ bytes, db }: TurnEffects): void {
    const args = this.#args;
    const parser = new Parser(args, { maxBulkLength: Infinity, authenticated: true });
    this.#client.db = db;
    while (parser.next(bytes, bytes.length)) {
      // What they bind together is one turn here anyway.
      if (args.is(0, "MULTI") || args.is(0, "EXEC")) continue;
      if (args.is(0, "SELECT")) this.#select(args);
      else this.#call(args);
    }
    if (!parser.idle || parser.position !== bytes.length) {
      throw new EffectRefused("the effects end in the middle of a command");
    }
  }

  #select(args: Arguments): void {
    const { bytes, start, end } = args.at(1);
    this.#client.db = Number(parseInt64(bytes, start, end));
  }

  #call(args: Arguments): void {
    const command = this.#commands.lookup(args);
    const name = args.at(0).latin1();
    if (command?.handler === undefined || !checkArity(command, args)) {
      throw new EffectRefused(`there is no such command: ${name}`);
    }
    const reply = this.#reply;
    const { errors } = reply;
    const { changes } = this.#context.store.engine;
    const { made } = changes;
    reply.end = 0;
    try {
      command.handler(this.#context);
      // One that changed anything was not refused: an error is one of several replies.
      if (reply.errors !== errors && changes.made === made) throw err(reply.lastError);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new EffectRefused(`${name} was refused: ${error.message}`, { cause: error });
    }
  }
}
