/**
 * A file of users, one a line: `user name rule ...`, as redis-server's `aclfile`. Its text is taken
 * as a byte string, for rules are bytes.
 *
 * @module
 */

import { latin1Bytes } from "../../commands/table/latin1.ts";
import { err } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Account } from "./account.ts";
import { hasSpaces, UNKNOWN_COMMAND } from "./rule_words.ts";

/** Where users are kept that the database has none of. */
export interface AclFile {
  /** Its name, for messages. */
  readonly path: string;
  /** What it holds. @throws {CommandError} */
  read(): Uint8Array;
  /** Puts this in its place, as a whole. @throws {CommandError} */
  write(content: Uint8Array): void;
}

/** How the errors of a file end. */
const NOTHING_DONE =
  "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";

/**
 * The users of a file.
 *
 * @param newAccount Makes a user without rights.
 * @throws {CommandError} That lists what is wrong.
 */
export function readAccounts(
  file: AclFile,
  newAccount: (name: string) => Account,
): Map<string, Account> {
  const accounts = new Map<string, Account>();
  let errors = "";
  const lines = new Slice(file.read()).latin1().split("\n");
  for (const [index, untrimmed] of lines.entries()) {
    const line = untrimmed.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
    if (line === "") continue;
    const at = `${file.path}:${index + 1}`;
    const [keyword, name, ...rules] = line.split(" ");
    if (keyword !== "user" || name === undefined) {
      errors += `${at} should start with user keyword followed by the username. `;
      continue;
    }
    if (hasSpaces(name)) {
      errors += `${at}: username '${name}' contains invalid characters. `;
      continue;
    }
    const account = newAccount(new TextDecoder().decode(latin1Bytes(name)));
    if (accounts.has(account.name)) {
      errors += `WARNING: Duplicate user '${name}' found on line ${index + 1}. `;
      continue;
    }
    accounts.set(account.name, account);
    errors += wrongRules(account, rules, at);
  }
  if (errors !== "") throw err(errors + NOTHING_DONE);
  return accounts;
}

/** Applies the rules of a line. @returns What is wrong with them: of syntax errors the first. */
function wrongRules(account: Account, rules: readonly string[], at: string): string {
  let errors = "";
  let unreadable = false;
  const wrong = account.applyEach(rules.map((rule) => rule.replace(/^[\t\r]+|[\t\r]+$/g, "")));
  if (wrong === undefined) return `${at}: Unmatched parenthesis in selector definition.`;
  for (const { rule, reason } of wrong) {
    if (reason === UNKNOWN_COMMAND) {
      errors += `${at}: Error in applying operation '${rule}': ${reason}. `;
    } else if (!unreadable) {
      errors += `${at}: ${reason}. `;
      unreadable = true;
    }
  }
  return errors;
}
