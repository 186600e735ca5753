// The scenario that all bindings share, by the methods of C++, which are those of C.
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <thread>

#include "forms.hpp"
#include "methods.hpp"
#include "programs.hpp"

namespace {

using redlite::Database;
using redlite::Reply;

std::string directory;

std::string app() { return directory + "/app.db"; }

void check(bool holds, const std::string &what) {
  if (!holds) throw std::runtime_error(what);
}

// What the steps of a case work on.
class Run {
 public:
  explicit Run(Database &db) : db_(db) {}

  void step(const Json &step) {
    static const std::vector<std::pair<std::string, void (Run::*)(const Json &)>> kinds = {
        {"call", &Run::call},
        {"method", &Run::method},
        {"pipeline", &Run::pipeline},
        {"transaction", &Run::transaction},
        {"subscribe", &Run::subscribe},
        {"wait", &Run::wait},
        {"moment", &Run::moment},
        {"start", &Run::start},
        {"close", &Run::close},
        {"in", &Run::ask},
        {"end", &Run::end},
        {"kill", &Run::kill},
    };
    for (const auto &[name, run] : kinds) {
      if (step.contains(name)) return (this->*run)(step);
    }
    throw std::invalid_argument(step.dump());
  }

 private:
  // A connection of a name: an open of the file.
  const Database &connection(const std::string &name = "") {
    if (connections_.find(name) == connections_.end()) connections_.try_emplace(name, app());
    return connections_.at(name);
  }

  Json word(const Json &word) const {
    if (word.is_string()) {
      std::string text = word;
      const size_t at = text.find("{directory}");
      return at == std::string::npos ? text : text.replace(at, 11, directory);
    }
    if (word.is_object() && word.contains("hex")) return unhex(word["hex"]);
    if (word.is_object() && word.contains("var")) return variables_.at(word["var"]);
    return word;
  }

  Json words(const Json &list) const {
    Json words = Json::array();
    for (const Json &each : list) words.push_back(word(each));
    return words;
  }

  // Runs a command, where an error is a reply, too.
  Json send(const Database &db, const Json &list) const {
    append(db.context(), list);
    return read(db.context());
  }

  void append(redisContext *context, const Json &list) const {
    const std::vector<std::string> texts = words(list);
    std::vector<const char *> pointers;
    std::vector<size_t> lengths;
    for (const std::string &text : texts) {
      pointers.push_back(text.data());
      lengths.push_back(text.size());
    }
    const int count = static_cast<int>(texts.size());
    redisAppendCommandArgv(context, count, pointers.data(), lengths.data());
  }

  static Json read(redisContext *context) {
    void *reply = nullptr;
    check(redisGetReply(context, &reply) == REDIS_OK, context->errstr);
    return value_of(Reply(static_cast<redisReply *>(reply)).get());
  }

  static void expect(const Json &reply, const Json &step) {
    check(fits(reply, step["reply"]), reply.dump() + " is not " + step["reply"].dump());
  }

  void call(const Json &step) {
    expect(send(connection(step.value("on", "")), step["call"]), step);
  }

  void method(const Json &step) {
    expect(call_method(db_, step["method"], words(step["args"])), step);
  }

  void pipeline(const Json &step) {
    redisContext *context = connection().context();
    const size_t count = step["times"].get<size_t>() * step["pipeline"].size();
    for (int i = 0; i < step["times"]; i++) {
      for (const Json &list : step["pipeline"]) append(context, list);
    }
    Json last;
    for (size_t i = 0; i < count; i++) last = read(context);
    check(fits(last, step["last"]), last.dump());
  }

  void transaction(const Json &step) {
    redisContext *context = connection().context();
    append(context, {"MULTI"});
    for (const Json &list : step["transaction"]) append(context, list);
    append(context, {"EXEC"});
    for (size_t i = 0; i <= step["transaction"].size(); i++) read(context);
    expect(read(context), step);
  }

  void subscribe(const Json &step) {
    const Database subscriber(app());
    Json command = step["subscribe"];
    command.insert(command.begin(), "SUBSCRIBE");
    append(subscriber.context(), command);
    for (size_t i = 0; i < step["subscribe"].size(); i++) read(subscriber.context());
    for (const Json &list : step["then"]) send(connection(), list);
    for (const Json &expected : step["messages"]) {
      Json message = read(subscriber.context());
      message.erase(message.begin());
      check(fits(message, expected), message.dump());
    }
  }

  void wait(const Json &step) {
    const Database waiter(app());
    const Json id = send(waiter, {"CLIENT", "ID"});
    Json reply;
    std::thread thread([&] { reply = send(waiter, step["wait"]); });
    until([this] { return blocked() == 1; });
    if (step.contains("cancel")) {
      send(connection(), {"CLIENT", "UNBLOCK", id.dump(), "ERROR"});
    } else {
      for (const Json &list : step["then"]) send(connection(), list);
    }
    thread.join();
    if (!step.contains("cancel")) return expect(reply, step);
    check(fits(reply, {{"error", "UNBLOCKED"}}), reply.dump());
    check(blocked() == 0, "it waits still");
  }

  int blocked() {
    const Reply info = connection().command({"INFO", "clients"});
    const std::string text(info->str, info->len), name = "blocked_clients:";
    return std::stoi(text.substr(text.find(name) + name.size()));
  }

  void moment(const Json &step) {
    const long long moment = now();
    variables_[step["moment"]] = moment;
    until([&] { return now() > moment; });
  }

  long long now() {
    const Reply time = connection().command({"TIME"});
    return std::stoll(time->element[0]->str) * 1000 + std::stoll(time->element[1]->str) / 1000;
  }

  void start(const Json &step) {
    const std::map<std::string, std::string> environment =
        step.value("environment", Json::object());
    const std::string path = directory + "/" + step.value("file", "app.db");
    if (step.contains("fails")) {
      const std::string told = Program(path, environment).failure();
      check(told.find(step["fails"]) != std::string::npos, told);
      return;
    }
    programs_.try_emplace(step["start"], path, environment).first->second.ready();
  }

  void close(const Json &step) { connections_.erase(step["close"].get<std::string>()); }

  void ask(const Json &step) {
    const std::string answer = programs_.at(step["in"]).ask(step["line"]);
    check(answer == step["prints"], answer);
  }

  void end(const Json &step) {
    programs_.at(step["end"]).end();
    programs_.erase(step["end"].get<std::string>());
  }

  void kill(const Json &step) {
    programs_.at(step["kill"]).kill();
    programs_.erase(step["kill"].get<std::string>());
  }

  Database &db_;
  std::map<std::string, Database> connections_;
  std::map<std::string, Program> programs_;
  std::map<std::string, Json> variables_;
};

// What the scenario does not say: sharing, flags, and the end of a server.
void test_sharing() {
  std::optional<Database> one(std::in_place, directory + "/shared.db");
  std::optional<Database> two(std::in_place, directory + "/shared.db");
  const int pid = one->server_pid();
  check(two->server_pid() == pid, "they have two servers");
  try {
    Database other(directory + "/shared.db", {{"cache", "8"}});
    check(false, "other flags are taken");
  } catch (const redlite::Error &error) {
    check(std::string(error.what()).find("other flags") != std::string::npos, error.what());
  }
  one->command({"SET", "k", "v"});
  one.reset();
  check(std::string(two->command({"GET", "k"})->str) == "v", "the other cannot read");
  two.reset();
  check(::kill(pid, 0) != 0, "the server is there still");
  check(!std::filesystem::exists(directory + "/shared.db-wal"), "the log is there still");
  const Database memory(":memory:"), another(":memory:");
  check(memory.server_pid() != another.server_pid(), "memory is shared");
}

void test_port() {
  const Database db(":memory:", {{"private", "tcp"}});
  check(db.context()->connection_type == REDIS_CONN_TCP, "it is no port");
  db.command({"SET", "k", "v"});
  check(std::string(db.command({"GET", "k"})->str) == "v", "it cannot be read");
}

bool passes(const std::string &name, const std::function<void()> &test) {
  try {
    test();
    std::cout << "ok " << name << "\n";
    return true;
  } catch (const std::exception &error) {
    std::cout << "FAILED " << name << ": " << error.what() << "\n";
    return false;
  }
}

int run_all(const std::string &file) {
  int failed = 0;
  Database db(app());
  std::ifstream stream(file);
  const Json scenario = Json::parse(stream);
  for (const Json &each : scenario["cases"]) {
    failed += !passes(each["name"], [&] {
      db.command({"FLUSHALL"});
      Run run(db);
      for (const Json &step : each["steps"]) run.step(step);
    });
  }
  failed += !passes("the last close ends a server that opens share", test_sharing);
  failed += !passes("where there are no Unix sockets it is a port behind a password", test_port);
  return failed;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc == 3 && std::string(argv[1]) == "--program") return program(argv[2]);
  char name[] = "/tmp/redlite-c-XXXXXX";
  if (argc != 2 || mkdtemp(name) == nullptr) return 2;
  directory = name;
  const int failed = run_all(argv[1]);
  std::filesystem::remove_all(directory);
  std::cout << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}
