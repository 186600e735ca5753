defmodule Redlite.Forms do
  @moduledoc false

  def word(%{"hex" => digits}, _run), do: Base.decode16!(digits, case: :lower)
  def word(%{"var" => name}, run), do: run.variables[name]
  def word(text, run) when is_binary(text), do: String.replace(text, "{directory}", run.directory)
  def word(other, _run), do: other

  @doc "Whether a reply is what the scenario expects."
  def fits?({:error, message}, %{"error" => code}), do: String.starts_with?(message, code)
  def fits?({:error, _message}, _expected), do: false
  def fits?({:ok, _value}, %{"error" => _code}), do: false
  def fits?({:ok, value}, expected), do: value?(value, expected)
  def fits?(:ok, expected), do: value?("OK", expected)

  defp value?(_value, %{"any" => true}), do: true
  defp value?(value, %{"hex" => digits}), do: value == Base.decode16!(digits, case: :lower)
  defp value?(value, %{"near" => number}), do: abs(number(value) - number) < 0.001
  defp value?(value, %{"size" => size}), do: length(value) == size

  defp value?(value, %{"unordered" => all}),
    do: value?(Enum.sort(value), Enum.sort(all))

  defp value?(value, %{"has" => all}) do
    map = map(value)
    Enum.all?(all, fn {name, item} -> Map.has_key?(map, name) and value?(map[name], item) end)
  end

  defp value?(value, %{"pairs" => all}),
    do: value?(value, %{"has" => all}) and map_size(map(value)) == map_size(all)

  defp value?(value, expected) when is_list(expected) do
    list = if is_tuple(value), do: Tuple.to_list(value), else: value

    is_list(list) and length(list) == length(expected) and
      list |> Enum.zip(expected) |> Enum.all?(fn {item, wanted} -> value?(item, wanted) end)
  end

  defp value?(value, nil), do: value == nil
  defp value?(nil, _expected), do: false
  defp value?(value, _expected) when is_list(value) or is_map(value), do: false
  defp value?(value, expected), do: to_string(value) == to_string(expected)

  defp number(value) when is_number(value), do: value
  defp number(text), do: text |> Float.parse() |> elem(0)

  defp map(%{} = map), do: Map.new(map, fn {name, value} -> {to_string(name), value} end)
  defp map(list), do: Redlite.Reply.map(list)
end
