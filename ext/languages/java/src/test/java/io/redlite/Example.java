package io.redlite;

import java.util.Map;

/** A queue, a leaderboard and the past of a key, in one file. */
final class Example {
  private Example() {}

  public static void main(String[] args) {
    try (Redlite db = Redlite.open("example.db")) {
      db.flushAll();
      db.rpush("queue", "first", "second");
      System.out.println("next: " + db.lpop("queue"));

      db.zadd("scores", Map.of("ada", 12.0, "bob", 7.0));
      System.out.println("best: " + db.zrangeWithScores("scores", -1, -1));

      db.history().enable("price");
      db.set("price", "10");
      db.set("price", "12");
      db.history().get("price").stream()
          .limit(2)
          .map(History.Event::data)
          .forEach(System.out::println);

      System.out.println("keys: " + db.sql("SELECT key, type FROM redlite_keys ORDER BY key"));
    }
  }
}
