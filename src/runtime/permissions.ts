/**
 * What the runtime lets a program do. Deno asks for each thing; Node does so with `--permission`, for
 * files; Bun never.
 *
 * @module
 */

import process from "node:process";
import { DENO, RUNTIME_TITLE } from "./runtime.ts";

/** Node's permissions, which its types do not know everywhere yet. */
interface NodePermission {
  has(scope: string, reference?: string): boolean;
}

const nodePermission = (process as { readonly permission?: NodePermission }).permission;

/** Whether a file may be read, or written to, without being asked for it. */
export function mayUseFile(name: "read" | "write", path: string): boolean {
  if (DENO !== undefined) return isGranted({ name, path });
  return nodePermission?.has(`fs.${name}`, path) ?? true;
}

/** Whether a library may be loaded: one, or any. */
export function mayLoadLibrary(path?: string): boolean {
  return isGranted(path === undefined ? { name: "ffi" } : { name: "ffi", path });
}

/** Whether an environment variable may be read. */
export function mayReadVariable(variable: string): boolean {
  return DENO === undefined || isGranted({ name: "env", variable });
}

/** Whether an address may be listened on. @param host As people write it. */
export function mayListen(host: string): boolean {
  return DENO === undefined || isGranted({ name: "net", host });
}

/** Whether something may be asked about the system, or changed. */
export function mayAskSystem(kind: "osRelease" | "systemMemoryInfo" | "umask"): boolean {
  return DENO === undefined || isGranted({ name: "sys", kind });
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return DENO?.permissions.querySync(descriptor).state === "granted";
}

/** The flag that lets a program read or write a file. */
export function fileFlag(name: "read" | "write", path: string): string {
  return `--allow-${DENO === undefined ? "fs-" : ""}${name}=${path}`;
}

/** Whether an error says that the runtime, and not the system, refuses something. */
export function isNotCapable(error: unknown): boolean {
  if (DENO !== undefined) return error instanceof DENO.errors.NotCapable;
  return error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED";
}

/** The error for what the runtime refuses. */
export function notCapable(message: string): Error {
  if (DENO !== undefined) return new DENO.errors.NotCapable(message);
  return Object.assign(new Error(`${RUNTIME_TITLE}: ${message}`), { code: "ERR_ACCESS_DENIED" });
}
