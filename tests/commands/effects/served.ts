/** A served store. */

import geo from "../../../ext/geo.ts";
import { commandsOfExtensions, commandTable } from "../../../src/commands/table/commands.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { toBytes, toText } from "../../../src/embedded/data.ts";
import { RedliteError } from "../../../src/embedded/errors.ts";
import { serve } from "../../../src/server/program_server.ts";
import { Store } from "../../../src/store/store.ts";
import { DRIVERS } from "../../store/open.ts";
import type { Asked, Word } from "./generators.ts";

/** Redlite in this process, served, so that generators can ask it. */
export class Served implements Asked, AsyncDisposable {
  readonly core: Core;
  #close: () => Promise<void> = () => Promise.resolve();
  port = 0;

  /** @param path The database file. */
  constructor(path = ":memory:") {
    const store = new Store(DRIVERS[0]!, path, { extensions: [geo()] });
    this.core = new Core(store, commandTable(commandsOfExtensions([geo()])));
    store.start();
  }

  async listen(): Promise<void> {
    const server = await serve(this.core, { port: 0 });
    this.port = server.port;
    this.#close = () => server.close();
  }

  readonly lasting = true;

  get nowMs(): number {
    return Date.now();
  }

  ask(...words: Word[]): unknown {
    try {
      return this.core.run(words, /(^|\.SCAN)DUMP$/.test(String(words[0])) ? toBytes : toText);
    } catch (error) {
      if (error instanceof RedliteError) return null;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.core.close();
  }
}
