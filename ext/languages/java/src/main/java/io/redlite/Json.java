package io.redlite;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import org.jspecify.annotations.Nullable;

/** JSON documents, as values that Gson writes and reads. */
public final class Json {
  private static final Gson GSON = new GsonBuilder().serializeNulls().create();
  private final Redlite db;

  Json(Redlite db) {
    this.db = db;
  }

  /**
   * Sets what is at a path.
   *
   * @param key the document
   * @param path the path, as {@code $}
   * @param value what Gson can write
   */
  public void set(String key, String path, @Nullable Object value) {
    db.run("JSON.SET", key, path, GSON.toJson(value));
  }

  /**
   * What is at a path.
   *
   * @param key the document
   * @param path the path
   * @return all that fits one from {@code $} on; null without the key
   */
  public @Nullable JsonElement get(String key, String path) {
    String text = Replies.text(db.run("JSON.GET", key, path));
    return text == null ? null : JsonParser.parseString(text);
  }

  /**
   * Merges a value into what is at a path.
   *
   * @param key the document
   * @param path the path
   * @param value what Gson can write
   */
  public void merge(String key, String path, @Nullable Object value) {
    db.run("JSON.MERGE", key, path, GSON.toJson(value));
  }

  /**
   * Deletes what is at a path.
   *
   * @param key the document
   * @param path the path
   * @return how many values that were
   */
  public long delete(String key, String path) {
    return (Long) db.run("JSON.DEL", key, path);
  }
}
