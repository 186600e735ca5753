/** What packages are made from: the unit of systemd, its configuration, the steps of the Dockerfile. */

import { strict as assert } from "node:assert";
import { named, noTool, onWindows } from "../harness/lacking.ts";
import { format, RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PACKAGING = `${ROOT}ext/packaging`;

Deno.test({
  ...named("systemd finds nothing wrong with the unit", noTool("systemd-analyze")),
  async fn() {
    await using directory = await temporaryDirectory();
    const unit = await Deno.readTextFile(`${PACKAGING}/redlite.service`);
    const path = `${directory.path}/redlite.service`;
    // The program must be there.
    await Deno.writeTextFile(path, unit.replace("/usr/local/bin/redlite", Deno.execPath()));
    const { code, stderr } = await new Deno.Command("systemd-analyze", {
      args: ["verify", "--man=no", path],
      stdin: "null",
    }).output();
    const complaints = new TextDecoder().decode(stderr).split("\n")
      .filter((line) => line.includes("redlite.service"));
    assert.deepEqual(complaints, []);
    assert.equal(code, 0);
  },
});

Deno.test("the configuration of the unit is one that the server starts with", async () => {
  await using directory = await temporaryDirectory();
  const text = await Deno.readTextFile(`${PACKAGING}/redlite.conf`);
  const conf = `${directory.path}/redlite.conf`;
  const commented = text.replace("/var/lib/redlite", directory.path).replace(/^(bind|port).*/gm, "")
    .replaceAll("/run/redlite", directory.path).replace(/^# (?=[a-z-]+ \S*[^.\s]$)/gm, "");
  await Deno.writeTextFile(conf, commented);
  await using server = await startRedlite({ conf });
  await using client = await server.connect({ password: "secret" });
  assert.match(format(await client.send("CONFIG", "GET", "maxmemory-policy")), /allkeys-lru/);
  assert.doesNotMatch(server.log, /has no effect/);
});

/** A step of a Dockerfile. */
interface Step {
  readonly instruction: string;
  readonly words: string;
}

function stepsOf(dockerfile: string): Step[] {
  const lines = dockerfile.split("\n").filter((line) => !line.startsWith("#")).join("\n")
    .replaceAll("\\\n", " ").split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [instruction = "", ...words] = line.split(" ");
    return { instruction, words: words.join(" ") };
  });
}

Deno.test({
  ...named(
    "the steps of the Dockerfile, by hand: the copied files are enough for the server",
    onWindows(),
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const app = `${directory.path}/app`, data = `${directory.path}/data`;
    await Deno.mkdir(app);
    await Deno.mkdir(data);
    const env: Record<string, string> = {};
    let entry: string[] = [];
    for (
      const { instruction, words } of stepsOf(await Deno.readTextFile(`${PACKAGING}/Dockerfile`))
    ) {
      if (instruction === "FROM") assert.match(words, /^denoland\/deno:/);
      if (instruction === "COPY") {
        const sources = words.split(" ").slice(0, -1);
        const target = `${app}/${words.split(" ").at(-1)}`;
        for (const source of sources) {
          const args = ["-r", `${ROOT}${source}`, target];
          assert.ok((await new Deno.Command("cp", { args }).output()).success, words);
        }
      }
      // Packages of the system and owners of directories are the image's.
      if (instruction === "RUN" && words.startsWith("deno ")) {
        const args = words.split(" ").slice(1);
        const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: app })
          .output();
        assert.ok(success, new TextDecoder().decode(stderr));
      }
      if (instruction === "ENV") {
        for (const pair of words.split(" ")) {
          const [name = "", value = ""] = pair.split("=");
          env[name] = value.replace("/data", data).replace(":6379", ":0");
        }
      }
      if (instruction === "ENTRYPOINT") entry = JSON.parse(words);
    }
    const [program, ...args] = entry.map((word) => word.replace("/app", app));
    assert.equal(program, "deno");
    const start = (variables: Record<string, string>) =>
      new Deno.Command(Deno.execPath(), {
        args,
        cwd: app,
        env: { ...env, ...variables },
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    const refused = await start({}).output();
    assert.equal(refused.code, 1);
    assert.match(new TextDecoder().decode(refused.stderr), /set a --password/);
    const server = start({ REDLITE_PASSWORD: "secret" });
    const lines = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await lines.read();
    const port = Number(/ready on 0\.0\.0\.0:(\d+)/.exec(value)?.[1]);
    {
      await using client = await RespClient.connect({ port, password: "secret" });
      assert.equal(format(await client.send("SET", "k", "v")), "+OK");
    }
    server.kill("SIGTERM");
    await server.stderr.cancel();
    assert.equal((await server.status).code, 0);
    await lines.cancel();
    assert.ok(Deno.statSync(`${data}/redlite.db`).isFile);
  },
});
