/** A worker that holds the write lock of a database until its flag is set, and a moment longer. */

import { blockFor } from "../../src/runtime/timers.ts";
import { DRIVERS } from "../store/open.ts";

/** What the worker is told. */
export interface Holding {
  readonly path: string;
  readonly driver: string;
  readonly flag: Int32Array;
}

/** How long it holds the lock while somebody waits. */
const MOMENT_MS = 50;

declare const self: {
  onmessage: (event: MessageEvent<Holding>) => void;
  postMessage(text: string): void;
};

self.onmessage = ({ data }) => {
  const { path, driver, flag } = data;
  const connection = DRIVERS.find(({ info }) => info.name === driver)!.open(path);
  connection.begin(true);
  self.postMessage("held");
  Atomics.wait(flag, 0, 0);
  blockFor(MOMENT_MS);
  connection.rollback();
  connection.close();
  self.postMessage("let go");
};
