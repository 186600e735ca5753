// Programs of their own, each with a server of its own.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <functional>
#include <map>
#include <string>

// A program that opens a file, and answers each line of words with a line.
int program(const std::string &path);

// Waits until something has happened, and not forever.
void until(const std::function<bool()> &happened);

// Such a program, that runs until its input ends, or it is killed.
class Program {
 public:
  Program(const std::string &path, const std::map<std::string, std::string> &environment);
  ~Program();
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  // Waits until it has opened the file.
  void ready();
  // Has it run a command.
  std::string ask(const std::string &line);
  // Lets it end, and waits until its server has.
  void end();
  // Kills it, and waits until its server has ended.
  void kill();
  // What it says when it cannot open the file.
  std::string failure();

 private:
  std::string line();
  // Waits for the program, and returns its status.
  int wait();

  pid_t child_ = 0;
  int server_ = 0;
  FILE *input_ = nullptr;
  FILE *output_ = nullptr;
};
