import type { NetworkConnection, NetworkListener } from "../network.ts";

const none = (): Promise<never> => Promise.reject(new Error("a browser has no sockets"));

/** Listens nowhere. */
export const listenNode: () => Promise<NetworkListener> = none;

/** Connects to nothing. */
export const connectNode: () => Promise<NetworkConnection> = none;
