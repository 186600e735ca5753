package io.redlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisDataException;

/** The scenario that all bindings share. */
class ScenarioTest {
  private static Path directory;
  private static Redlite db;

  @BeforeAll
  static void open() throws IOException {
    directory = Files.createTempDirectory("redlite-java-");
    db = Redlite.open(directory.resolve("app.db").toString());
  }

  @AfterAll
  static void close() throws IOException {
    db.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
    }
  }

  @TestFactory
  Stream<DynamicTest> cases() throws IOException {
    String text = Files.readString(Path.of("../scenario.json"));
    JsonArray cases = JsonParser.parseString(text).getAsJsonObject().getAsJsonArray("cases");
    return StreamSupport.stream(cases.spliterator(), false)
        .map(JsonElement::getAsJsonObject)
        .map(each -> DynamicTest.dynamicTest(each.get("name").getAsString(), () -> run(each)));
  }

  private static void run(JsonObject example) throws Exception {
    db.flushAll();
    try (Run run = new Run()) {
      for (JsonElement step : example.getAsJsonArray("steps")) run.step(step.getAsJsonObject());
    }
  }

  /** What the steps of a case work on. */
  private static final class Run implements AutoCloseable {
    private final Map<String, Redlite> connections = new HashMap<>();
    private final Map<String, Program> programs = new HashMap<>();
    private final Map<String, Long> variables = new HashMap<>();

    @Override
    public void close() {
      programs.values().forEach(Program::kill);
      connections.values().forEach(Redlite::close);
    }

    void step(JsonObject step) throws Exception {
      if (step.has("call")) call(step);
      else if (step.has("method")) method(step);
      else if (step.has("pipeline")) pipeline(step);
      else if (step.has("transaction")) transaction(step);
      else if (step.has("subscribe")) subscribe(step);
      else if (step.has("wait")) await(step);
      else if (step.has("moment")) moment(step);
      else if (step.has("start")) start(step);
      else if (step.has("close")) connections.remove(text(step, "close")).close();
      else if (step.has("in")) ask(step);
      else if (step.has("end")) programs.remove(text(step, "end")).end();
      else if (step.has("kill")) programs.remove(text(step, "kill")).kill();
      else throw new IllegalArgumentException(step.toString());
    }

    private static String text(JsonObject step, String name) {
      return step.has(name) ? step.get(name).getAsString() : "";
    }

    private Redlite connection(String name) {
      String file = directory.resolve("app.db").toString();
      return connections.computeIfAbsent(name, ignored -> Redlite.open(file));
    }

    private Object word(JsonElement word) {
      if (word instanceof JsonObject object && object.has("hex")) {
        return HexFormat.of().parseHex(text(object, "hex"));
      }
      if (word instanceof JsonObject object && object.has("var")) {
        return variables.get(text(object, "var"));
      }
      if (word.isJsonPrimitive() && word.getAsJsonPrimitive().isString()) {
        return word.getAsString().replace("{directory}", directory.toString());
      }
      return word;
    }

    private List<Object> words(JsonElement words) {
      List<Object> result = new ArrayList<>();
      words.getAsJsonArray().forEach(word -> result.add(word(word)));
      return result;
    }

    private Object send(Redlite connection, JsonElement command) {
      List<Object> words = words(command);
      try {
        return connection.run((String) words.get(0), words.subList(1, words.size()).toArray());
      } catch (JedisDataException error) {
        return error;
      }
    }

    private static void expect(Object reply, JsonObject step) {
      assertTrue(Forms.fits(reply, step.get("reply")), () -> show(reply) + " is not as in " + step);
    }

    private static String show(Object reply) {
      return String.valueOf(reply instanceof Exception ? reply : Replies.value(reply));
    }

    private void call(JsonObject step) {
      expect(send(connection(text(step, "on")), step.get("call")), step);
    }

    private void method(JsonObject step) {
      Object reply;
      try {
        reply = Methods.call(db, text(step, "method"), words(step.get("args")));
      } catch (JedisDataException error) {
        reply = error;
      }
      expect(reply, step);
    }

    /** What a queue of commands takes. */
    private interface Queue {
      Response<Object> send(ProtocolCommand name, byte[]... words);
    }

    private List<Response<Object>> queue(JsonElement commands, Queue queue) {
      List<Response<Object>> responses = new ArrayList<>();
      for (JsonElement command : commands.getAsJsonArray()) {
        byte[][] bytes =
            words(command).stream()
                .map(word -> String.valueOf(word).getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        responses.add(queue.send(() -> bytes[0], Arrays.copyOfRange(bytes, 1, bytes.length)));
      }
      return responses;
    }

    private void pipeline(JsonObject step) {
      List<Response<Object>> responses = new ArrayList<>();
      Pipeline pipeline = connection("").pipelined();
      for (int i = 0; i < step.get("times").getAsInt(); i++) {
        responses.addAll(queue(step.get("pipeline"), pipeline::sendCommand));
      }
      pipeline.sync();
      responses.forEach(Response::get);
      assertTrue(Forms.fits(responses.get(responses.size() - 1).get(), step.get("last")));
    }

    private void transaction(JsonObject step) {
      Transaction transaction = connection("").multi();
      queue(step.get("transaction"), transaction::sendCommand);
      expect(transaction.exec(), step);
    }

    private void subscribe(JsonObject step) {
      int wanted = step.getAsJsonArray("messages").size();
      byte[][] channels =
          words(step.get("subscribe")).stream()
              .map(channel -> String.valueOf(channel).getBytes(StandardCharsets.UTF_8))
              .toArray(byte[][]::new);
      List<Object> messages = new ArrayList<>();
      BinaryJedisPubSub subscriber =
          new BinaryJedisPubSub() {
            @Override
            public void onSubscribe(byte[] channel, int count) {
              if (count < channels.length) return;
              step.getAsJsonArray("then").forEach(command -> send(connection(""), command));
            }

            @Override
            public void onMessage(byte[] channel, byte[] message) {
              messages.add(List.of(channel, message));
              if (messages.size() == wanted) unsubscribe();
            }
          };
      connection("subscriber").subscribe(subscriber, channels);
      assertTrue(Forms.fits(messages, step.get("messages")));
    }

    private void await(JsonObject step) throws Exception {
      Redlite waiter = connection("waiter");
      long id = waiter.clientId();
      CompletableFuture<Object> reply =
          CompletableFuture.supplyAsync(() -> send(waiter, step.get("wait")));
      Program.until(() -> blocked() == 1);
      if (step.has("cancel")) {
        db.run("CLIENT", "UNBLOCK", id, "ERROR");
        assertTrue(show(reply.get()).contains("UNBLOCKED"));
        assertEquals(0, blocked());
        return;
      }
      step.getAsJsonArray("then").forEach(command -> send(connection(""), command));
      expect(reply.get(), step);
    }

    private static int blocked() {
      Matcher matcher = Pattern.compile("blocked_clients:(\\d+)").matcher(db.info("clients"));
      assertTrue(matcher.find());
      return Integer.parseInt(matcher.group(1));
    }

    private void moment(JsonObject step) {
      long moment = now();
      variables.put(text(step, "moment"), moment);
      Program.until(() -> now() > moment);
    }

    private static long now() {
      List<String> time = db.time();
      return Long.parseLong(time.get(0)) * 1000 + Long.parseLong(time.get(1)) / 1000;
    }

    private void start(JsonObject step) throws Exception {
      Map<String, String> environment = new HashMap<>();
      if (step.has("environment")) {
        step.getAsJsonObject("environment")
            .entrySet()
            .forEach(each -> environment.put(each.getKey(), each.getValue().getAsString()));
      }
      String file = step.has("file") ? text(step, "file") : "app.db";
      Program program = new Program(directory.resolve(file), environment);
      if (step.has("fails")) {
        String told = program.failure();
        assertTrue(told.contains(text(step, "fails")), told);
        return;
      }
      program.ready();
      programs.put(text(step, "start"), program);
    }

    private void ask(JsonObject step) throws IOException {
      String answer = programs.get(text(step, "in")).ask(text(step, "line"));
      assertEquals(text(step, "prints"), answer);
    }
  }
}
