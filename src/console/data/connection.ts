/** What the console asks the server, as whoever has signed in. */

import { type Command, decodeReplies, encodeCommands, type Reply, ServerError } from "./resp.ts";

/** Whom the server takes the console for. */
export interface Session {
  readonly user: string;
  readonly databases: number;
  /** Full names of the commands that it may run, if only on some keys. */
  readonly commands: readonly string[];
}

/** The server wants another token. */
export class NotSignedIn extends Error {
  override name = "NotSignedIn";
}

/** The header that a name and a password, or a password or token alone, make. */
export function authorizationOf(name: string, password: string): string {
  if (name === "") return `Bearer ${password}`;
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** Sends commands. */
export class Connection {
  readonly #authorization: string | undefined;
  /** Is told when the server wants another token. */
  onRefused: () => void = () => {};

  constructor(authorization: string | undefined) {
    this.#authorization = authorization;
  }

  /** Whom the server takes this for. @throws {NotSignedIn} If it wants to know better. */
  async session(): Promise<Session> {
    const response = await this.#ask("console/session", {});
    return await response.json();
  }

  /** Runs commands in a database, one after the other. Errors are among the replies. */
  async run(db: number, commands: readonly Command[], signal?: AbortSignal): Promise<Reply[]> {
    if (commands.length === 0) return [];
    const selecting: readonly Command[] = db === 0 ? [] : [["SELECT", db]];
    const response = await this.#ask("console/commands", {
      method: "POST",
      body: encodeCommands([...selecting, ...commands]),
      ...signal && { signal },
    });
    const replies = decodeReplies(await response.bytes());
    const [selected] = replies;
    if (selecting.length > 0 && selected instanceof ServerError) throw selected;
    return replies.slice(selecting.length);
  }

  /** Runs one command. @throws {ServerError} If that is what it is answered with. */
  async one(db: number, command: Command, signal?: AbortSignal): Promise<Reply> {
    const [reply = null] = await this.run(db, [command], signal);
    if (reply instanceof ServerError) throw reply;
    return reply;
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers();
    if (this.#authorization !== undefined) headers.set("authorization", this.#authorization);
    const response = await fetch(path, { ...init, headers, cache: "no-store" });
    if (response.ok) return response;
    const message = await reasonOf(response);
    if (response.status === 401) {
      this.onRefused();
      throw new NotSignedIn(message);
    }
    throw new ServerError(message);
  }
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { error } = await response.json();
    return String(error);
  } catch {
    return `the server answered with status ${response.status}`;
  }
}
