package io.redlite;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** The server of a database file: found, started, shared by all who open the file, and ended. */
final class Server {
  /** What the server is run from where nothing else is named. */
  private static final String PACKAGE = "jsr:@redlite/redlite/server";

  private static final long ENDS_WITHIN_SECONDS = 10;
  private static final String INSTALL =
      "no Redlite server found: install Deno from https://deno.com, "
          + "or set REDLITE_BIN to a redlite program";
  private static final String MEMORY = ":memory:";

  private static final Map<String, Server> SERVERS = new HashMap<>();

  private final String path;
  private final Map<String, String> flags;
  private final Process process;
  private final OutputStream pipe;
  private final JsonObject handshake;
  private int users;

  private Server(String path, Map<String, String> flags) {
    this.path = path;
    this.flags = Map.copyOf(flags);
    List<String> words = new ArrayList<>(command(System.getenv()));
    String self = Long.toString(ProcessHandle.current().pid());
    words.addAll(List.of("--db", path, "--private", "auto", "--handshake"));
    words.addAll(List.of("--parent", "stdin", self, "--loglevel", "warning"));
    flags.forEach((flag, value) -> words.addAll(List.of("--" + flag, value)));
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("DENO_NO_UPDATE_CHECK", "1");
    builder.environment().put("DENO_NO_PACKAGE_JSON", "1");
    try {
      process = builder.start();
    } catch (IOException error) {
      throw new RedliteException("cannot run " + words.get(0) + ": " + error.getMessage());
    }
    pipe = process.getOutputStream();
    handshake = readHandshake();
    if (!handshake.has("pid")) {
      end();
      throw new RedliteException(
          handshake.has("error")
              ? handshake.get("error").getAsString()
              : "the server ended with code " + process.exitValue());
    }
  }

  private JsonObject readHandshake() {
    InputStreamReader stream =
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8);
    try (BufferedReader reader = new BufferedReader(stream)) {
      String line = reader.readLine();
      if (line != null && line.startsWith("{"))
        return JsonParser.parseString(line).getAsJsonObject();
    } catch (IOException error) {
      // It has said nothing, then.
    }
    return new JsonObject();
  }

  /** The words that start a server, by where it is found. */
  static List<String> command(Map<String, String> environment) {
    String named = environment.getOrDefault("REDLITE_BIN", "");
    String path = environment.getOrDefault("PATH", "");
    if (!named.isEmpty()) {
      if (find(named, path) != null) return List.of(named);
      throw new RedliteException(
          "REDLITE_BIN names " + named + ", which is no program that can be run");
    }
    String redlite = find("redlite", path);
    if (redlite != null) return List.of(redlite);
    String deno = find("deno", path);
    if (deno == null) throw new RedliteException(INSTALL);
    String source = environment.getOrDefault("REDLITE_SERVER", "");
    List<String> words = new ArrayList<>(List.of(deno, "run", "-A", "--quiet"));
    words.addAll(source.isEmpty() ? List.of("--no-config", PACKAGE) : List.of(source));
    return words;
  }

  private static @Nullable String find(String name, String path) {
    if (name.contains(File.separator)) return canBeRun(Path.of(name)) ? name : null;
    for (String folder : path.split(File.pathSeparator)) {
      Path program = Path.of(folder, name);
      if (canBeRun(program)) return program.toString();
      if (canBeRun(Path.of(folder, name + ".exe"))) return program + ".exe";
    }
    return null;
  }

  private static boolean canBeRun(Path program) {
    return Files.isRegularFile(program) && Files.isExecutable(program);
  }

  /** The server of a file, started if this program has none. */
  static synchronized Server acquire(String file, Map<String, String> flags) {
    String path = file.equals(MEMORY) ? file : realPath(Path.of(file));
    Server server = file.equals(MEMORY) ? null : SERVERS.get(path);
    if (server == null) {
      server = new Server(path, flags);
      if (!file.equals(MEMORY)) SERVERS.put(path, server);
    } else if (!server.flags.equals(flags)) {
      throw new IllegalArgumentException(
          path + " is open in this program with other flags: " + server.flags);
    }
    server.users++;
    return server;
  }

  /** Counts another user of a server that has one. */
  void retain() {
    synchronized (Server.class) {
      users++;
    }
  }

  /** Gives the server back; the last one to do so ends it. */
  void release() {
    synchronized (Server.class) {
      if (--users > 0) return;
      SERVERS.remove(path, this);
      end();
    }
  }

  private static String realPath(Path file) {
    Path full = file.toAbsolutePath().normalize();
    try {
      if (Files.exists(full)) return full.toRealPath().toString();
      return full.getParent().toRealPath().resolve(full.getFileName()).toString();
    } catch (IOException error) {
      // The server says what is wrong with it.
      return full.toString();
    }
  }

  private void end() {
    try {
      pipe.close();
    } catch (IOException error) {
      // It is closed already.
    }
    try {
      if (process.waitFor(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS)) return;
      process.destroyForcibly().waitFor();
    } catch (InterruptedException error) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  long pid() {
    return handshake.get("pid").getAsLong();
  }

  /** What connects to it. */
  JedisSocketFactory sockets() {
    if (!handshake.has("unix")) {
      String host = handshake.get("host").getAsString();
      return new DefaultJedisSocketFactory(new HostAndPort(host, handshake.get("port").getAsInt()));
    }
    Path socket = Path.of(handshake.get("unix").getAsString());
    return () -> {
      try {
        return new UnixSocket(socket);
      } catch (IOException error) {
        throw new JedisConnectionException("cannot connect to " + socket, error);
      }
    };
  }

  /** What a connection by TCP says first. */
  @Nullable String password() {
    return handshake.has("password") ? handshake.get("password").getAsString() : null;
  }
}
