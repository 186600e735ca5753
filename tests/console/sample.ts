/** A database with something of everything, for the console to show. */

import type { Redlite } from "@redlite/redlite";

/** Milliseconds between two changes of a key whose history is looked at. */
const BETWEEN_MS = 4;

const TOWNS: readonly (readonly [number, number, string])[] = [
  [-0.1276, 51.5072, "London"],
  [2.3522, 48.8566, "Paris"],
  [13.405, 52.52, "Berlin"],
  [12.4964, 41.9028, "Rome"],
  [-3.7038, 40.4168, "Madrid"],
  [16.3738, 48.2082, "Vienna"],
  [21.0122, 52.2297, "Warsaw"],
  [18.0686, 59.3293, "Stockholm"],
  [23.7275, 37.9838, "Athens"],
  [-9.1393, 38.7223, "Lisbon"],
];

const COLORS = ["red", "orange", "yellow", "green", "blue", "violet"];

/** Keys of every type, some with a past. */
export async function fillSample(db: Redlite): Promise<void> {
  const call = (name: string, ...args: (string | number)[]) => db.call(name, ...args);
  for (let i = 0; i < 60; i++) {
    db.set(`user:${i}:name`, `Ada ${i}`);
    db.hset(`user:${i}:profile`, { name: `Ada ${i}`, visits: i * 7, language: "en" });
  }
  for (let i = 0; i < 25; i++) db.set(`session:${i}`, `token-${i}`, { ex: 600 + 60 * i });
  db.set("config", JSON.stringify({ theme: "dark", limits: { requests: 100, burst: 20 } }));
  db.set("flags", new Uint8Array([0b1010_0001, 0xff, 0, 0b11]));
  for (let i = 0; i < 500; i++) db.rpush("queue:mail", `{"to":"user${i}@example.com"}`);
  for (let i = 0; i < 1200; i++) call("ZADD", "scores", i * 1.5, `player${i}`);
  db.sadd("tags", ...COLORS);
  for (let i = 0; i < 40; i++) {
    call(
      "XADD",
      "orders",
      `${1_767_225_600_000 + 1000 * i}-0`,
      "customer",
      `user:${i % 9}`,
      "total",
      10 + i,
    );
  }
  call("XGROUP", "CREATE", "orders", "billing", "0");
  call("XREADGROUP", "GROUP", "billing", "worker-1", "COUNT", 5, "STREAMS", "orders", ">");
  for (const town of TOWNS) call("GEOADD", "towns", ...town);
  call(
    "JSON.SET",
    "document",
    "$",
    '{"name":"Ada","visits":12345678901234567890,"tags":["math","poetry"],"address":{"city":"London","zip":null}}',
  );
  for (const [i, color] of COLORS.entries()) {
    const angle = i / COLORS.length * Math.PI;
    call(
      "VADD",
      "colors",
      "VALUES",
      3,
      Math.cos(angle),
      Math.sin(angle),
      i / 10,
      color,
      "SETATTR",
      `{"rank":${i}}`,
    );
  }
  for (let i = 0; i < 300; i++) {
    call(
      "TS.ADD",
      "temperature",
      1_767_225_600_000 + 60_000 * i,
      20 + 5 * Math.sin(i / 30) + i % 7 / 5,
    );
  }
  call("BF.ADD", "seen", "one");
  call("TOPK.RESERVE", "top", 3);
  call("TOPK.ADD", "top", "red", "red", "blue");
  call("ARSET", "array", 3, "x", "y");
  for (const [i, color] of COLORS.entries()) {
    db.hset(`product:${i}`, { title: `A ${color} chair`, price: 20 + i, color });
  }
  call(
    ...["FT.CREATE", "products", "PREFIX", 1, "product:", "SCHEMA"] as const,
    ...["title", "TEXT", "price", "NUMERIC", "SORTABLE", "color", "TAG"],
  );
  call("HISTORY", "ENABLE", "KEY", "cart");
  call("HISTORY", "ENABLE", "KEY", "note");
  const changes: readonly (readonly [string, ...(string | number)[]])[] = [
    ["HSET", "cart", "apples", 3],
    ["HSET", "cart", "pears", 1],
    ["SET", "note", "buy apples and pears"],
    ["HSET", "cart", "apples", 5],
    ["SET", "note", "buy apples, plums and pears"],
    ["HDEL", "cart", "pears"],
    ["HSET", "cart", "plums", 2],
  ];
  for (const [name, ...args] of changes) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    call(name, ...args);
  }
}
