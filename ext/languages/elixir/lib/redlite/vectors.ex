defmodule Redlite.Vectors do
  @moduledoc "Sets of elements that are found by how near their vectors are."

  alias Redlite.Reply
  import Redlite, only: [q: 2]

  @doc "Adds an element, or gives it another vector."
  def add(db, key, element, vector, attributes \\ nil) do
    extra = if attributes, do: ["SETATTR", Reply.text(attributes)], else: []
    db |> q(["VADD", key, "FP32", packed(vector), element | extra]) |> Reply.done()
  end

  @doc "The elements nearest to a vector or an element, each with its similarity."
  def similar(db, key, to, count \\ 10, filter \\ nil) do
    near = if is_list(to), do: ["FP32", packed(to)], else: ["ELE", to]
    extra = if filter, do: ["FILTER", filter], else: []

    db
    |> q(["VSIM", key | near ++ ["WITHSCORES", "COUNT", count | extra]])
    |> Reply.then(fn reply ->
      for [element, score] <- Enum.chunk_every(reply, 2), do: {element, Reply.number(score)}
    end)
  end

  @doc "An element's attributes; `nil` without."
  def attributes(db, key, element),
    do: db |> q(["VGETATTR", key, element]) |> Reply.then(&Reply.json/1)

  @doc "Removes an element."
  def remove(db, key, element), do: db |> q(["VREM", key, element]) |> Reply.done()

  defp packed(vector), do: for(number <- vector, into: <<>>, do: <<number::float-little-32>>)
end
