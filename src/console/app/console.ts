/** What every view has at hand: the connection, who it is of, questions and messages. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ByteString } from "../data/bytes.ts";
import type { Connection, Session } from "../data/connection.ts";
import type { Argument, Command, Reply } from "../data/resp.ts";

/** A question that stands before something that cannot be taken back. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
}

/** What views work with. */
export interface Console {
  readonly connection: Connection;
  readonly session: Session;
  /** The database that is looked at. */
  readonly db: number;
  /** Whether the user may run a command, by its full name in lower case. */
  may(...names: string[]): boolean;
  /** Runs a command in the database. @throws {ServerError} */
  one(command: Command, signal?: AbortSignal): Promise<Reply>;
  /** Runs commands in the database; errors are among the replies. */
  run(commands: readonly Command[], signal?: AbortSignal): Promise<Reply[]>;
  /** Runs a command that changes something, and says what went wrong. @returns Whether it went well. */
  change(command: readonly Argument[]): Promise<boolean>;
  /** Asks whether something is to be done. */
  ask(question: Question): Promise<boolean>;
  /** Says something in passing. */
  tell(message: string, isError?: boolean): void;
  /** Shows a key. */
  open(key: ByteString): void;
}

/** The console around a view. */
export const ConsoleContext = createContext<Console | undefined>(undefined);

/** The console around a view. */
export function useConsole(): Console {
  const console = useContext(ConsoleContext);
  if (console === undefined) throw new TypeError("a view stands outside of the console");
  return console;
}
