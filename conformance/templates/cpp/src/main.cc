// runtime serve <folder with the models> [port], or: runtime harness
#include <csignal>
#include <cstring>
#include <iostream>

#include "harness.h"
#include "runtime.h"

namespace {

int Serve(const char* models, int port) {
  // Before any thread is there, so that the signals reach the one that waits for them.
  sigset_t stopping;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGTERM);
  sigaddset(&stopping, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stopping, nullptr);
  Runtime runtime(std::make_shared<Store>(models));
  std::string address;
  const std::unique_ptr<grpc::Server> server = StartServer(runtime, port, address);
  if (server == nullptr) {
    std::cerr << "the port is taken" << std::endl;
    return 1;
  }
  // For the program that has started it.
  std::cout << "DH|1|1|tcp|" << address << std::endl;
  int signal = 0;
  sigwait(&stopping, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(10));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "harness") == 0) return RunHarness();
  if (argc > 2 && std::strcmp(argv[1], "serve") == 0) return Serve(argv[2], argc > 3 ? std::atoi(argv[3]) : 0);
  std::cerr << "usage: runtime serve <folder with the models> [port], or: runtime harness" << std::endl;
  return 2;
}
