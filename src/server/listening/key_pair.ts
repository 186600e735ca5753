/** The certificate and private key of TLS: where they come from, and whether they belong together. */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { files, isNotFound } from "../../runtime/files.ts";
import { fileFlag, mayUseFile, notCapable } from "../../runtime/permissions.ts";

/** A certificate, with the chain behind it, and its private key, in PEM form. */
export interface KeyPair {
  /** The certificates, the server's own first. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/** Where a certificate and its key are. A file wins over a text. */
export interface KeyPairSource {
  /** The path of the certificate; empty for none. */
  readonly certFile: string;
  /** The path of the private key; empty for none. */
  readonly keyFile: string;
  /** The certificate itself. */
  readonly cert?: string | undefined;
  /** The private key itself. */
  readonly key?: string | undefined;
}

/**
 * Reads a certificate and its key.
 *
 * @throws {Error} In one line, if one is missing, cannot be read, is none, or is not the other's.
 */
export function readKeyPair(source: KeyPairSource): KeyPair {
  const cert = readText("certificate", "--tls-cert-file", source.certFile, source.cert);
  const key = readText("private key", "--tls-key-file", source.keyFile, source.key);
  const certPlace = source.certFile || "REDLITE_TLS_CERT";
  const keyPlace = source.keyFile || "REDLITE_TLS_KEY";
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    throw new Error(`${certPlace} holds no certificate in PEM form`);
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    throw new Error(
      key.includes("ENCRYPTED")
        ? `the private key in ${keyPlace} is encrypted; only plain ones can be used`
        : `${keyPlace} holds no private key in PEM form`,
    );
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(
      `the private key in ${keyPlace} is not that of the certificate in ${certPlace}`,
    );
  }
  return { cert, key };
}

function readText(what: string, flag: string, path: string, text: string | undefined): string {
  if (path === "") {
    if (text) return text;
    throw new Error(`TLS needs a ${what}: name its file with ${flag}`);
  }
  if (!mayUseFile("read", path)) {
    throw notCapable(`reading the ${what} of TLS needs ${fileFlag("read", path)}`);
  }
  try {
    return files.readTextFileSync(path);
  } catch (error) {
    if (isNotFound(error)) {
      throw new Error(`there is no file ${path} with the ${what} of TLS`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot read the ${what} in ${path}: ${reason}`);
  }
}
