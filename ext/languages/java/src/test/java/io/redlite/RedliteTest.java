package io.redlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the shared scenario does not say: finding the server, and sharing it. */
class RedliteTest {
  @TempDir Path directory;

  private String program(String name) throws IOException {
    Path path = Files.writeString(directory.resolve(name), "#!/bin/sh\n");
    path.toFile().setExecutable(true);
    return path.toString();
  }

  @Test
  void aProgramWinsOverDenoAndWhatIsNamedOverWhatIsFound() throws IOException {
    String path = directory.toString();
    assertThrows(RedliteException.class, () -> Server.command(Map.of("PATH", path)));
    List<String> run = new ArrayList<>(List.of(program("deno"), "run", "-A", "--quiet"));
    List<String> jsr = new ArrayList<>(run);
    jsr.addAll(List.of("--no-config", "jsr:@redlite/redlite/server"));
    assertEquals(jsr, Server.command(Map.of("PATH", path, "REDLITE_SERVER", "")));
    run.add("server.ts");
    assertEquals(run, Server.command(Map.of("PATH", path, "REDLITE_SERVER", "server.ts")));
    assertEquals(List.of(program("redlite")), Server.command(Map.of("PATH", path)));
    String other = program("other");
    assertEquals(List.of(other), Server.command(Map.of("PATH", path, "REDLITE_BIN", other)));
  }

  @Test
  void theLastCloseEndsTheServer() throws IOException {
    String path = directory.resolve("app.db").toString();
    Redlite one = Redlite.open(path);
    Redlite two = Redlite.open(path);
    long pid = one.serverPid();
    assertEquals(pid, two.serverPid());
    one.set("k", "v");
    one.close();
    one.close();
    assertEquals("v", two.get("k"));
    two.close();
    assertFalse(Program.exists(pid));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void otherFlagsForAnOpenFileAreRefused() {
    String path = directory.resolve("app.db").toString();
    try (Redlite db = Redlite.open(path, Map.of("cache", "8"))) {
      assertEquals(Map.of("cache-mb", "8"), db.configGet("cache-mb"));
      assertThrows(IllegalArgumentException.class, () -> Redlite.open(path));
    }
  }

  @Test
  void theServerIsReachedByAUnixSocketUnlessAFlagSaysOtherwise() {
    try (Redlite db = Redlite.open(":memory:")) {
      assertTrue(db.clientInfo().contains("redlite.sock"), db.clientInfo());
    }
    try (Redlite db = Redlite.open(":memory:", Map.of("private", "tcp"))) {
      assertTrue(db.clientInfo().contains("laddr=127.0.0.1:"), db.clientInfo());
    }
  }

  @Test
  void memoryIsNotShared() {
    try (Redlite one = Redlite.open(":memory:");
        Redlite two = Redlite.open(":memory:")) {
      one.set("k", "v");
      assertNull(two.get("k"));
    }
  }
}
