/** Commands that one is asked about first: what they do cannot be taken back, or is felt by everybody. */

const DANGERS: Readonly<Record<string, string>> = {
  "acl deluser": "It removes users, and disconnects their clients.",
  "acl load": "It replaces all users by those of the file.",
  "client kill": "It disconnects clients.",
  "cluster reset": "It forgets the cluster.",
  "config set": "It changes how the server works for everybody.",
  debug: "It can stop the server, or hold everybody up.",
  failover: "It changes which server is the master.",
  flushall: "It deletes all keys of all databases.",
  flushdb: "It deletes all keys of this database.",
  "ft.dropindex": "It deletes the index, and with DD its documents.",
  "function flush": "It deletes all functions.",
  "history clear": "It forgets the past of a key.",
  "history prune": "It forgets the past of all keys.",
  keys: "It looks at all keys in one go, for which everybody waits. SCAN does not.",
  migrate: "It moves keys to another server.",
  replicaof: "It replaces all data by another server's.",
  "script flush": "It forgets all scripts.",
  shutdown: "It stops the server.",
  slaveof: "It replaces all data by another server's.",
  swapdb: "It exchanges two databases for everybody.",
  "xgroup destroy": "It forgets a group and what is pending in it.",
};

/** Why one is asked about a command; undefined if one is not. */
export function dangerOf(words: readonly string[]): string | undefined {
  const [name = "", subcommand = ""] = words.map((word) => word.toLowerCase());
  return DANGERS[`${name} ${subcommand}`] ??
    (Object.hasOwn(DANGERS, name) ? DANGERS[name] : undefined);
}
