/** Opens a database in a Worker, and tells how that went. */

import { Redlite, type RedliteOptions } from "../../mod.ts";

/** What the Worker is to do. */
export type Order = { open: string; options?: RedliteOptions } | "close";

declare const self: {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(text: string): void;
};

let db: Redlite | undefined;

self.onmessage = async ({ data }) => {
  try {
    if (data === "close") {
      await db?.close();
      db = undefined;
      self.postMessage("closed");
    } else {
      db = Redlite.open(data.open, data.options);
      db.incr("opened");
      self.postMessage(`opened by ${db.info().driver}`);
    }
  } catch (error) {
    self.postMessage(`refused: ${error instanceof Error ? error.message : error}`);
  }
};
