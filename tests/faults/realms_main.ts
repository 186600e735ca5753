/** A program with all permissions on FFI whose Worker may do no more than read and write its directory. */

import { Redlite } from "../../mod.ts";

const [directory = "."] = Deno.args;
const path = `${directory}/app.db`;
await using db = Redlite.open(path);
db.set("main", db.info().driver);
const permissions: Deno.PermissionOptions = {
  read: [directory, new URL("../../", import.meta.url)],
  write: [directory],
  ffi: false,
  net: false,
  env: false,
  sys: false,
};
const worker = new Worker(new URL("realms_worker.ts", import.meta.url), {
  type: "module",
  deno: { permissions },
});
const answered = Promise.withResolvers<string>();
worker.onmessage = ({ data }) => answered.resolve(data);
worker.postMessage({ open: path });
console.log(`${db.info().driver}; ${await answered.promise}`);
worker.terminate();
