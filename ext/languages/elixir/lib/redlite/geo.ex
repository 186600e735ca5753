defmodule Redlite.Geo do
  @moduledoc "Places on the earth, by their longitudes and latitudes."

  alias Redlite.Reply
  import Redlite, only: [q: 2]

  @doc "Adds a place, or moves it."
  def add(db, key, member, longitude, latitude),
    do: db |> q(["GEOADD", key, longitude, latitude, member]) |> Reply.done()

  @doc "A place's longitude and latitude; `nil` without it."
  def position(db, key, member) do
    reply = q(db, ["GEOPOS", key, member])
    Reply.then(reply, fn [place] -> place && List.to_tuple(Enum.map(place, &Reply.number/1)) end)
  end

  @doc "How far two places are from each other; `nil` if one is not there."
  def distance(db, key, one, other, unit \\ "m"),
    do: db |> q(["GEODIST", key, one, other, unit]) |> Reply.then(&Reply.number/1)

  @doc "The places within a circle, the nearest first."
  def search(db, key, longitude, latitude, radius, unit \\ "m") do
    circle = ["FROMLONLAT", longitude, latitude, "BYRADIUS", radius, unit]
    q(db, ["GEOSEARCH", key | circle ++ ["ASC"]])
  end
end
