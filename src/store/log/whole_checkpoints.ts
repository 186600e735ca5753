import type { Connection } from "../../sqlite/sqlite.ts";
import type { Store } from "../store.ts";
import { err, writesRefused } from "../values/errors.ts";
import { MEMORY } from "../file/connections.ts";

/** Checkpoints of the whole WAL that somebody has asked for. */
export class WholeCheckpoints {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Copies everything now, over the connection of the turns. @throws What `Store.checkpoint` throws. */
  now(connection: Connection): void {
    if (!this.#may()) return;
    this.#store.engine.settle();
    this.#done(this.#store.checkpointer.complete(connection));
  }

  /** The same beside the turns, where the driver can. */
  async aside(): Promise<void> {
    if (!this.#may()) return;
    this.#store.engine.settle();
    this.#done(await this.#store.checkpointer.completeAside());
  }

  /** Whether it is this program's business. */
  #may(): boolean {
    const { checkpointer, engine } = this.#store;
    if (checkpointer.external) return false;
    if (!checkpointer.mayRun()) throw writesRefused(engine.refusal ?? "");
    return true;
  }

  #done(complete: boolean): void {
    if (!complete && this.#store.path !== MEMORY) {
      throw err("the log was copied in part only, for somebody reads from it: try again");
    }
    this.#store.backups?.saved();
  }
}
