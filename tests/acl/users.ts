/** Users of a store in memory, what became of their clients, and a clock. */

import { strict as assert } from "node:assert";
import { AccessControl } from "../../src/clients/acl/access_control.ts";
import type { AclFile } from "../../src/clients/acl/acl_file.ts";
import type { User } from "../../src/commands/table/access.ts";
import { commandTable } from "../../src/commands/table/commands.ts";
import { EmbeddedClient } from "../../src/embedded/running/client.ts";
import { ManualClock } from "../../src/engine/clock.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { RespWriter } from "../../src/resp/writer.ts";
import type { Store } from "../../src/store/store.ts";
import { DRIVERS, memoryStore } from "../store/open.ts";

const table = commandTable();

/** The users of one process. */
export class TestUsers implements Disposable {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly access: AccessControl;
  /** Users whose clients were disconnected. */
  readonly removed: string[] = [];
  /** Users of which channels were taken. */
  readonly reduced: string[] = [];
  logMaxLength = 128;
  allChannels = false;

  defaultPassword = "";

  /**
   * @param store Is closed with this.
   * @param file Has the users in place of the store.
   */
  constructor(
    clock: ManualClock = new ManualClock(),
    store: Store = memoryStore(DRIVERS[0]!, clock),
    file?: AclFile,
  ) {
    this.clock = clock;
    this.store = store;
    this.access = new AccessControl({
      commands: table,
      store: store.users,
      file,
      defaultPassword: () => this.defaultPassword,
      onRemoved: ({ name }) => this.removed.push(name),
      onChannelsReduced: ({ name }) => this.reduced.push(name),
      logMaxLength: () => this.logMaxLength,
      now: () => clock.now(),
      allChannels: () => this.allChannels,
    });
  }

  /** Makes or changes a user by rules separated by spaces. */
  set(name: string, rules: string): User {
    this.access.setUser(name, rules === "" ? [] : rules.split(" "));
    return this.user(name);
  }

  /** The user of a name, which must exist. */
  user(name: string): User {
    const user = this.access.user(name);
    assert.ok(user !== undefined, name);
    return user;
  }

  /** A user made of nothing but these rules. */
  fresh(rules: string): User {
    if (this.access.user("fresh") !== undefined) this.access.removeUsers(["fresh"]);
    return this.set("fresh", rules);
  }

  /** Whether a user may run a command line: `ok`, or what was refused and why. */
  check(user: User, line: string): string {
    const denial = this.access.check(user, commandOf(line), argumentsOf(line));
    return denial === undefined ? "ok" : `${denial.kind} ${denial.object}`;
  }

  /** A client that acts as a user. */
  client(user: User = this.access.defaultUser): EmbeddedClient {
    return new EmbeddedClient(this.clock.now(), new RespWriter(), user);
  }

  [Symbol.dispose](): void {
    this.store.closeNow();
  }
}

/** The command that a line of words runs. */
export function commandOf(line: string) {
  const command = table.lookup(argumentsOf(line));
  assert.ok(command !== undefined, line);
  return command;
}

/** The words of a line as arguments; `''` is an empty one. */
export function argumentsOf(line: string): Arguments {
  const args = new Arguments();
  args.fill(line.split(" ").map((word) => word === "''" ? "" : word));
  return args;
}
