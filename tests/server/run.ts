/** Runs the server where it is expected to end by itself. */

const ROOT = new URL("../../", import.meta.url);

/** What a server that has ended left behind. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the server until it ends. */
export async function run(
  args: string[],
  permissions: string[] = ["-A"],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, "server.ts", ...args],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
