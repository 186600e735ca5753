package io.redlite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Indexes over hashes, and what is found in them. */
public final class Search {
  private final Redlite db;

  Search(Redlite db) {
    this.db = db;
  }

  /**
   * What a query finds.
   *
   * @param total how many documents there are in all
   * @param documents some of them
   */
  public record Found(long total, List<Document> documents) {}

  /**
   * A key that was found.
   *
   * @param key the key
   * @param fields its fields
   */
  public record Document(String key, Map<String, @Nullable Object> fields) {}

  /**
   * Indexes the hashes whose keys begin with a prefix.
   *
   * @param index its name
   * @param prefix what the keys begin with
   * @param schema fields and their types
   */
  public void create(String index, String prefix, Map<String, String> schema) {
    List<Object> words =
        new ArrayList<>(List.of(index, "ON", "HASH", "PREFIX", 1, prefix, "SCHEMA"));
    schema.forEach(
        (field, type) -> {
          words.add(field);
          words.addAll(List.of(type.split(" ")));
        });
    db.run("FT.CREATE", words.toArray());
  }

  /**
   * Searches an index.
   *
   * @param index its name
   * @param query what to find
   * @param options further words of the command
   * @return what is found
   */
  public Found query(String index, String query, Object... options) {
    Object[] words = Redlite.words(index, Redlite.words(query, options));
    List<?> reply = Replies.list(db.run("FT.SEARCH", words));
    List<Document> documents = new ArrayList<>();
    for (int i = 1; i + 1 < reply.size(); i += 2) {
      documents.add(new Document(Replies.text(reply.get(i)), Replies.map(reply.get(i + 1))));
    }
    return new Found((Long) reply.get(0), documents);
  }

  /**
   * Removes an index; the keys stay.
   *
   * @param index its name
   */
  public void drop(String index) {
    db.run("FT.DROPINDEX", index);
  }
}
