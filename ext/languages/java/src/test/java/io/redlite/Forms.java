package io.redlite;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.exceptions.JedisDataException;

/** Compares replies with what the scenario expects. */
final class Forms {
  private Forms() {}

  /** Whether a reply is what is expected; its texts are bytes or strings. */
  static boolean fits(Object reply, JsonElement expected) {
    if (expected.isJsonNull()) return reply == null;
    if (expected instanceof JsonObject object) {
      Map.Entry<String, JsonElement> form = object.entrySet().iterator().next();
      return fitsForm(reply, form.getKey(), form.getValue());
    }
    if (expected instanceof JsonArray array) {
      if (!(reply instanceof List<?> list) || list.size() != array.size()) return false;
      for (int i = 0; i < list.size(); i++) {
        if (!fits(list.get(i), array.get(i))) return false;
      }
      return true;
    }
    if (reply == null || reply instanceof Exception) return false;
    return text(reply).equals(expected.getAsString());
  }

  private static boolean fitsForm(Object reply, String form, JsonElement wanted) {
    if (form.equals("error")) {
      return reply instanceof JedisDataException error
          && error.getMessage().startsWith(wanted.getAsString());
    }
    if (reply instanceof Exception) return false;
    return switch (form) {
      case "any" -> true;
      case "hex" -> HexFormat.of().formatHex((byte[]) reply).equals(wanted.getAsString());
      case "near" -> Math.abs(Double.parseDouble(text(reply)) - wanted.getAsDouble()) < 0.001;
      case "size" -> ((List<?>) reply).size() == wanted.getAsInt();
      case "unordered" -> sorted((List<?>) reply).equals(sorted(wanted.getAsJsonArray().asList()));
      case "has" -> has(map(reply), wanted.getAsJsonObject());
      case "pairs" ->
          map(reply).size() == wanted.getAsJsonObject().size()
              && has(map(reply), wanted.getAsJsonObject());
      default -> throw new IllegalArgumentException(form);
    };
  }

  private static boolean has(Map<String, Object> map, JsonObject wanted) {
    return wanted.entrySet().stream()
        .allMatch(
            item ->
                map.containsKey(item.getKey()) && fits(map.get(item.getKey()), item.getValue()));
  }

  private static Map<String, Object> map(Object reply) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (reply instanceof Map<?, ?> given) {
      given.forEach((name, value) -> map.put(text(name), value));
      return map;
    }
    List<?> list = (List<?>) reply;
    for (int i = 0; i < list.size(); i += 2) map.put(text(list.get(i)), list.get(i + 1));
    return map;
  }

  private static List<String> sorted(List<?> items) {
    return items.stream()
        .map(item -> item instanceof JsonElement json ? json.getAsString() : text(item))
        .sorted()
        .toList();
  }

  private static String text(Object scalar) {
    return scalar instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : String.valueOf(scalar);
  }

  /** A value of a method as a reply would have it. */
  static Object plain(JsonElement value) {
    if (value == null || value.isJsonNull()) return null;
    if (value instanceof JsonArray array) {
      List<Object> list = new ArrayList<>();
      array.forEach(item -> list.add(plain(item)));
      return list;
    }
    if (value instanceof JsonObject object) {
      Map<String, Object> map = new LinkedHashMap<>();
      object.entrySet().forEach(item -> map.put(item.getKey(), plain(item.getValue())));
      return map;
    }
    return value.getAsString();
  }
}
