/** What is used of `node:path`: names of files as POSIX has them. */

/** What stands between a directory and a name in it. */
export const sep = "/";

/** An absolute path without `.` and `..`. */
export function resolve(...paths: readonly string[]): string {
  const parts: string[] = [];
  for (const path of paths) {
    if (path.startsWith(sep)) parts.length = 0;
    for (const part of path.split(sep)) {
      if (part === "..") parts.pop();
      else if (part !== "." && part !== "") parts.push(part);
    }
  }
  return sep + parts.join(sep);
}

/** Paths one in the other. */
export function join(...paths: readonly string[]): string {
  const joined = resolve(sep, ...paths.map((path) => `./${path}`));
  return paths[0]?.startsWith(sep) ? joined : joined.slice(1) || ".";
}

/** A path's last name. */
export function basename(path: string): string {
  return path.slice(path.lastIndexOf(sep) + 1);
}

/** What a path's last name is in. */
export function dirname(path: string): string {
  const end = path.lastIndexOf(sep);
  return end < 0 ? "." : path.slice(0, end) || sep;
}
