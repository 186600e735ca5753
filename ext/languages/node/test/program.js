/** A program that the scenario starts: opens a file, and answers each line of words with a line. */

import process from "node:process";
import { createInterface } from "node:readline";
import { open } from "@redlite/ioredis";

try {
  const db = await open(process.argv[2] ?? "");
  console.log(`ready ${db.serverPid}`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [name = "", ...words] = line.split(" ");
    console.log(String(await db.call(name, words)));
  }
  await db.close();
} catch (error) {
  console.error(`failed: ${error.message}`);
  process.exit(1);
}
