/**
 * A program that starts a server for itself, tells its handshake on standard output, and lives until it is killed or
 * its own standard input ends. Its arguments are the server's; `SELF` stands for its process id.
 */

const args = Deno.args.map((arg) => arg === "SELF" ? String(Deno.pid) : arg);
const server = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "server.ts", "--handshake", "--loglevel", "warning", ...args],
  cwd: new URL("../../", import.meta.url),
  stdin: "piped",
  stdout: "inherit",
}).spawn();
for await (const _ of Deno.stdin.readable);
await server.stdin.close();
await server.status;
