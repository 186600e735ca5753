package io.redlite;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Replies as values: texts as {@link String}, integers as {@link Long}, arrays as {@link List}. */
final class Replies {
  private Replies() {}

  static @Nullable Object value(@Nullable Object reply) {
    if (reply instanceof byte[] bytes) return new String(bytes, StandardCharsets.UTF_8);
    if (!(reply instanceof List<?> list)) return reply;
    List<@Nullable Object> values = new ArrayList<>();
    for (Object item : list) values.add(value(item));
    return values;
  }

  static @Nullable String text(@Nullable Object reply) {
    return reply == null ? null : String.valueOf(value(reply));
  }

  static List<?> list(@Nullable Object reply) {
    return reply == null ? List.of() : (List<?>) reply;
  }

  /** A map, which comes as names and values by turns. */
  static Map<String, @Nullable Object> map(@Nullable Object reply) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    List<?> list = list(reply);
    for (int i = 0; i + 1 < list.size(); i += 2) map.put(text(list.get(i)), value(list.get(i + 1)));
    return map;
  }
}
