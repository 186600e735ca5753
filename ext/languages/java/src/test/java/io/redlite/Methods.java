package io.redlite;

import com.google.gson.JsonElement;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The methods of the scenario, by name. */
final class Methods {
  private Methods() {}

  /** Calls a method, and returns what it does as a reply would have it. */
  static Object call(Redlite db, String name, List<Object> args) {
    String first = args.isEmpty() ? "" : String.valueOf(args.get(0));
    String second = args.size() < 2 ? "" : String.valueOf(args.get(1));
    return switch (name) {
      case "backup" -> db.backup(Path.of(first));
      case "keyinfo" -> db.keyinfo(first);
      case "sql" -> db.sql(first, args.subList(1, args.size()).toArray());
      case "vacuum" -> db.vacuum();
      case "geo.add" -> {
        db.geo().add(first, second, number(args.get(2)), number(args.get(3)));
        yield null;
      }
      case "geo.distance" -> db.geo().distance(first, second, text(args.get(2)), text(args.get(3)));
      case "geo.position" -> {
        Geo.Place place = db.geo().position(first, second);
        yield List.of(place.longitude(), place.latitude());
      }
      case "geo.search" -> {
        double longitude = number(args.get(1));
        double latitude = number(args.get(2));
        yield db.geo().search(first, longitude, latitude, number(args.get(3)), text(args.get(4)));
      }
      case "history.at" ->
          db.history().at((Long) args.get(0), args.subList(1, args.size()).toArray());
      case "history.disable" -> {
        db.history().disable(first);
        yield null;
      }
      case "history.enable" -> {
        db.history().enable(first);
        yield null;
      }
      case "history.get" ->
          db.history().get(first).stream()
              .map(
                  event ->
                      Map.of(
                          "version", event.version(),
                          "operation", event.operation(),
                          "type", event.type()))
              .toList();
      case "history.get_at" -> db.history().getAt(first, (Long) args.get(1));
      case "history.revert" -> {
        db.history().revert(first, (Long) args.get(1));
        yield null;
      }
      case "json.delete" -> db.json().delete(first, second);
      case "json.get" -> Forms.plain(db.json().get(first, second));
      case "json.merge" -> {
        db.json().merge(first, second, args.get(2));
        yield null;
      }
      case "json.set" -> {
        db.json().set(first, second, args.get(2));
        yield null;
      }
      case "search.create" -> {
        Map<String, String> schema = new LinkedHashMap<>();
        ((JsonElement) args.get(2))
            .getAsJsonObject()
            .entrySet()
            .forEach(field -> schema.put(field.getKey(), field.getValue().getAsString()));
        db.search().create(first, second, schema);
        yield null;
      }
      case "search.drop" -> {
        db.search().drop(first);
        yield null;
      }
      case "search.query" -> {
        Search.Found found = db.search().query(first, second);
        yield Map.of(
            "total",
            found.total(),
            "documents",
            found.documents().stream()
                .map(document -> Map.of("key", document.key(), "fields", document.fields()))
                .toList());
      }
      case "vectors.add" -> {
        db.vectors().add(first, second, floats(args.get(2)), args.get(3));
        yield null;
      }
      case "vectors.attributes" -> Forms.plain(db.vectors().attributes(first, second));
      case "vectors.remove" -> {
        db.vectors().remove(first, second);
        yield null;
      }
      case "vectors.similar" -> {
        String filter = args.size() > 3 ? text(args.get(3)) : null;
        int count = (int) number(args.get(2));
        yield db.vectors().similar(first, floats(args.get(1)), count, filter).stream()
            .map(each -> List.of(each.element(), each.score()))
            .toList();
      }
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static String text(Object word) {
    return String.valueOf(word);
  }

  private static double number(Object word) {
    return ((JsonElement) word).getAsDouble();
  }

  private static float[] floats(Object word) {
    List<JsonElement> numbers = ((JsonElement) word).getAsJsonArray().asList();
    float[] vector = new float[numbers.size()];
    for (int i = 0; i < vector.length; i++) vector[i] = numbers.get(i).getAsFloat();
    return vector;
  }
}
