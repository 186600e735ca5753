/** The parameters of CONFIG that say where clients come in, and by which certificate. */

import { type Host, hostsOf } from "../listening/address.ts";
import type { KeyPair } from "../listening/key_pair.ts";
import type { Applier } from "../../clients/configuration/configuration.ts";

/** What clients come in by. */
export interface Entrance {
  /** The first TLS port, 0 without one. */
  readonly tlsPort: number;
  /** Listens on other hosts. */
  setHosts(hosts: readonly Host[]): void;
  /** Listens at another port. */
  setPort(port: number, tls: boolean): void;
  /** Presents another certificate. */
  replaceKeyPair(keyPair: KeyPair): void;
}

/** Where HTTP is served, as far as a certificate goes. */
export interface HttpByCertificate {
  /** Whether it presents one. */
  readonly isSecure: boolean;
  /** Presents another one. @param log Takes why it cannot. */
  replaceKeyPair(keyPair: KeyPair, log: (message: string) => void): void;
}

/**
 * What puts a new value of each of them into effect, or says in Redis's words that it cannot.
 *
 * @param keyPair Reads the certificate and key that are configured.
 * @param log Takes the reason.
 * @param http Where HTTP is served, if it is.
 */
export function listeningAppliers(
  entrance: Entrance,
  keyPair: () => KeyPair,
  log: (message: string) => void,
  http?: HttpByCertificate,
): Record<string, Applier> {
  const attempt = (refusal: string, change: () => void): void => {
    try {
      change();
    } catch (error) {
      log(error instanceof Error ? error.message : String(error));
      throw new Error(refusal);
    }
  };
  const noTls = "Unable to update TLS configuration. Check server logs.";
  const noPort = "Unable to listen on this port. Check server logs.";
  const replaceKeyPair = () => {
    // Without TLS the files need not be there yet.
    if (entrance.tlsPort !== 0) attempt(noTls, () => entrance.replaceKeyPair(keyPair()));
    if (http?.isSecure) attempt(noTls, () => http.replaceKeyPair(keyPair(), log));
  };
  return {
    bind: (hosts) =>
      attempt(
        "Failed to bind to specified addresses.",
        () => entrance.setHosts(hostsOf(hosts)),
      ),
    port: (port) => attempt(noPort, () => entrance.setPort(Number(port), false)),
    "tls-port": (port) => {
      if (port !== "0") attempt(noTls, () => entrance.replaceKeyPair(keyPair()));
      attempt(noPort, () => entrance.setPort(Number(port), true));
    },
    "tls-cert-file": replaceKeyPair,
    "tls-key-file": replaceKeyPair,
  };
}
