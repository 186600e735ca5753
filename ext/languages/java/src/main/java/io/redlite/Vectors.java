package io.redlite;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sets of elements that are found by how near their vectors are. */
public final class Vectors {
  private final Redlite db;

  Vectors(Redlite db) {
    this.db = db;
  }

  /**
   * An element with its similarity.
   *
   * @param element the element
   * @param score from 0 to 1
   */
  public record Similar(String element, double score) {}

  /**
   * Adds an element, or gives it another vector.
   *
   * @param key the set
   * @param element the element
   * @param vector its vector
   * @param attributes a value that Gson can write, or null
   */
  public void add(String key, String element, float[] vector, @Nullable Object attributes) {
    List<Object> words = new ArrayList<>(List.of(key, "FP32", packed(vector), element));
    if (attributes != null) words.addAll(List.of("SETATTR", new Gson().toJson(attributes)));
    db.run("VADD", words.toArray());
  }

  /**
   * The elements nearest to a vector.
   *
   * @param key the set
   * @param vector the vector
   * @param count how many
   * @param filter what their attributes have to be, or null
   * @return the nearest first
   */
  public List<Similar> similar(String key, float[] vector, int count, @Nullable String filter) {
    return similar(key, List.of("FP32", packed(vector)), count, filter);
  }

  /**
   * The elements nearest to another.
   *
   * @param key the set
   * @param element the other
   * @param count how many
   * @param filter what their attributes have to be, or null
   * @return the nearest first
   */
  public List<Similar> similar(String key, String element, int count, @Nullable String filter) {
    return similar(key, List.of("ELE", element), count, filter);
  }

  private List<Similar> similar(String key, List<Object> near, int count, @Nullable String filter) {
    List<Object> words = new ArrayList<>(List.of(key));
    words.addAll(near);
    words.addAll(List.of("WITHSCORES", "COUNT", count));
    if (filter != null) words.addAll(List.of("FILTER", filter));
    List<?> reply = Replies.list(db.run("VSIM", words.toArray()));
    List<Similar> found = new ArrayList<>();
    for (int i = 0; i + 1 < reply.size(); i += 2) {
      double score = Double.parseDouble(Replies.text(reply.get(i + 1)));
      found.add(new Similar(Replies.text(reply.get(i)), score));
    }
    return found;
  }

  /**
   * An element's attributes.
   *
   * @param key the set
   * @param element the element
   * @return null without
   */
  public @Nullable JsonElement attributes(String key, String element) {
    String text = Replies.text(db.run("VGETATTR", key, element));
    return text == null ? null : JsonParser.parseString(text);
  }

  /**
   * Removes an element.
   *
   * @param key the set
   * @param element the element
   */
  public void remove(String key, String element) {
    db.run("VREM", key, element);
  }

  private static byte[] packed(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(vector.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : vector) bytes.putFloat(number);
    return bytes.array();
  }
}
