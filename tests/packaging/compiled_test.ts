/** What `deno compile` makes: nothing is lacking in it that the server loads when it is first used. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { compileArguments, outputOf, TARGETS, targetsOf } from "../../ext/packaging/compile.ts";
import { format, RespClient } from "../harness/resp_client.ts";
import { named } from "../harness/lacking.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { embeddedFiles, layOut } from "./embedded_files.ts";

const ROOT = new URL("../../", import.meta.url);
/** Whether a real binary is made: that fetches the runtime's part of it, and takes a minute. */
const REAL = Deno.env.get("REDLITE_TEST_COMPILE") !== undefined;

/** Command lines that need what is loaded when it is first used, and their replies. `~` is a space in a word. */
const LINES: readonly (readonly [line: string, reply: string])[] = [
  ["SET k v", "+OK"],
  ["EVAL return{redis.call('get',KEYS[1]),cjson.encode({1})} 1 k", '["v", "[1]"]'],
  ["FUNCTION LOAD #!lua~name=l\nredis.register_function('f',function()~return~7~end)", '"l"'],
  ["FCALL f 0", ":7"],
  [
    "FT.CREATE i ON HASH LANGUAGE german SCHEMA t TEXT PHONETIC dm:en v VECTOR FLAT 6 TYPE " +
    "FLOAT32 DIM 2 DISTANCE_METRIC L2",
    "+OK",
  ],
  ["HSET d:1 t Bücher", ":1"],
  ["FT.SEARCH i buch LANGUAGE german NOCONTENT", '[:1, "d:1"]'],
  ["FT.SPELLCHECK i bücherr", '[[+TERM, "b\\xc3\\xbccherr", [["1", "b\\xc3\\xbccher"]]]]'],
  ["FT.SUGADD s wort 1", ":1"],
  ["GEOADD g 13.36 38.11 Palermo", ":1"],
  ["GEOSEARCH g FROMLONLAT 13 38 BYRADIUS 100 km ASC", '["Palermo"]'],
  ["VADD s:v VALUES 3 1 2 3 a", ":1"],
  ["VSIM s:v VALUES 3 1 2 3", '["a"]'],
  ['JSON.SET j $ {"a":[1,2]}', "+OK"],
  ["JSON.GET j $..a[0]", '"[1]"'],
  ["XADD x 1-1 f v", '"1-1"'],
  ["PFADD p a b", ":1"],
  ["HISTORY ENABLE GLOBAL", "+OK"],
  ["SET h v", "+OK"],
  ["SQL SELECT~count(*)~AS~n~FROM~redlite_json", '["columns", ["n"], "rows", [[:1]]]'],
  ["BACKUP copy.db", ""],
  ["ACL SETUSER u on >pw allkeys +@all", "+OK"],
  ["LOLWUT VERSION 5 1 1 1", ""],
];

/** A process that serves, until its scope ends. */
class Serving implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  readonly port: number;

  private constructor(
    process: Deno.ChildProcess,
    output: ReadableStreamDefaultReader<Uint8Array>,
    port: number,
  ) {
    this.#process = process;
    this.#output = output;
    this.port = port;
  }

  /** Starts it, and waits until it says its port. */
  static async start(command: string, options: Deno.CommandOptions): Promise<Serving> {
    const process = new Deno.Command(command, {
      ...options,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const output = process.stdout.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { value, done } = await output.read();
      if (done) throw new Error(`it ended: ${text}`);
      text += decoder.decode(value, { stream: true });
      const [, port] = /127\.0\.0\.1:(\d+)[^\n]*\n/.exec(text) ?? [];
      if (port !== undefined) return new Serving(process, output, Number(port));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#output.cancel();
    await this.#process.status;
  }
}

/** Has a server do what needs more than its first modules. */
async function useAll({ port }: Serving): Promise<void> {
  await using client = await RespClient.connect({ port });
  for (const [line, expected] of LINES) {
    const words = line.split(" ").map((word) => word.replaceAll("~", " "));
    const reply = format(await client.send(...words));
    if (expected !== "") assert.equal(reply, expected, line);
    else assert.doesNotMatch(reply, /^-/, line);
  }
}

Deno.test("what a binary has of the sources is enough for all that the server does", async () => {
  await using directory = await temporaryDirectory();
  const files = await embeddedFiles("server.ts");
  assert.deepEqual(files.missing, []);
  const cache = await layOut(files, directory.path);
  for (const driver of ["ffi", "builtin"]) {
    await using server = await Serving.start(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--quiet",
        "--cached-only",
        "server.ts",
        ...[
          "--addr",
          "127.0.0.1:0",
          "--db",
          `${driver}.db`,
          "--sqlite-driver",
          driver,
          "--sql-timeout-ms",
          "0",
        ],
      ],
      cwd: directory.path,
      env: { DENO_DIR: cache },
    });
    await Deno.remove(join(directory.path, "copy.db")).catch(() => {});
    await useAll(server);
  }
});

Deno.test("what a program's binary has is enough to serve its database", async () => {
  await using directory = await temporaryDirectory();
  const files = await embeddedFiles("mod.ts");
  assert.deepEqual(files.missing, []);
  const cache = await layOut(files, directory.path);
  await Deno.writeTextFile(
    join(directory.path, "program.ts"),
    `import { Redlite } from "./mod.ts";
     const server = await Redlite.serve("app.db");
     await server.db.eval("return 1");
     console.log(server.url);`,
  );
  await using server = await Serving.start(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", "--cached-only", "program.ts"],
    cwd: directory.path,
    env: { DENO_DIR: cache },
  });
  await using client = await RespClient.connect({ port: server.port });
  assert.equal(format(await client.send("EVAL", "return 5", "0")), ":5");
});

Deno.test("tests and their packages are no part of a binary", async () => {
  const { modules, packages } = await embeddedFiles("server.ts");
  assert.deepEqual(
    modules.filter((module) => !/^(server|mod)\.ts$|^(src|ext)\//.test(module)),
    [],
  );
  assert.deepEqual(packages.map((id) => id.replace(/@[^@]+$/, "")), [
    "@types/emscripten",
    "doublemetaphone",
    "lodash",
    "wasmoon-lua5.1",
  ]);
});

Deno.test("there is a binary for each of five systems", () => {
  assert.deepEqual(targetsOf([]), [undefined]);
  assert.deepEqual(targetsOf(["--all"]), TARGETS);
  assert.deepEqual(targetsOf([TARGETS[1]]), [TARGETS[1]]);
  assert.throws(() => targetsOf(["amiga"]), /amiga is no target, but --all, x86_64-unknown-linux/);
  assert.equal(outputOf("x86_64-pc-windows-msvc"), "dist/redlite-x86_64-pc-windows-msvc.exe");
  assert.equal(outputOf(undefined, "windows"), "dist/redlite.exe");
  assert.equal(outputOf(undefined, "linux"), "dist/redlite");
  for (const target of TARGETS) {
    const args = compileArguments(target);
    assert.equal(args[args.indexOf("--target") + 1], target);
    assert.equal(args.at(-1), "server.ts");
  }
});

Deno.test("the runtime knows the command line of each target", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--help=full"],
    env: { NO_COLOR: "1" },
  }).output();
  const help = new TextDecoder().decode(stdout);
  for (const flag of ["--target", "--output", "--exclude-unused-npm"]) {
    assert.ok(help.includes(flag), flag);
  }
});

Deno.test({
  ...named(
    "a binary for this machine does all that the server does",
    REAL ? undefined : "deno task test:compiled makes one",
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const binary = join(directory.path, "redlite");
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: compileArguments(undefined, binary),
      cwd: ROOT,
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    assert.ok(success);
    await using server = await Serving.start(binary, {
      args: ["--addr", "127.0.0.1:0", "--db", "app.db"],
      cwd: directory.path,
    });
    await useAll(server);
  },
});
