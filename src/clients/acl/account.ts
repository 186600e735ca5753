/** A user: who may authenticate as it, and what it may do. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Permissions, User } from "../../commands/table/access.ts";
import { latin1Bytes } from "../../commands/table/latin1.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { CommandIndex, IndexedCommand } from "./command_index.ts";
import { groupSelectors, joinSelectors, lower, RuleError, splitWords } from "./rule_words.ts";
import { ALLOWED, type KeyArguments, Selector } from "./selector.ts";
import { bytesOfHex, hexOf } from "../../store/values/hexadecimal.ts";

/** The SHA-256 of a password. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** A user and its rules. */
export class Account implements User {
  readonly name: string;
  enabled = false;
  nopass = false;
  unrestricted = false;
  readonly #index: CommandIndex;
  readonly #allChannels: boolean;
  #sanitizes = true;
  /** SHA-256 of the passwords, by their hexadecimal. */
  #passwords: Map<string, Uint8Array> = new Map();
  /** The user's own permissions, and then the selectors. */
  #selectors: Selector[];

  /**
   * A user that may do nothing.
   *
   * @param allChannels Whether sets of permissions begin with all channels (`acl-pubsub-default`).
   */
  constructor(name: string, index: CommandIndex, allChannels: boolean) {
    this.name = name;
    this.#index = index;
    this.#allChannels = allChannels;
    this.#selectors = [new Selector(index, allChannels)];
  }

  /**
   * A copy to try rules on.
   *
   * @param allChannels What new sets of permissions begin with.
   */
  copy(allChannels: boolean): Account {
    const copy = new Account(this.name, this.#index, allChannels);
    copy.take(this);
    return copy;
  }

  /** Becomes as another is, all but the name. */
  take(other: Account): void {
    this.enabled = other.enabled;
    this.nopass = other.nopass;
    this.#sanitizes = other.#sanitizes;
    this.#passwords = new Map(other.#passwords);
    this.#selectors = other.#selectors.map((selector) => selector.copy());
    this.unrestricted = this.#selectors[0]!.unrestricted;
  }

  /**
   * Applies rules in their order.
   *
   * @param rules As the arguments of ACL SETUSER.
   * @param fail Makes the error for a rule that is wrong; those before it have been applied.
   * @throws {CommandError} If a selector does not end, before anything is applied.
   */
  applyAll(rules: readonly string[], fail: (rule: string, reason: string) => Error): void {
    for (const rule of joinSelectors(rules)) {
      try {
        this.#apply(rule);
      } catch (error) {
        throw error instanceof RuleError ? fail(rule, error.message) : error;
      }
    }
    this.unrestricted = this.#selectors[0]!.unrestricted;
  }

  /**
   * Applies rules in their order, as many as can be.
   *
   * @returns Those that cannot be, and why; undefined if a selector does not end, and none was applied.
   */
  applyEach(rules: readonly string[]): { rule: string; reason: string }[] | undefined {
    const { joined, open } = groupSelectors(rules);
    if (open !== undefined) return undefined;
    const wrong: { rule: string; reason: string }[] = [];
    for (const rule of joined) {
      try {
        this.#apply(rule);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        wrong.push({ rule, reason: error.message });
      }
    }
    this.unrestricted = this.#selectors[0]!.unrestricted;
    return wrong;
  }

  #apply(rule: string): void {
    switch (lower(rule)) {
      case "":
        return;
      case "on":
        this.enabled = true;
        return;
      case "off":
        this.enabled = false;
        return;
      case "nopass":
        return this.#setNopass(true);
      case "resetpass":
        return this.#setNopass(false);
      case "sanitize-payload":
        this.#sanitizes = true;
        return;
      case "skip-sanitize-payload":
        this.#sanitizes = false;
        return;
      case "clearselectors":
        this.#selectors.length = 1;
        return;
      case "reset":
        return this.take(new Account(this.name, this.#index, this.#allChannels));
    }
    if (rule.startsWith(">")) this.#addPassword(sha256(latin1Bytes(rule.slice(1))));
    else if (rule.startsWith("#")) this.#addPassword(hashOf(rule));
    else if (rule.startsWith("<")) this.#removePassword(sha256(latin1Bytes(rule.slice(1))));
    else if (rule.startsWith("!")) this.#removePassword(hashOf(rule));
    else if (rule.startsWith("(") && rule.endsWith(")")) this.#addSelector(rule.slice(1, -1));
    else this.#selectors[0]!.apply(rule);
  }

  #setNopass(nopass: boolean): void {
    this.nopass = nopass;
    this.#passwords.clear();
  }

  #addPassword(hash: Uint8Array): void {
    this.#passwords.set(hexOf(hash), hash);
    this.nopass = false;
  }

  #removePassword(hash: Uint8Array): void {
    if (!this.#passwords.delete(hexOf(hash))) {
      throw new RuleError("The password you are trying to remove from the user does not exist");
    }
  }

  #addSelector(rules: string): void {
    const selector = new Selector(this.#index, this.#allChannels);
    for (const rule of splitWords(rules)) selector.apply(rule);
    this.#selectors.push(selector);
  }

  /** Whether a password, of which the SHA-256 is given, lets a client act as this user. */
  accepts(hash: Uint8Array): boolean {
    let same = false;
    // All are compared, so that the time does not tell which.
    for (const password of this.#passwords.values()) same = timingSafeEqual(password, hash) || same;
    return this.enabled && (this.nopass || same);
  }

  /**
   * Whether a command is allowed.
   *
   * @param keys Those of the arguments, not asked for yet.
   * @returns {@linkcode ALLOWED}, or of all selectors' refusals the one that tells most.
   */
  check(entry: IndexedCommand, args: Arguments, keys: KeyArguments): number {
    let worst = ALLOWED;
    for (const selector of this.#selectors) {
      const refusal = selector.check(entry, args, keys);
      if (refusal === ALLOWED) return ALLOWED;
      if (refusal > worst) worst = refusal;
    }
    return worst;
  }

  /** Whether there is anything of a command that is allowed, be it of some keys alone. */
  allowsSome(entry: IndexedCommand): boolean {
    return this.#selectors.some((selector) => selector.allowsSome(entry));
  }

  /** Whether permissions that allow a command also allow to read every key. */
  readsAllKeys(entry: IndexedCommand, args: Arguments, keys: KeyArguments): boolean {
    return this.#selectors.some((selector) =>
      selector.readsAllKeys && selector.check(entry, args, keys) === ALLOWED
    );
  }

  /** Whether permissions that allow a command also allow to read all keys with any of some prefixes. */
  readsPrefixes(
    entry: IndexedCommand,
    args: Arguments,
    keys: KeyArguments,
    prefixes: readonly Slice[],
  ): boolean {
    return this.#selectors.some((selector) =>
      selector.check(entry, args, keys) === ALLOWED &&
      prefixes.every((prefix) => selector.readsPrefix(prefix))
    );
  }

  /** Whether a channel, or a pattern of channels, is allowed. */
  allowsChannel(channel: Slice, pattern: boolean): boolean {
    return this.#selectors.some((selector) => selector.allowsChannel(channel, pattern));
  }

  /** The channel patterns of all its permissions. */
  get channels(): ReadonlySet<string> {
    return new Set(this.#selectors.flatMap((selector) => selector.channels));
  }

  get flags(): readonly string[] {
    const flags = [this.enabled ? "on" : "off"];
    if (this.nopass) flags.push("nopass");
    flags.push(this.#sanitizes ? "sanitize-payload" : "skip-sanitize-payload");
    return flags;
  }

  get passwords(): readonly string[] {
    return [...this.#passwords.keys()];
  }

  get permissions(): readonly Permissions[] {
    return this.#selectors.map((selector) => selector.permissions);
  }

  get rules(): string {
    return this.#line(this.#selectors.map(({ rules }) => rules));
  }

  /** Like {@linkcode rules}, but sure to make such a user. */
  get exactRules(): string {
    return this.#line(this.#selectors.map(({ exactRules }) => exactRules));
  }

  #line([own, ...selectors]: readonly string[]): string {
    return [
      ...this.flags,
      ...this.passwords.map((password) => "#" + password),
      own,
      ...selectors.map((selector) => `(${selector})`),
    ].join(" ");
  }
}

/** The hash that a rule such as `#hash` gives. @throws {RuleError} */
function hashOf(rule: string): Uint8Array {
  const hex = rule.slice(1);
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new RuleError(
      "The password hash must be exactly 64 characters and contain only lowercase hexadecimal " +
        "characters",
    );
  }
  return bytesOfHex(hex);
}
