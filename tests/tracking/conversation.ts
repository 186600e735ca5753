/** Conversations of several clients with a server, to be had with Redlite and with Redis. */

import { strict as assert } from "node:assert";
import { named, noRedis } from "../harness/lacking.ts";
import {
  type Command,
  encode,
  format,
  type Reply,
  type RespClient,
} from "../harness/resp_client.ts";
import { startRedis, startRedlite, type TestServer } from "../harness/servers.ts";

const MARK = "~mark~";

/** The clients of one conversation, by name; a name that ends with 2 is one who speaks RESP2. */
class Conversation implements AsyncDisposable {
  readonly #server: TestServer;
  readonly #clients = new Map<string, RespClient>();
  readonly #ids = new Map<string, string>();

  constructor(server: TestServer) {
    this.#server = server;
  }

  /**
   * What a client is sent by the time its commands are done.
   *
   * @param line A name and commands separated by ` ; `. `@name` in them is that client's id, `''` an
   * empty word. `opens` and `closes` are no commands but what the client does.
   */
  async say(line: string): Promise<string[]> {
    const [name, ...rest] = line.split(" ");
    const text = rest.join(" ");
    if (text === "closes") {
      await this.#close(name!);
      return [];
    }
    const client = this.#clients.get(name!) ?? await this.#open(name!);
    if (text === "opens") return [];
    const commands = text.split(" ; ").map((command) => this.#words(command));
    const sent = await this.#untilMark(client, [...commands, ["PING", MARK]]);
    sent.push(...await this.#untilMark(client, [["PING", MARK]]));
    return sent.map((reply) => this.#named(format(reply)));
  }

  async #open(name: string): Promise<RespClient> {
    const client = await this.#server.connect({ resp: name.endsWith("2") ? 2 : 3 });
    this.#clients.set(name, client);
    const id = await client.send("CLIENT", "ID");
    assert(id.type === "integer");
    this.#ids.set(name, String(id.value));
    return client;
  }

  /** Closes a connection, and waits until the server has noticed. */
  async #close(name: string): Promise<void> {
    const id = this.#ids.get(name)!;
    assert(id !== undefined);
    await this.#clients.get(name)?.[Symbol.asyncDispose]();
    this.#clients.delete(name);
    await using observer = await this.#server.connect();
    while (format(await observer.send("CLIENT", "LIST", "ID", id)) !== '""');
  }

  #words(command: string): Command {
    return command.split(" ").map((word) => {
      if (word === "''") return "";
      return word.startsWith("@") ? this.#ids.get(word.slice(1)) ?? word : word;
    });
  }

  async #untilMark(client: RespClient, commands: Command[]): Promise<Reply[]> {
    await client.raw(encode(...commands));
    const replies: Reply[] = [];
    while (true) {
      const reply = await client.readReply();
      const text = format(reply);
      if (text === `"${MARK}"` || text === `["pong", "${MARK}"]`) return replies;
      replies.push(reply);
    }
  }

  /** Ids differ from server to server: names are put in their place. */
  #named(text: string): string {
    return text.replace(/("redirect"[:,] |"tracking-redir-broken", ):(\d+)/g, (all, before, id) => {
      const found = [...this.#ids].find(([, other]) => other === id);
      return found === undefined ? all : `${before}@${found[0]}`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) await client[Symbol.asyncDispose]();
  }
}

/**
 * Registers a test that Redlite has the conversation that Redis has.
 *
 * @param since The first major version of Redis whose conversation it is.
 */
export function testConversation(name: string, lines: readonly string[], since = 7): void {
  Deno.test({
    ...named(name, noRedis(since)),
    async fn() {
      await using redlite = await startRedlite();
      await using redis = await startRedis();
      await using ours = new Conversation(redlite);
      await using theirs = new Conversation(redis);
      for (const line of lines) {
        const [answer, wanted] = [await ours.say(line), await theirs.say(line)];
        assert.deepEqual(answer, wanted, `${line}\nours: ${answer}\ntheirs: ${wanted}`);
      }
    },
  });
}
