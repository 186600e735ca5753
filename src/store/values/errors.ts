/**
 * Redis's error replies. Clients match on the code word and people on the text, so both are
 * Redis's to the letter.
 *
 * @module
 */

/**
 * An error reply: `code` is its first word, `message` the whole line.
 *
 * It is an `Error`, but not made by one's constructor: that captures a stack trace, which takes 5 µs
 * where the rest of a refusal takes one, and which nobody reads of a wrong argument.
 */
export class CommandError implements Error {
  /** The class's name. */
  readonly name: string = "CommandError";
  /** The reply. */
  readonly message: string;

  /** An error that is a reply. @param message The reply. */
  constructor(message: string) {
    this.message = message;
  }

  /** The error's code word, such as `WRONGTYPE` or `ERR`. */
  get code(): string {
    const space = this.message.indexOf(" ");
    return space < 0 ? this.message : this.message.slice(0, space);
  }
}

Object.setPrototypeOf(CommandError.prototype, Error.prototype);

/** Makes an error of the generic code `ERR`. */
export function err(message: string): CommandError {
  return new CommandError("ERR " + message);
}

/** `ERR syntax error`. */
export const syntaxError = (): CommandError => err("syntax error");
/** `ERR value is not an integer or out of range`. */
export const notAnInteger = (): CommandError => err("value is not an integer or out of range");
/** `ERR value is not a valid float`. */
export const notAFloat = (): CommandError => err("value is not a valid float");
/** `ERR no such key`. */
export const noSuchKey = (): CommandError => err("no such key");
/** `WRONGTYPE ...`. */
export const wrongType = (): CommandError =>
  new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
/** `READONLY ...`: the database is open for reading only. */
export const readOnly = (): CommandError =>
  new CommandError("READONLY You can't write against a read only replica.");
/** `MISCONF ...`: writes are refused for the time being. @param reason Why, and what to do. */
export const writesRefused = (reason: string): CommandError =>
  new CommandError(`MISCONF ${reason}`);
/** The error of a read that met a damaged page. @param reason SQLite's words. */
export const corrupt = (reason: string): CommandError =>
  new CommandError(`CORRUPT the database file is damaged: ${reason}; INTEGRITY lists where`);
/** The arity error of a command, named in lower case (`client|list` for a subcommand). */
export const wrongArity = (command: string): CommandError =>
  err(`wrong number of arguments for '${command}' command`);

/** What an error says, or whatever else was thrown as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
