package io.redlite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The past of keys; a moment is a Unix time in milliseconds, and a null key stands for all. */
public final class History {
  private final Redlite db;

  History(Redlite db) {
    this.db = db;
  }

  /**
   * What happened to a key.
   *
   * @param version the key's version after it
   * @param operation what it was
   * @param timestamp when it was
   * @param type the key's type
   * @param data a string's value, or the elements that it was about
   */
  public record Event(
      long version, String operation, long timestamp, String type, @Nullable Object data) {}

  /**
   * Begins the history of a key.
   *
   * @param key the key
   */
  public void enable(@Nullable String key) {
    db.run("HISTORY", Redlite.words("ENABLE", scope(key)));
  }

  /**
   * Ends the history of a key; what is known is kept.
   *
   * @param key the key
   */
  public void disable(@Nullable String key) {
    db.run("HISTORY", Redlite.words("DISABLE", scope(key)));
  }

  /**
   * What happened to a key.
   *
   * @param key the key
   * @return the latest first
   */
  public List<Event> get(String key) {
    List<Event> events = new ArrayList<>();
    for (Object each : Replies.list(db.run("HISTORY", "GET", key))) {
      Map<String, @Nullable Object> fields = Replies.map(each);
      events.add(
          new Event(
              (Long) fields.get("version"),
              (String) fields.get("operation"),
              (Long) fields.get("timestamp"),
              (String) fields.get("type"),
              fields.get("data")));
    }
    return events;
  }

  /**
   * What a key held at a moment.
   *
   * @param key the key
   * @param moment the moment
   * @return a text, a list, or null for nothing
   */
  public @Nullable Object getAt(String key, long moment) {
    return Replies.value(db.run("HISTORY", "GETAT", key, moment));
  }

  /**
   * The reply of a command that only reads, as of a moment.
   *
   * @param moment the moment
   * @param command its name and arguments
   * @return its reply
   */
  public @Nullable Object at(long moment, Object... command) {
    return Replies.value(db.run("HISTORY", Redlite.words("AT", Redlite.words(moment, command))));
  }

  /**
   * Gives a key what it held at a moment.
   *
   * @param key the key
   * @param moment the moment
   */
  public void revert(String key, long moment) {
    db.run("HISTORY", "REVERT", key, moment);
  }

  private static Object[] scope(@Nullable String key) {
    return key == null ? new Object[] {"GLOBAL"} : new Object[] {"KEY", key};
  }
}
