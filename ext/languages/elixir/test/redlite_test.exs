defmodule RedliteTest do
  use ExUnit.Case

  import Redlite.Until

  setup do
    folder = Path.join(System.tmp_dir!(), "redlite-elixir-#{System.unique_integer([:positive])}")
    File.mkdir!(folder)
    on_exit(fn -> File.rm_rf!(folder) end)
    %{folder: folder, path: Path.join(folder, "app.db")}
  end

  test "the last close ends the server, and leaves the file alone", %{folder: folder, path: path} do
    one = Redlite.open!(path)
    two = Redlite.open!(path)
    assert one.server_pid == two.server_pid
    {:ok, "OK"} = Redlite.q(one, ["SET", "k", "v"])
    :ok = Redlite.close(one)
    :ok = Redlite.close(one)
    assert {:ok, "v"} = Redlite.q(two, ["GET", "k"])
    :ok = Redlite.close(two)
    refute Redlite.Program.exists?(two.server_pid)
    assert File.ls!(folder) == ["app.db"]
  end

  test "the end of the process that opened a file closes it", %{path: path} do
    db = Task.await(Task.async(fn -> Redlite.open!(path) end), 20_000)
    until(fn -> not Redlite.Program.exists?(db.server_pid) end)
  end

  test "other flags for an open file are refused", %{path: path} do
    db = Redlite.open!(path, flags: [cache: 8])
    assert {:ok, ["cache-mb", "8"]} = Redlite.q(db, ["CONFIG", "GET", "cache-mb"])
    assert {:error, message} = Redlite.open(path)
    assert message =~ "other flags"
    Redlite.close(db)
  end

  test "a port behind a password where there are no Unix sockets" do
    db = Redlite.open!(":memory:", flags: [private: "tcp"])
    assert {'127.0.0.1', _port, [_ | _]} = db.address
    assert {:ok, "OK"} = Redlite.q(db, ["SET", "k", "v"])
    Redlite.close(db)
  end

  test "memory is not shared" do
    [one, two] = for _ <- 1..2, do: Redlite.open!(":memory:")
    {:ok, "OK"} = Redlite.q(one, ["SET", "k", "v"])
    assert {:ok, "0"} = Redlite.q(two, ["EXISTS", "k"])
    Enum.each([one, two], &Redlite.close/1)
  end

  test "a program wins over Deno, and what is named over what is found", %{folder: folder} do
    before = System.get_env()
    on_exit(fn -> System.put_env(before) end)
    System.put_env(%{"PATH" => folder, "REDLITE_BIN" => "", "REDLITE_SERVER" => ""})
    assert {:error, "no Redlite server found" <> _} = Redlite.Program.command()
    deno = program(folder, "deno")
    packaged = ["run", "-A", "--quiet", "--no-config", "jsr:@redlite/redlite/server"]
    assert Redlite.Program.command() == {:ok, deno, packaged}
    System.put_env("REDLITE_SERVER", "server.ts")
    assert Redlite.Program.command() == {:ok, deno, ["run", "-A", "--quiet", "server.ts"]}
    redlite = program(folder, "redlite")
    assert Redlite.Program.command() == {:ok, redlite, []}
    other = program(folder, "other")
    System.put_env("REDLITE_BIN", other)
    assert Redlite.Program.command() == {:ok, other, []}
    silent = program(folder, "silent", "exit 3")
    System.put_env("REDLITE_BIN", silent)
    assert {:error, "the server ended with code 3"} = Redlite.open(":memory:")
  end

  defp program(folder, name, text \\ "") do
    path = Path.join(folder, name)
    File.write!(path, "#!/bin/sh\n" <> text)
    File.chmod!(path, 0o755)
    path
  end
end
