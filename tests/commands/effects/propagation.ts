/**
 * What a real server tells its replicas: a client that says it is one, throws the snapshot away and
 * keeps the commands that follow.
 */

import type { TurnEffects } from "../../../src/engine/effects.ts";
import { Arguments } from "../../../src/resp/arguments.ts";
import { Parser } from "../../../src/resp/parser.ts";
import { latin1, type Reply, type RespClient } from "../../harness/resp_client.ts";
import type { TestServer } from "../../harness/servers.ts";

/** A command and the index of the database that is selected for it; -1 of MULTI and EXEC. */
export interface Propagated {
  readonly db: number;
  readonly words: readonly string[];
}

/** A channel whose messages mark the end of what is looked at. */
const MARK = "__mark__";

/** Follows one server. */
export class Propagation implements AsyncDisposable {
  readonly #link: RespClient;
  readonly #client: RespClient;
  #db = -1;

  private constructor(link: RespClient, client: RespClient) {
    this.#link = link;
    this.#client = client;
  }

  /** Begins to follow a server. */
  static async of(server: TestServer): Promise<Propagation> {
    const client = await server.connect({ resp: 2 });
    await client.send("CONFIG", "SET", "repl-diskless-sync", "no");
    const link = await server.connect({ resp: 2 });
    await link.send("REPLCONF", "listening-port", "1");
    await link.send("PSYNC", "?", "-1");
    let header = "";
    while (!header.endsWith("\n") || header === "\n") {
      if (header === "\n") header = "";
      header += latin1(await link.readRaw(1));
    }
    await link.readRaw(Number(header.slice(1)));
    await link.raw(new TextEncoder().encode("*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n0\r\n"));
    const propagation = new Propagation(link, client);
    await propagation.taken();
    return propagation;
  }

  /** The commands that came since the last call. */
  async taken(): Promise<Propagated[]> {
    await this.#client.send("PUBLISH", MARK, "");
    const taken: Propagated[] = [];
    for (;;) {
      const words = wordsOf(await this.#link.readReply());
      const name = words[0]?.toUpperCase();
      if (name === "PUBLISH" && words[1] === MARK) return taken;
      if (name === "PING" || name === "REPLCONF") continue;
      if (name === "SELECT") this.#db = Number(words[1]);
      else taken.push({ db: name === "MULTI" || name === "EXEC" ? -1 : this.#db, words });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.close();
    this.#client.close();
    await this.#link[Symbol.asyncDispose]();
  }
}

function wordsOf(reply: Reply): string[] {
  if (reply.type !== "array") throw new Error(`not a command: ${reply.type}`);
  return reply.items.map((item) => {
    if (item.type !== "bulk") throw new Error(`not a word: ${item.type}`);
    return latin1(item.value);
  });
}

/** The commands of effects. */
export function commandsIn({ bytes, db }: TurnEffects): Propagated[] {
  const args = new Arguments();
  const parser = new Parser(args, { maxBulkLength: Infinity, authenticated: true });
  const commands: Propagated[] = [];
  while (parser.next(bytes, bytes.length)) {
    const words = Array.from({ length: args.count }, (_, i) => args.at(i).latin1());
    const name = words[0] ?? "";
    if (name === "SELECT") db = Number(words[1]);
    else commands.push({ db: name === "MULTI" || name === "EXEC" ? -1 : db, words });
  }
  return commands;
}
