package io.redlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import redis.clients.jedis.Pipeline;

/** Prints how long opening takes, and how many operations a second there are, as JSON. */
final class Bench {
  private static final int COUNT = 3000;
  private static final int BATCHES = 20;

  private Bench() {}

  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory("redlite-bench-");
    Path file = directory.resolve("app.db");
    long began = System.nanoTime();
    double open;
    double set;
    double get;
    double pipelined;
    try (Redlite db = Redlite.open(file.toString())) {
      db.ping();
      open = (System.nanoTime() - began) / 1e6;
      set =
          rate(
              COUNT,
              () -> {
                for (int i = 0; i < COUNT; i++) db.set("key:" + i, "value");
              });
      get =
          rate(
              COUNT,
              () -> {
                for (int i = 0; i < COUNT; i++) db.get("key:" + i);
              });
      pipelined = rate(BATCHES * 1000, () -> pipeline(db));
    }
    Files.delete(file);
    Files.delete(directory);
    String line = "{\"open_ms\": %f, \"set\": %f, \"get\": %f, \"pipelined\": %f}%n";
    System.out.printf(Locale.ROOT, line, open, set, get, pipelined);
  }

  private static void pipeline(Redlite db) {
    for (int batch = 0; batch < BATCHES; batch++) {
      Pipeline pipeline = db.pipelined();
      for (int i = 0; i < 1000; i++) pipeline.get("key:" + i);
      pipeline.sync();
    }
  }

  private static double rate(int count, Runnable work) {
    long began = System.nanoTime();
    work.run();
    return count / ((System.nanoTime() - began) / 1e9);
  }
}
