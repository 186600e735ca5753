/** Which command lines can be asked of a server that other tests of the file use, too. */

/** Commands that change or tell more than keys and the connection. */
const OF_ITS_OWN = new RegExp(
  "^(acl|bg|client|cluster|command|config|debug|fcall|function|eval|ft\\.config|hotkeys|info|keyinfo|" +
    "lastsave|latency|memory|module|monitor|publish|pubsub|replicaof|reset|role|save|script|shutdown|slaveof|" +
    "slowlog|spublish|ssubscribe|subscribe|psubscribe|time|vacuum|wait|history|backup|sql|integrity)",
  "i",
);

/** Whether lines leave nothing behind but keys, and tell of nothing else. */
export function canShare(lines: readonly string[]): boolean {
  return !lines.some((line) => OF_ITS_OWN.test(line));
}
