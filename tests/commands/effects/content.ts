/** All that there is to know of a store's data, as plain values that can be compared. */

import type { TestStore } from "./stores.ts";

/** Databases that tests write to. */
const DATABASES = 3;

/** The data of a store. */
export function contentOf(store: TestStore): Record<string, unknown> {
  const content: Record<string, unknown> = {};
  const { client } = store.core;
  const { db } = client;
  for (client.db = 0; client.db < DATABASES; client.db++) {
    const keys = store.ask("KEYS", "*");
    if (!Array.isArray(keys)) throw new TypeError("no keys");
    for (const key of keys.sort()) content[`${client.db} ${key}`] = keyOf(store, key);
  }
  client.db = db;
  const listed = store.ask("FT._LIST");
  const indexes = listed instanceof Set ? [...listed].sort() : listed;
  content["indexes"] = indexes;
  if (Array.isArray(indexes)) {
    for (const name of indexes) content[`index ${name}`] = indexOf(store, name);
  }
  for (const name of ["dict1", "dict2"]) content[name] = store.ask("FT.DICTDUMP", name);
  const { kv } = store.store;
  content["pairs"] = [kv.version, kv.whole(new Uint8Array(0), 1000)];
  content["functions"] = store.ask("FUNCTION", "LIST", "WITHCODE");
  const history = store.ask("HISTORY", "STATUS");
  // When they were made, by which they are told, is of the copy's clock, whose past must stay in its order.
  content["history"] = Array.isArray(history)
    ? history.map((rule) => JSON.stringify([...rule].filter(([name]) => name !== "since"))).sort()
    : history;
  return content;
}

function keyOf(store: TestStore, key: string): unknown {
  const type = store.ask("TYPE", key);
  const facts: Record<string, unknown> = {
    type,
    digest: store.ask("DEBUG", "DIGEST-VALUE", key),
    expiresAtMs: store.ask("PEXPIRETIME", key),
  };
  if (type === "hash") {
    const fields = store.ask("HKEYS", key);
    if (Array.isArray(fields)) {
      const times = store.ask("HPEXPIRETIME", key, "FIELDS", `${fields.length}`, ...fields);
      facts["fields"] = Array.isArray(times)
        ? fields.map((field, i) => [field, times[i]]).sort()
        : [];
    }
  } else if (type === "stream") {
    const stream = store.ask("XINFO", "STREAM", key);
    // What a server has turned away as a duplicate is its own to count, and told by nobody.
    if (stream instanceof Map) stream.delete("iids-duplicates");
    facts["stream"] = stream;
    const groups = store.ask("XINFO", "GROUPS", key);
    facts["groups"] = groups;
    for (const group of Array.isArray(groups) ? groups : []) {
      if (!(group instanceof Map)) continue;
      const name = group.get("name");
      // When a consumer was last seen is told by nobody, as in Redis.
      const consumers = store.ask("XINFO", "CONSUMERS", key, name);
      facts[`consumers ${name}`] = Array.isArray(consumers)
        ? consumers.map((consumer) => [consumer.get("name"), consumer.get("pending")])
        : consumers;
      facts[`pending ${name}`] = pendingOf(store, key, name);
    }
  } else if (type === "vectorset") {
    const elements = store.ask("VRANGE", key, "-", "+");
    if (Array.isArray(elements)) {
      facts["vectors"] = elements.map((element) => [
        element,
        store.ask("VEMB", key, element),
        store.ask("VGETATTR", key, element),
      ]);
    }
  } else if (type === "string") facts["text"] = store.ask("GET", key);
  return facts;
}

/** Pending entries, with the times at which they were delivered in place of how long ago that is. */
function pendingOf(store: TestStore, key: string, group: string): unknown {
  const pending = store.ask("XPENDING", key, group, "-", "+", "1000");
  if (!Array.isArray(pending)) return pending;
  return pending.map(([id, consumer, idle, deliveries]) => [
    id,
    consumer,
    idle === -1 ? idle : store.nowMs - idle,
    deliveries,
  ]);
}

function indexOf(store: TestStore, name: string): unknown {
  const info = store.ask("FT.INFO", name);
  if (!(info instanceof Map)) return info;
  const aliases = store.ask("FT.ALIASLIST", name);
  return [
    info.get("index_definition"),
    info.get("attributes"),
    store.ask("FT.SYNDUMP", name),
    aliases instanceof Set ? [...aliases].sort() : aliases,
  ];
}
