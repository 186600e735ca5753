defmodule Redlite.ScenarioTest do
  use ExUnit.Case

  import Redlite.Forms
  import Redlite.Until
  alias Redlite.TestProgram

  @scenario Path.expand("../../scenario.json", __DIR__)
  @external_resource @scenario

  setup_all do
    directory = Path.join(System.tmp_dir!(), "redlite-elixir-#{System.pid()}")
    File.mkdir!(directory)
    # Keeps a server for all cases.
    db = Redlite.open!(Path.join(directory, "app.db"))

    on_exit(fn ->
      Redlite.close(db)
      File.rm_rf!(directory)
    end)

    %{directory: directory, keeper: db}
  end

  for %{"name" => name, "steps" => steps} <- Redlite.Reply.json(File.read!(@scenario))["cases"] do
    @steps steps
    test name, %{directory: directory} do
      run = %{
        db: Redlite.open!(Path.join(directory, "app.db")),
        directory: directory,
        connections: %{},
        programs: %{},
        variables: %{}
      }

      {:ok, "OK"} = Redlite.q(run.db, ["FLUSHALL"])
      run = Enum.reduce(@steps, run, &step/2)
      Enum.each([run.db | Map.values(run.connections)], &Redlite.close/1)
    end
  end

  defp step(%{"call" => words} = step, run) do
    {db, run} = connection(run, step["on"])
    expect(Redlite.q(db, words(words, run)), step)
    run
  end

  defp step(%{"method" => name, "args" => args} = step, run) do
    expect(method(name, [run.db | words(args, run)]), step)
    run
  end

  defp step(%{"pipeline" => commands, "times" => times, "last" => last}, run) do
    {db, run} = connection(run, nil)
    all = for _ <- 1..times, words <- commands, do: words(words, run)
    replies = Redlite.pipeline(db, all)
    assert length(replies) == times * length(commands)
    assert fits?(List.last(replies), last)
    run
  end

  defp step(%{"transaction" => commands} = step, run) do
    {db, run} = connection(run, nil)
    expect(Redlite.transaction(db, Enum.map(commands, &words(&1, run))), step)
    run
  end

  defp step(%{"subscribe" => channels, "then" => commands, "messages" => messages}, run) do
    {:ok, subscriber} = Redlite.subscribe(run.db, channels)
    run = all(commands, run)

    for expected <- messages do
      assert_receive {:message, channel, message, ^subscriber}, 20_000
      :eredis_sub.ack_message(subscriber)
      assert fits?({:ok, [channel, message]}, expected)
    end

    :eredis_sub.stop(subscriber)
    run
  end

  defp step(%{"wait" => words} = step, run) do
    {waiter, run} = connection(run, "waiter")
    {:ok, id} = Redlite.q(waiter, ["CLIENT", "ID"])
    task = Task.async(fn -> Redlite.q(waiter, words(words, run)) end)
    until(fn -> blocked(run) == "1" end)
    run = all(step["then"] || [], run)

    if step["cancel"] do
      {:ok, "1"} = Redlite.q(run.db, ["CLIENT", "UNBLOCK", id, "ERROR"])
      assert {:error, "UNBLOCKED" <> _} = Task.await(task, 20_000)
      assert blocked(run) == "0"
    else
      expect(Task.await(task, 20_000), step)
    end

    run
  end

  defp step(%{"moment" => name}, run) do
    moment = now(run)
    until(fn -> now(run) > moment end)
    put_in(run.variables[name], moment)
  end

  defp step(%{"close" => name}, run) do
    {db, run} = pop_in(run.connections[name])
    Redlite.close(db)
    run
  end

  defp step(%{"start" => name} = step, run) do
    path = Path.join(run.directory, step["file"] || "app.db")
    program = TestProgram.start(path, step["environment"])

    if step["fails"] do
      assert TestProgram.failure(program) =~ step["fails"]
      run
    else
      put_in(run.programs[name], TestProgram.ready(program))
    end
  end

  defp step(%{"in" => name, "line" => line, "prints" => prints}, run) do
    assert TestProgram.ask(run.programs[name], line) == prints
    run
  end

  defp step(%{"end" => name}, run) do
    {program, run} = pop_in(run.programs[name])
    TestProgram.finish(program)
    run
  end

  defp step(%{"kill" => name}, run) do
    {program, run} = pop_in(run.programs[name])
    TestProgram.kill(program)
    run
  end

  defp method(name, args) do
    {module, function} =
      case String.split(name, ".") do
        ["json", function] -> {Redlite.JSON, function}
        [group, function] -> {Module.concat(Redlite, String.capitalize(group)), function}
        [function] -> {Redlite, function}
      end

    apply(module, String.to_atom(function), gathered(name, args))
  end

  # What the scenario has as further arguments is a list here.
  defp gathered("sql", [db, statement | values]), do: [db, statement, values]
  defp gathered("history.at", [db, moment | command]), do: [db, moment, command]
  defp gathered(_name, args), do: args

  defp connection(run, name) do
    path = Path.join(run.directory, "app.db")
    connections = Map.put_new_lazy(run.connections, name, fn -> Redlite.open!(path) end)
    {connections[name], %{run | connections: connections}}
  end

  defp all(commands, run) do
    {db, run} = connection(run, nil)
    for words <- commands, do: {:ok, _reply} = Redlite.q(db, words(words, run))
    run
  end

  defp words(words, run), do: Enum.map(words, &word(&1, run))

  defp blocked(run) do
    {:ok, info} = Redlite.q(run.db, ["INFO", "clients"])
    [_, count] = Regex.run(~r/blocked_clients:(\d+)/, info)
    count
  end

  defp now(run) do
    {:ok, [seconds, micros]} = Redlite.q(run.db, ["TIME"])
    String.to_integer(seconds) * 1000 + div(String.to_integer(micros), 1000)
  end

  defp expect(reply, step), do: assert(fits?(reply, step["reply"]), inspect({reply, step}))
end
