/**
 * Copies of a database as it is when a sync of its WAL begins: after a power cut at any moment from the end of that sync
 * until the end of the next one, no less than this is on the disk.
 */

/** Milliseconds between the real end of a sync and when this process learns of it: who does not wait for it is early. */
const DELAY_MS = 3;

/** The files of a copy. */
export const copyOf = (directory: string, number: number): string => `${directory}/${number}.db`;

/** Copies a database at every sync of its WAL by this process, until it is disposed. */
export class SyncedCopies implements Disposable {
  /** Syncs begun. */
  begun = 0;
  /** The last sync that has ended. */
  completed = 0;
  /** Called when a sync begins, before anything else. */
  onBegun: (number: number) => void = () => {};
  /** Called when a sync has ended, before anybody else learns of it. */
  onCompleted: (number: number) => void = () => {};
  readonly #syncData = Deno.FsFile.prototype.syncData;

  /**
   * @param path The database.
   * @param directory Where copies go.
   */
  constructor(path: string, directory: string) {
    // deno-lint-ignore no-this-alias
    const copies = this;
    const syncData = this.#syncData;
    Deno.FsFile.prototype.syncData = async function (this: Deno.FsFile): Promise<void> {
      const number = ++copies.begun;
      copies.onBegun(number);
      // The WAL first: a checkpoint on another thread cuts it only when the database file has everything.
      copy(`${path}-wal`, `${copyOf(directory, number)}-wal`);
      copy(path, copyOf(directory, number));
      await syncData.call(this);
      await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
      copies.completed = number;
      copies.onCompleted(number);
    };
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.syncData = this.#syncData;
  }
}

/** Copies by another process where closing a file would take this one's locks on it away. */
function copy(from: string, to: string): void {
  if (Deno.build.os === "windows") {
    Deno.copyFileSync(from, to);
    return;
  }
  const { success, stderr } = new Deno.Command("cp", { args: [from, to] }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
