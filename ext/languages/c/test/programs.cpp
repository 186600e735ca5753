#include "programs.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <redlite.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "forms.hpp"

using namespace std::chrono_literals;

int program(const std::string &path) {
  try {
    const redlite::Database db(path);
    std::cout << "ready " << db.server_pid() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
      std::istringstream stream(line);
      std::vector<std::string> words;
      for (std::string word; stream >> word;) words.push_back(word);
      std::cout << redlite::Database::value_of(db.command(words).get()).value_or("") << std::endl;
    }
    return 0;
  } catch (const redlite::Error &error) {
    std::cout << "failed: " << error.what() << std::endl;
    return 1;
  }
}

void until(const std::function<bool()> &happened) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("not in time");
    std::this_thread::sleep_for(5ms);
  }
}

Program::Program(const std::string &path, const std::map<std::string, std::string> &environment) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  child_ = fork();
  if (child_ == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    for (const auto &[name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    execl("/proc/self/exe", "scenario", "--program", path.c_str(), nullptr);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  input_ = fdopen(in[1], "w");
  output_ = fdopen(out[0], "r");
}

Program::~Program() {
  if (input_ != nullptr) fclose(input_);
  fclose(output_);
  if (child_ != 0) {
    ::kill(child_, SIGKILL);
    wait();
  }
}

void Program::ready() {
  const std::string told = line();
  if (sscanf(told.c_str(), "ready %d", &server_) != 1) throw std::runtime_error(told);
}

std::string Program::ask(const std::string &line) {
  fprintf(input_, "%s\n", line.c_str());
  fflush(input_);
  return this->line();
}

void Program::end() {
  fclose(input_);
  input_ = nullptr;
  if (wait() != 0) throw std::runtime_error("the program fails");
  until([this] { return ::kill(server_, 0) != 0; });
}

void Program::kill() {
  ::kill(child_, SIGKILL);
  wait();
  until([this] { return ::kill(server_, 0) != 0; });
}

std::string Program::failure() {
  const std::string told = line();
  if (wait() == 0) throw std::runtime_error("it did not fail: " + told);
  return told;
}

std::string Program::line() {
  char text[4096] = "";
  if (fgets(text, sizeof text, output_) == nullptr) return "";
  const std::string line(text);
  return line.substr(0, line.find('\n'));
}

int Program::wait() {
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = 0;
  return status;
}
