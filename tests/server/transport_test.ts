/** TCP: keepalive, the backlog, the limit of open files, protected mode. */

import { strict as assert } from "node:assert";
import { ConfigurationValues } from "../../src/clients/configuration/configuration.ts";
import { isLoopback } from "../../src/server/listening/address.ts";
import { protectedModeDenies } from "../../src/server/listening/protected_mode.ts";
import { named, notLinux } from "../harness/lacking.ts";
import { format, RespClient } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";

const text = new TextDecoder();

/** The timer of our socket that a peer's port is connected to, as /proc/net/tcp names it. */
function timerOf(serverPort: number, clientPort: number): string | undefined {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
  const ends = new RegExp(`:${hex(serverPort)} [0-9A-F]+:${hex(clientPort)} \\S+ \\S+ (\\d\\d):`);
  return ends.exec(Deno.readTextFileSync("/proc/net/tcp"))?.[1];
}

Deno.test({
  ...named(
    "the system looks after silent peers, unless tcp-keepalive is 0 when they connect",
    notLinux(),
  ),
  fn: async () => {
    await using server = await startRedlite();
    await using client = await server.connect();
    const connect = async () => {
      const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
      await connection.write(new TextEncoder().encode("PING\r\n"));
      assert.equal(text.decode((await connection.readable.getReader().read()).value), "+PONG\r\n");
      return connection;
    };
    const portOf = (connection: Deno.TcpConn) => connection.localAddr.port;
    const watched = await connect();
    assert.equal(timerOf(server.port, portOf(watched)), "02");
    await client.send("CONFIG", "SET", "tcp-keepalive", "0");
    const left = await connect();
    assert.equal(timerOf(server.port, portOf(left)), "00");
    assert.equal(timerOf(server.port, portOf(watched)), "02");
    watched.close();
    left.close();
  },
});

Deno.test({
  ...named(
    "as many connections as tcp-backlog says may wait to be accepted",
    notLinux() ?? (hasSs() ? undefined : "no ss on the PATH"),
  ),
  fn: async () => {
    await using server = await startRedlite({ args: ["--tcp-backlog", "77"] });
    const { stdout } = await new Deno.Command("ss", {
      args: ["-Htln", "sport", "=", `:${server.port}`],
    }).output();
    assert.match(text.decode(stdout), /^LISTEN\s+0\s+77\s/);
  },
});

function hasSs(): boolean {
  try {
    return new Deno.Command("ss", { args: ["-V"], stdout: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test({
  ...named("maxclients is no more than the limit of open files leaves room for", notLinux()),
  fn: async () => {
    await using server = await startRedlite({ maxOpenFiles: 100 });
    assert.match(server.log, /maxclients is 36 now: the limit of open files/);
    await using client = await server.connect();
    const get = format(await client.send("CONFIG", "GET", "maxclients"));
    assert.equal(get, '["maxclients", "36"]');
    assert.equal(
      format(await client.send("CONFIG", "SET", "maxclients", "37")),
      "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system " +
        "is not able to handle the specified number of clients, try with 36",
    );
    assert.equal(format(await client.send("CONFIG", "SET", "maxclients", "30")), "+OK");
  },
});

Deno.test({
  ...named(
    "a limit of open files that leaves no room for a client is refused in one line",
    notLinux(),
  ),
  fn: async () => {
    const script = 'ulimit -n 64; exec "$0" run -A server.ts --storage memory --addr :0';
    const { code, stderr } = await new Deno.Command("bash", {
      args: ["-c", script, Deno.execPath()],
      cwd: new URL("../../", import.meta.url),
    }).output();
    assert.equal(code, 1);
    assert.match(text.decode(stderr), /^redlite: the limit of open files .* leaves no room/);
  },
});

Deno.test({
  ...named(
    "without a file descriptor left the server serves who is there, and the next when one leaves",
    notLinux(),
  ),
  fn: async () => {
    // Without FFI the limit cannot be found out, so nothing keeps the clients below it.
    await using server = await startRedlite({
      maxOpenFiles: 60,
      permissions: ["--allow-net", "--allow-read", "--allow-write", "--allow-sys", "--no-prompt"],
    });
    const clients = [await server.connect()];
    // The first write opens the files that the server needs.
    assert.equal(format(await clients[0]!.send("SET", "k", "v")), "+OK");
    try {
      while (clients.length < 80) clients.push(await server.connect());
      assert.equal(format(await clients[0]!.send("PING")), "+PONG");
      // The last one is in the system's queue.
      let answered = false;
      const last = clients[79]!.send("PING").then((reply) => {
        answered = true;
        return format(reply);
      });
      last.catch(() => {});
      const log = /cannot accept connections on 127\.0\.0\.1:\d+: .*Too many open files/g;
      while (!log.test(server.log)) await clients[0]!.send("PING");
      assert.equal(format(await clients[0]!.send("SET", "k", "v")), "+OK");
      assert.equal(answered, false);
      for (const client of clients.slice(1, 60)) client.close();
      assert.equal(await last, "+PONG");
      assert.equal(server.log.match(log)?.length, 1, "the log is not flooded");
    } finally {
      for (const client of clients) client.close();
    }
  },
});

Deno.test("an address is this machine's own or not", () => {
  for (const own of ["127.0.0.1", "127.9.8.7", "::1", "localhost", "::ffff:127.0.0.1"]) {
    assert.equal(isLoopback(own), true, own);
  }
  for (const other of ["0.0.0.0", "::", "10.0.0.1", "127.example.com", "::ffff:10.0.0.1", "::2"]) {
    assert.equal(isLoopback(other), false, other);
  }
});

Deno.test("protected mode denies other machines only, and only while it is on", () => {
  const config = new ConfigurationValues();
  const from = (hostname: string) => ({ transport: "tcp", hostname, port: 5000 } as const);
  assert.equal(protectedModeDenies(from("10.0.0.1"), config), true);
  assert.equal(protectedModeDenies(from("fd00::2"), config), true);
  assert.equal(protectedModeDenies(from("127.0.0.1"), config), false);
  assert.equal(protectedModeDenies(from("::1"), config), false);
  assert.equal(protectedModeDenies({ transport: "unix", path: "/run/x.sock" }, config), false);
  config.set([["protected-mode", "no"]]);
  assert.equal(protectedModeDenies(from("10.0.0.1"), config), false);
});

/** An IPv4 address of this machine that is not the loopback's. */
const outside = Deno.networkInterfaces()
  .find(({ family, address }) => family === "IPv4" && !isLoopback(address))?.address;

Deno.test({
  ...named(
    "who comes from outside is denied as long as there is no password and protected mode is on",
    outside === undefined ? "no address but the loopback's" : undefined,
  ),
  fn: async () => {
    await using server = await startRedlite({
      args: ["--addr", "0.0.0.0:0", "--password", "secret"],
      readyAt: /0\.0\.0\.0:(\d+)/,
    });
    await using client = await server.connect({ password: "secret" });
    const fromOutside = async () => {
      await using other = await RespClient.connect({ hostname: outside, port: server.port });
      return format(await other.send("PING"));
    };
    assert.match(await fromOutside(), /^-NOAUTH /);
    await client.send("CONFIG", "SET", "requirepass", "");
    assert.match(await fromOutside(), /^-DENIED Redis is running in protected mode/);
    await using local = await server.connect();
    assert.equal(format(await local.send("PING")), "+PONG");
    await client.send("CONFIG", "SET", "protected-mode", "no");
    assert.equal(await fromOutside(), "+PONG");
  },
});
