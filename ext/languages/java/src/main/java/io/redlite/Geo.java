package io.redlite;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Places on the earth, by their longitudes and latitudes. */
public final class Geo {
  private final Redlite db;

  Geo(Redlite db) {
    this.db = db;
  }

  /**
   * Where something is.
   *
   * @param longitude in degrees
   * @param latitude in degrees
   */
  public record Place(double longitude, double latitude) {}

  /**
   * Adds a place, or moves it.
   *
   * @param key the set
   * @param member its name
   * @param longitude in degrees
   * @param latitude in degrees
   */
  public void add(String key, String member, double longitude, double latitude) {
    db.run("GEOADD", key, longitude, latitude, member);
  }

  /**
   * Where a place is.
   *
   * @param key the set
   * @param member its name
   * @return null without
   */
  public @Nullable Place position(String key, String member) {
    List<?> place = (List<?>) Replies.list(db.run("GEOPOS", key, member)).get(0);
    if (place == null) return null;
    double longitude = Double.parseDouble(Replies.text(place.get(0)));
    return new Place(longitude, Double.parseDouble(Replies.text(place.get(1))));
  }

  /**
   * How far two places are from each other.
   *
   * @param key the set
   * @param one its name
   * @param other the other's name
   * @param unit m, km, mi or ft
   * @return null if one is not there
   */
  public @Nullable Double distance(String key, String one, String other, String unit) {
    String distance = Replies.text(db.run("GEODIST", key, one, other, unit));
    return distance == null ? null : Double.valueOf(distance);
  }

  /**
   * The places within a circle.
   *
   * @param key the set
   * @param longitude of its middle
   * @param latitude of its middle
   * @param radius in the unit
   * @param unit m, km, mi or ft
   * @return the nearest first
   */
  public List<String> search(
      String key, double longitude, double latitude, double radius, String unit) {
    List<String> members = new ArrayList<>();
    Object[] circle = {"FROMLONLAT", longitude, latitude, "BYRADIUS", radius, unit, "ASC"};
    for (Object member : Replies.list(db.run("GEOSEARCH", Redlite.words(key, circle)))) {
      members.add(Replies.text(member));
    }
    return members;
  }
}
