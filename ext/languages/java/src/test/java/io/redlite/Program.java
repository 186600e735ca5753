package io.redlite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A program of its own that opens a file, and answers each line of words with a line. */
final class Program {
  private final Process process;
  private final BufferedReader output;
  private long server;

  Program(Path path, Map<String, String> environment) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("java.class.path");
    String[] words = {java, "-XX:TieredStopAtLevel=1", "-cp", classes, "io.redlite.Program"};
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.command().add(path.toString());
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    process = builder.start();
    output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  public static void main(String[] args) throws IOException {
    try (Redlite db = Redlite.open(args[0])) {
      System.out.println("ready " + db.serverPid());
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ");
        Object[] others = Arrays.copyOfRange(words, 1, words.length);
        System.out.println(Replies.text(db.run(words[0], others)));
      }
    } catch (RedliteException error) {
      System.out.println("failed: " + error.getMessage());
      System.exit(1);
    }
  }

  /** Waits until it has opened the file. */
  void ready() throws IOException {
    String line = line();
    if (!line.startsWith("ready ")) throw new IllegalStateException(line);
    server = Long.parseLong(line.substring(6));
  }

  /** Has it run a command. */
  String ask(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    return line();
  }

  /** Lets it end, and waits until its server has. */
  void end() throws IOException {
    process.getOutputStream().close();
    if (process.onExit().join().exitValue() != 0)
      throw new IllegalStateException("the program fails");
    until(() -> !exists(server));
  }

  /** Kills it, and waits until its server has ended. */
  void kill() {
    process.destroyForcibly().onExit().join();
    until(() -> !exists(server));
  }

  /** What it says when it cannot open the file. */
  String failure() throws IOException {
    String told = line();
    if (process.onExit().join().exitValue() == 0)
      throw new IllegalStateException("it did not fail: " + told);
    return told;
  }

  private String line() throws IOException {
    String line = output.readLine();
    return line == null ? "" : line;
  }

  /** Whether there is a process. */
  static boolean exists(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  /** Waits until something has happened, and not forever. */
  static void until(BooleanSupplier happened) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!happened.getAsBoolean()) {
      if (System.nanoTime() > deadline) throw new IllegalStateException("not in time");
      LockSupport.parkNanos(5_000_000);
    }
  }
}
