/**
 * The hand-over between the two ways in which a turn lasts: every order of what the owner of a log, another process,
 * the disk and the clock may do, each followed by a crash and by a power cut.
 */

import { strict as assert } from "node:assert";
import { ManualClock } from "../../../src/engine/clock.ts";
import type { TurnEffects } from "../../../src/engine/effects.ts";
import { Engine } from "../../../src/engine/engine.ts";
import type { HeldRows } from "../../../src/engine/held_rows.ts";
import { TurnFailed, WriteLocked } from "../../../src/engine/turn_errors.ts";
import type { LogBefore } from "../../../src/engine/log_before.ts";
import { WriteBehind } from "../../../src/engine/write_behind.ts";
import { SEED } from "../../harness/seed.ts";
import { randomNumbers } from "../../store/rdb/random.ts";
import {
  type Aside,
  type Connection,
  SQLITE,
  SqliteError,
  type Statement,
} from "../../../src/sqlite/sqlite.ts";

/** What a database holds: what was done to it, in order, and the row that tells of its log. */
interface Data {
  readonly done: readonly string[];
  readonly log: { readonly identity: string; readonly turn: number } | undefined;
}

const EMPTY: Data = { done: [], log: undefined };

/** A log's file. */
interface LogFile {
  readonly identity: string;
  readonly turns: { number: number; text: string }[];
}

/** The disk, and the lock on what is on it. */
class World {
  readonly clock = new ManualClock();
  /** What is committed, and what of that a power cut leaves. */
  committed: Data = EMPTY;
  synced: Data = EMPTY;
  logs: LogFile[] = [];
  locked: "us" | "other" | undefined;
  /** Commits by others that we have not noticed. */
  unnoticed = false;
  /** What somebody whom nobody sees writes as soon as we have committed. */
  slipsIn: string | undefined;
  /** What was written so while the last thing was done: nothing that the log had by then was built on it. */
  slippedIn: string[] = [];
  otherIn = false;
  failsCommit = false;
  failsAppend = false;
  failsThread = false;
  /** When a commit has failed. */
  failedAtMs = -Infinity;
  /** What was done and lasts, in order, with what it lasts by. */
  readonly acknowledged: { readonly text: string; readonly by: "log" | "commit" }[] = [];
  /** How many of these a power cut must leave: all before the first that was committed and not synced. */
  syncedDone = 0;
}

/** Another thread that writes a row, and is seen to have ended at the second look. */
class FakeThread implements Aside {
  /** What it writes; undefined if it has ended. */
  row: string | undefined;
  #failure: SqliteError | undefined;
  #looks = 0;
  readonly #world: World;
  readonly #write: (row: string) => void;

  constructor(world: World, write: (row: string) => void) {
    this.#world = world;
    this.#write = write;
  }

  get busy(): boolean {
    if (this.row !== undefined && ++this.#looks === 2) this.settle();
    return this.row !== undefined;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  ended(): boolean {
    if (this.busy) return false;
    this.#assertFine();
    return true;
  }

  memory(size: number): Uint8Array {
    return new Uint8Array(size);
  }

  run(statement: Statement): void {
    this.wait();
    this.#looks = 0;
    this.row = (statement as unknown as { row: string }).row;
  }

  flushPages(): void {}

  wait(): void {
    this.settle();
    this.#assertFine();
  }

  settle(): void {
    const { row } = this;
    if (row === undefined) return;
    this.row = undefined;
    if (this.#world.failsThread) this.#failure = new SqliteError(SQLITE.FULL, "full");
    else this.#write(row);
    this.#world.failsThread = false;
  }

  /** The transaction is rolled back. */
  forget(): void {
    this.settle();
    this.#failure = undefined;
  }

  #assertFine(): void {
    if (this.#failure === undefined) return;
    this.#world.failedAtMs = this.#world.clock.now();
    throw this.#failure;
  }
}

/** A connection to the database of a world. */
class FakeConnection {
  readonly #world: World;
  readonly thread: FakeThread;
  /** The thread, if rows are written by it. */
  readonly aside: Aside | undefined;
  data: Data | undefined;
  /** Whether a statement stands on a page. */
  stands = false;
  #changes = 0;

  constructor(world: World, threads: boolean) {
    this.#world = world;
    this.thread = new FakeThread(world, (row) => this.#put(row));
    this.aside = threads ? this.thread : undefined;
  }

  get autocommit(): boolean {
    return this.data === undefined;
  }

  begin(write: boolean): void {
    this.thread.wait();
    assert.equal(
      this.stands,
      false,
      "what still reads has a snapshot that nothing is written from",
    );
    if (write) {
      if (this.#world.locked !== undefined) throw new SqliteError(SQLITE.BUSY, "busy");
      this.#world.locked = "us";
    }
    this.data = this.#world.committed;
  }

  commit(): void {
    this.thread.wait();
    const { data } = this;
    if (this.#world.locked === "us") {
      if (this.#world.failsCommit) {
        this.#world.failsCommit = false;
        this.#world.failedAtMs = this.#world.clock.now();
        throw new SqliteError(SQLITE.FULL, "full");
      }
      if (data !== undefined) this.#world.committed = data;
      this.#world.locked = undefined;
      this.#slipIn();
    }
    this.data = undefined;
  }

  #slipIn(): void {
    const world = this.#world;
    const text = world.slipsIn;
    if (text === undefined) return;
    world.slipsIn = undefined;
    world.unnoticed = true;
    world.slippedIn.push(text);
    world.committed = { ...world.committed, done: [...world.committed.done, text] };
  }

  totalChanges(): number {
    this.thread.settle();
    return this.#changes;
  }

  flushPages(): void {}

  rollback(): void {
    this.thread.forget();
    if (this.#world.locked === "us") this.#world.locked = undefined;
    this.data = undefined;
  }

  changedByOthers(): boolean {
    const { unnoticed } = this.#world;
    this.#world.unnoticed = false;
    return unnoticed;
  }

  write(text: string): void {
    this.thread.wait();
    this.#put(text);
  }

  #put(text: string): void {
    assert.ok(this.data !== undefined && this.#world.locked === "us");
    this.#changes++;
    this.data = { ...this.data, done: [...this.data.done, text] };
  }
}

/** Rows that are held back: each turn's is one of its own. */
class FakeRows implements HeldRows {
  noted = 0;
  written = 0;
  readonly share = 0;
  readonly spilled = false;
  /** All that ever were. */
  readonly held = new Set<string>();
  readonly #connection: FakeConnection;
  #rows: string[] = [];
  #apart: string[] | undefined;

  constructor(engine: Engine, connection: FakeConnection) {
    this.#connection = connection;
    engine.heldRows = this;
    engine.addListener({
      forget: () => {
        this.#rows = [];
        this.#apart = undefined;
      },
      beforeCommit: () => {
        if (this.isApart) return;
        for (const row of this.#rows) connection.write(row);
        this.#rows = [];
      },
    });
  }

  get count(): number {
    return this.left + this.#rows.length;
  }

  get left(): number {
    return this.#apart?.length ?? 0;
  }

  get isApart(): boolean {
    return this.#apart !== undefined;
  }

  /** What is not in the transaction. */
  get all(): readonly string[] {
    const { row } = this.#connection.thread;
    return [...row === undefined ? [] : [row], ...this.#apart ?? [], ...this.#rows];
  }

  hold(row: string): void {
    this.held.add(row);
    this.noted++;
    this.#rows.push(row);
  }

  setApart(): void {
    this.#apart = this.#rows;
    this.#rows = [];
  }

  /** One, however many may be. */
  writeApart(): boolean {
    const row = this.#apart?.shift();
    if (row === undefined) return true;
    this.#connection.write(row);
    this.written++;
    return this.#apart?.length === 0;
  }

  /** One. */
  gather(): Statement | undefined {
    const row = this.#apart?.shift();
    if (row === undefined) return undefined;
    this.written++;
    return { row } as unknown as Statement;
  }

  border(): Statement {
    const connection = this.#connection;
    connection.stands = true;
    return { reset: () => connection.stands = false } as unknown as Statement;
  }

  rejoin(): void {
    this.#rows = [...this.#apart ?? [], ...this.#rows];
    this.#apart = undefined;
  }
}

class FakeLog implements LogBefore {
  fileBytes = 0;
  last = 0;
  readonly broken = false;
  readonly inPlace = true;
  readonly size = 0;
  readonly large = false;
  readonly #world: World;
  readonly #file: LogFile;

  constructor(world: World, identity: string) {
    this.#world = world;
    this.#file = { identity, turns: [] };
    // A new log is written over what is left of an old one.
    world.logs = [this.#file];
  }

  append({ bytes }: TurnEffects): boolean {
    if (this.#world.failsAppend) {
      this.#world.failsAppend = false;
      return false;
    }
    this.#file.turns.push({ number: ++this.last, text: new TextDecoder().decode(bytes) });
    return true;
  }

  rotate(): boolean {
    return false;
  }
  free(): void {}
  sync(): Promise<boolean> {
    return Promise.resolve(true);
  }

  turnsAfter(turn: number, take: (turn: TurnEffects) => void): void {
    for (const { number, text } of this.#file.turns) {
      if (number > turn) take(effectsOf(text));
    }
  }

  remove(): void {
    // Whatever is there under that name.
    this.#world.logs = [];
  }
  close(): void {}
}

const effectsOf = (text: string): TurnEffects => ({
  bytes: new TextEncoder().encode(text),
  count: 1,
  db: 0,
  endDb: 0,
  atMs: 0,
});

/** What is there after the data and the logs were left as they are, and the next one has opened them. */
function recovered(data: Data, logs: readonly LogFile[]): readonly string[] {
  const done = [...data.done];
  let turn = data.log?.turn ?? 0;
  for (const { identity, turns } of logs) {
    if (turns.length === 0) continue;
    assert.equal(identity, data.log?.identity, "a log that is taken for another database's");
    for (const { number, text } of turns) {
      if (number !== turn + 1) continue;
      turn++;
      done.push(textOf(text));
    }
  }
  return done;
}

/** The owner of a database with a log. */
class Owner {
  readonly world = new World();
  readonly clock = this.world.clock;
  readonly connection: FakeConnection;
  readonly engine: Engine;
  readonly rows: FakeRows;
  readonly behind: WriteBehind;
  readonly #syncs: (() => void)[] = [];
  #identities = 0;
  #turns = 0;

  /** @param threads Whether rows that are held back are written by another thread. */
  constructor(threads: boolean) {
    const { world } = this;
    const connection = this.connection = new FakeConnection(world, threads);
    const engine = this.engine = new Engine(connection as unknown as Connection, this.clock);
    this.rows = new FakeRows(engine, connection);
    const sync = () => {
      world.synced = world.committed;
      world.syncedDone = world.committed.done.length;
    };
    const behind = this.behind = new WriteBehind(engine, {
      makeLog: () => new FakeLog(world, String(++this.#identities)),
      othersIn: () => world.otherIn,
      saveApplied: (_identity, turn) => {
        connection.thread.wait();
        const { data } = connection;
        assert.ok(data);
        connection.data = { ...data, log: { identity: String(this.#identities), turn } };
      },
      applied: () => {
        const log = connection.data?.log;
        return log?.identity === String(this.#identities) ? log.turn : undefined;
      },
      apply: ({ bytes }) => connection.write(textOf(new TextDecoder().decode(bytes))),
      syncWal: () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const { committed } = world;
        this.#syncs.push(() => {
          if (committed.done.length >= world.synced.done.length) {
            world.synced = committed;
            world.syncedDone = committed.done.length;
          }
          resolve();
        });
        return promise;
      },
      syncWalNow: () => {
        sync();
        return true;
      },
      orphaned: () => false,
      logged: () => {},
    });
    engine.behind = behind;
    behind.wanted = true;
    assert.ok(behind.on);
  }

  /**
   * A turn.
   *
   * @param told Whether its effects tell of it.
   * @param held Whether what it writes is held back.
   */
  turn(told: boolean, { fails = false, held = false } = {}): void {
    const { engine, connection, world } = this;
    const text = `${told ? "told" : "untold"} ${++this.#turns}`;
    const write = () => {
      try {
        connection.write(text);
      } catch (error) {
        throw engine.fail(error);
      }
    };
    try {
      engine.begin();
      if (told) engine.writeTold();
      else engine.write();
      if (held) this.rows.hold(text);
      else write();
      if (engine.effects.active && told) engine.effects.say(0, text);
      if (fails) throw engine.fail(new SqliteError(SQLITE.IOERR, "broken"));
      engine.commit();
    } catch (error) {
      if (!(error instanceof TurnFailed || error instanceof WriteLocked)) throw error;
      if (error instanceof WriteLocked) engine.rollback();
      return;
    }
    world.acknowledged.push({ text, by: engine.lastInLog ? "log" : "commit" });
  }

  async step(action: Action): Promise<void> {
    const { world, clock, connection } = this;
    if (action === "told turn") this.turn(true);
    else if (action === "held turn") this.turn(true, { held: true });
    else if (action === "begin slices") this.engine.settling.begin();
    else if (action === "slice") this.engine.settling.slice(1);
    else if (action === "slice that waits") this.engine.settling.slice(1, 1, 0, true);
    else if (action === "begin anew") this.engine.settling.beginAnew();
    else if (action === "slip in") world.slipsIn ??= `slipped in ${++this.#turns}`;
    else if (action === "untold turn") this.turn(false);
    else if (action === "failing turn") this.turn(true, { fails: true });
    else if (action === "look") clock.advance(8);
    else if (action === "later") clock.advance(600);
    else if (action === "full disk") world.failsCommit = true;
    else if (action === "full log") world.failsAppend = true;
    else if (action === "thread fails") world.failsThread = connection.aside !== undefined;
    else if (action === "sync ends") this.#syncs.shift()?.();
    else if (action === "other opens") {
      world.otherIn = true;
      this.#otherLooks();
    } else if (action === "other writes") {
      if (!world.otherIn || world.locked !== undefined) return;
      this.#otherLooks();
      const text = `other ${++this.#turns}`;
      world.committed = { ...world.committed, done: [...world.committed.done, text] };
      world.unnoticed = true;
      world.acknowledged.push({ text, by: "commit" });
    } else world.otherIn = false;
    this.#assertSeen();
    // What waits for a sync goes on.
    for (let i = 0; i < 6; i++) await Promise.resolve();
    if (!world.otherIn || !SEEING.has(action) || clock.now() - world.failedAtMs < 500) return;
    assert.equal(this.engine.transactionOpen, false, "somebody else is in, and was not seen");
  }

  /** Where another connection is said to see what the open transaction has, that lacks held rows alone. */
  #assertSeen(): void {
    const { world, connection, engine, rows } = this;
    if (!engine.settling.othersSee) return;
    const seen = new Set(world.committed.done);
    for (const text of connection.data?.done ?? []) {
      assert.ok(seen.has(text) || rows.held.has(text));
    }
  }

  /** Whoever opens the file while nobody writes finds the log applied. */
  #otherLooks(): void {
    const { world } = this;
    if (world.locked !== undefined) return;
    assert.deepEqual(recovered(world.committed, world.logs), world.committed.done);
  }

  /** What lasts is there, whatever happens now. */
  check(path: string): void {
    const { world, engine, connection } = this;
    for (const text of world.slippedIn.splice(0)) world.acknowledged.push({ text, by: "commit" });
    const all = world.acknowledged.map(({ text }) => text);
    // Rows that were held back are written after those that were not.
    const held = this.rows.noted > 0;
    const inOrder = (texts: readonly string[]) => held ? texts.toSorted() : texts;
    const assertSame = (found: readonly string[], expected: readonly string[], what: string) =>
      assert.deepEqual(inOrder(found), inOrder(expected), what);
    // A process that is killed leaves what is committed, and the log.
    assertSame(recovered(world.committed, world.logs), all, `kill -9 after ${path}`);
    // A power cut takes commits that were not synced, and what was built on them; no less, no more.
    const left = recovered(world.synced, world.logs);
    assertSame(left, all.slice(0, left.length), `a power cut after ${path}`);
    const lost = world.acknowledged.findIndex(({ by }, i) =>
      by === "commit" && i >= world.syncedDone
    );
    const least = lost === -1 ? all.length : Math.max(lost, world.syncedDone);
    assert.ok(left.length >= least, `a power cut after ${path} leaves ${left.length} of ${least}`);
    // We see what we have acknowledged.
    if (!engine.transactionOpen || connection.thread.failed) return;
    assertSame([...connection.data?.done ?? [], ...this.rows.all], all, path);
  }
}

const textOf = (resp: string) => resp.split("\r\n")[2] ?? resp;

const ACTIONS = [
  "told turn",
  "untold turn",
  "failing turn",
  "look",
  "later",
  "full disk",
  "full log",
  "sync ends",
  "other opens",
  "other writes",
  "other leaves",
] as const;
/** What is done with rows that are held back. */
const SLICES = [
  "slice that waits",
  "held turn",
  "begin slices",
  "slice",
  "begin anew",
  "slip in",
  "thread fails",
] as const;
type Action = (typeof ACTIONS)[number] | (typeof SLICES)[number];

async function run(actions: readonly Action[], threads = false): Promise<void> {
  const owner = new Owner(threads);
  const path: string[] = [];
  for (const action of actions) {
    path.push(action);
    await owner.step(action);
    owner.check(path.join(", "));
  }
}

function* orders(length: number): Iterable<Action[]> {
  if (length === 0) return void (yield []);
  for (const before of orders(length - 1)) for (const action of ACTIONS) yield [...before, action];
}

/** Actions in which the owner looks for others; a turn that fails may leave what is to be committed by a look. */
const SEEING: ReadonlySet<Action> = new Set([
  "told turn",
  "held turn",
  "untold turn",
  "look",
  "later",
]);

/** What orders begin with: in the log; committed; given up for another process that has left again. */
const BEGINNINGS: readonly (readonly Action[])[] = [
  ["told turn"],
  ["told turn", "look", "look"],
  ["told turn", "other opens", "look", "other leaves"],
];

for (const beginning of BEGINNINGS) {
  Deno.test(`in every order of four things after ${beginning.join(", ")} nothing acknowledged is lost`, async () => {
    for (const actions of orders(4)) await run([...beginning, ...actions]);
  });
}

Deno.test("in long random orders nothing acknowledged is lost", async () => {
  const random = randomNumbers(SEED);
  for (let round = 0; round < 1000; round++) {
    await run(
      Array.from(
        { length: 30 },
        () => random(10) < 3 ? "told turn" : ACTIONS[random(ACTIONS.length)] ?? "look",
      ),
    );
  }
});

for (const threads of [false, true]) {
  const by = threads ? " by another thread" : "";
  Deno.test(`in long random orders with commits in slices${by} nothing acknowledged is lost`, async () => {
    const random = randomNumbers(SEED);
    const some = [...ACTIONS, ...SLICES, ...SLICES];
    for (let round = 0; round < 1000; round++) {
      await run(
        Array.from(
          { length: 40 },
          () => random(10) < 3 ? "held turn" : some[random(some.length)] ?? "look",
        ),
        threads,
      );
    }
  });
}
