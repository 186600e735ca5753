/** What goes to the system's log and to systemd: datagrams to a socket, here one of a process beside. */

import { strict as assert } from "node:assert";
import { openSyslog } from "../../../src/server/log/syslog.ts";
import { Log } from "../../../src/server/log/log.ts";
import { named, onWindows } from "../../harness/lacking.ts";
import { format } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";

/** A process that listens on a socket, and what comes there. */
async function listen(path: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", new URL("datagrams.ts", import.meta.url).pathname, path],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let read = "";
  const line = async (): Promise<string> => {
    while (!read.includes("\n")) read += (await reader.read()).value ?? "";
    const [first = "", ...rest] = read.split("\n");
    read = rest.join("\n");
    return first;
  };
  assert.equal(await line(), "listening");
  return {
    next: async (): Promise<string> => JSON.parse(await line()),
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.status;
      await reader.cancel();
    },
  };
}

Deno.test({
  ...named("lines go to syslog with facility, severity, local time and process", onWindows()),
  async fn() {
    await using directory = await temporaryDirectory();
    const socket = `${directory.path}/log`;
    await using daemon = await listen(socket);
    const at = new Date(2026, 0, 2, 3, 4, 5);
    const path = `${directory.path}/file`;
    const log = new Log({ level: "verbose", format: "text", path, now: () => at.getTime() });
    log.alsoTo(openSyslog({ ident: "app", facility: "local3" }, socket)!);
    log.report("a disk is full");
    log.report("two\nlines", "notice");
    log.report("not told", "debug");
    log.report("100 %s", "verbose");
    const head = `Jan  2 03:04:05 app[${Deno.pid}]:`;
    assert.deepEqual(
      [await daemon.next(), await daemon.next(), await daemon.next()],
      [`<156>${head} a disk is full`, `<157>${head} two lines`, `<158>${head} 100 %s`],
    );
  },
});

Deno.test({
  ...named("a syslog that takes no lines is told of once where the log is", onWindows()),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/file`;
    const log = new Log({ level: "notice", format: "text", path });
    const sink = openSyslog({ ident: "app", facility: "user" }, `${directory.path}/nowhere`)!;
    log.alsoTo(sink);
    for (let i = 0; i < 3; i++) log.report(`line ${i}`);
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => line.slice(33)), [
      "line 0",
      "syslog takes no lines",
      "line 1",
      "line 2",
    ]);
  },
});

Deno.test({
  ...named("systemd is told that the server is ready and that it stops", onWindows()),
  async fn() {
    await using directory = await temporaryDirectory();
    const socket = `${directory.path}/notify`;
    await using systemd = await listen(socket);
    const server = await startRedlite({
      args: ["--supervised", "systemd"],
      env: { NOTIFY_SOCKET: socket },
    });
    assert.match(await systemd.next(), /^READY=1\n/);
    {
      await using client = await server.connect();
      assert.match(format(await client.send("INFO", "server")), /process_supervised:systemd/);
    }
    await server.stop();
    assert.equal(await systemd.next(), "STOPPING=1\n");
    await using unwatched = await startRedlite({ args: ["--supervised", "systemd"] });
    assert.match(unwatched.log, /there is no NOTIFY_SOCKET/);
  },
});
