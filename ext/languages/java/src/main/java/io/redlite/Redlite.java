package io.redlite;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.commands.ProtocolCommand;

/**
 * Redis in one SQLite file: Jedis's client, connected to a private Redlite server, with what
 * Redlite has beside it. One is for one thread at a time; threads may each open the file.
 *
 * <pre>{@code
 * try (Redlite db = Redlite.open("app.db")) {
 *   db.set("greeting", "hello");
 *   db.history().enable("price");
 * }
 * }</pre>
 */
public final class Redlite extends Jedis {
  private final Server server;
  private boolean open = true;

  private Redlite(Server server) {
    super(
        server.sockets(),
        DefaultJedisClientConfig.builder()
            .password(server.password())
            // What waits, and what takes long, is not cut off.
            .socketTimeoutMillis(0)
            .build());
    this.server = server;
  }

  /**
   * Opens a database file.
   *
   * @param path the file, or {@code :memory:}
   * @return a client of its own; opens of one file in one program share a server
   * @throws RedliteException if there is no server, or it does not start
   */
  public static Redlite open(String path) {
    return open(path, Map.of());
  }

  /**
   * Opens a database file.
   *
   * @param path the file, or {@code :memory:}
   * @param flags the server's, as {@code Map.of("cache", "256")}, which opens of one file share
   * @return a client of its own
   * @throws RedliteException if there is no server, or it does not start
   */
  public static Redlite open(String path, Map<String, String> flags) {
    // A write is answered when it is committed, unless a flag says otherwise.
    Map<String, String> all = new HashMap<>(Map.of("appendfsync", "everysec"));
    all.putAll(flags);
    return connected(Server.acquire(path, all));
  }

  private static Redlite connected(Server server) {
    try {
      return new Redlite(server);
    } catch (RuntimeException error) {
      server.release();
      throw error;
    }
  }

  /** Closes the connection; the last to close a file ends its server. */
  @Override
  public void close() {
    if (!open) return;
    open = false;
    super.close();
    server.release();
  }

  /**
   * Opens another connection to the same server, for a thread of its own, or for what waits.
   *
   * @return a client, to be closed as this one
   */
  public Redlite another() {
    server.retain();
    return connected(server);
  }

  /**
   * Returns the process of the server.
   *
   * @return its id
   */
  public long serverPid() {
    return server.pid();
  }

  /**
   * The past of keys.
   *
   * @return its methods
   */
  public History history() {
    return new History(this);
  }

  /**
   * Indexes over hashes.
   *
   * @return its methods
   */
  public Search search() {
    return new Search(this);
  }

  /**
   * Sets of elements that are found by how near their vectors are.
   *
   * @return its methods
   */
  public Vectors vectors() {
    return new Vectors(this);
  }

  /**
   * Places on the earth.
   *
   * @return its methods
   */
  public Geo geo() {
    return new Geo(this);
  }

  /**
   * JSON documents, as values.
   *
   * @return its methods
   */
  public Json json() {
    return new Json(this);
  }

  /**
   * What is known of a key: type, times, version, length, bytes.
   *
   * @param key the key
   * @return null without it
   */
  public @Nullable Map<String, @Nullable Object> keyinfo(String key) {
    Object reply = run("KEYINFO", key);
    return reply == null ? null : Replies.map(reply);
  }

  /**
   * Rewrites the file without what was deleted.
   *
   * @return its size before and after
   */
  public Map<String, @Nullable Object> vacuum() {
    return Replies.map(run("VACUUM"));
  }

  /**
   * Runs a query on the file.
   *
   * @param statement the query
   * @param values what its parameters stand for
   * @return its rows by column
   */
  public List<Map<String, @Nullable Object>> sql(String statement, Object... values) {
    Map<String, @Nullable Object> result = Replies.map(run("SQL", words(statement, values)));
    List<?> columns = Replies.list(result.get("columns"));
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (Object each : Replies.list(result.get("rows"))) {
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        row.put((String) columns.get(i), Replies.list(each).get(i));
      }
      rows.add(row);
    }
    return rows;
  }

  /**
   * Writes a copy of one moment into a file below the database's directory.
   *
   * @param path the new file
   * @return what was written
   */
  public Map<String, @Nullable Object> backup(Path path) {
    return Replies.map(run("BACKUP", path.toAbsolutePath().toString()));
  }

  /**
   * Runs any command.
   *
   * @param name its name
   * @param words its arguments: bytes as they are, all else as text
   * @return its reply, with bytes as they came
   */
  public @Nullable Object run(String name, Object... words) {
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) bytes[i] = bytesOf(words[i]);
    ProtocolCommand command = () -> bytesOf(name);
    return sendCommand(command, bytes);
  }

  private static byte[] bytesOf(Object word) {
    return word instanceof byte[] bytes
        ? bytes
        : String.valueOf(word).getBytes(StandardCharsets.UTF_8);
  }

  /** A word and those after it. */
  static Object[] words(Object first, Object... others) {
    Object[] all = new Object[others.length + 1];
    all[0] = first;
    System.arraycopy(others, 0, all, 1, others.length);
    return all;
  }
}
