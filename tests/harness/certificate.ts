/** Certificates for tests, made by the openssl tool where it is on the PATH. */

/** The paths and the content of a certificate and its key. */
export interface TestCertificate {
  certFile: string;
  keyFile: string;
  cert: string;
  key: string;
}

/** Whether openssl is on the PATH. */
export function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Makes a self-signed certificate for this machine, in files of that name in a directory. */
export async function makeCertificate(directory: string, name: string): Promise<TestCertificate> {
  const certFile = `${directory}/${name}.crt`;
  const keyFile = `${directory}/${name}.key`;
  const args = ["req", "-x509", "-nodes", "-days", "2", "-subj", `/CN=${name}`];
  args.push("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
  args.push("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1");
  args.push("-addext", "basicConstraints=critical,CA:FALSE", "-out", certFile, "-keyout", keyFile);
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  if (!success) throw new Error(`openssl: ${new TextDecoder().decode(stderr)}`);
  return {
    certFile,
    keyFile,
    cert: await Deno.readTextFile(certFile),
    key: await Deno.readTextFile(keyFile),
  };
}

/** The name in the certificate that a server shows. */
export async function shownName(port: number): Promise<string | undefined> {
  const { stdout } = await new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`],
    stdin: "null",
    stderr: "null",
  }).output();
  return /subject=CN ?= ?(\S+)/.exec(new TextDecoder().decode(stdout))?.[1];
}
