#include "harness.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "runtime.h"

namespace {

namespace fs = std::filesystem;
using google::protobuf::Struct;
using Clock = std::chrono::steady_clock;

constexpr int kProtocol = 1;

class Harness {
 public:
  ~Harness() { Stop(); }

  // Carries out a command, and puts what is to be told into the answer.
  void CarryOut(const Struct& command, Struct* answer) {
    const std::string& name = command.fields().at("command").string_value();
    if (name == "start") {
      (*answer->mutable_fields())["address"].set_string_value(Start(command));
    } else if (name == "reset") {
      Reset();
    } else if (name == "inject") {
      const bool is_done = Inject(command.fields().at("fault").struct_value());
      if (!is_done) (*answer->mutable_fields())["unsupported"].set_bool_value(true);
    } else if (name == "stop") {
      Stop();
    } else {
      throw std::invalid_argument("there is no command \"" + name + "\"");
    }
  }

 private:
  std::string Start(const Struct& command) {
    if (command.fields().at("protocol").number_value() != kProtocol) {
      throw std::invalid_argument("this harness speaks protocol 1 only");
    }
    models_ = command.fields().at("models").string_value();
    runtime_ = std::make_unique<Runtime>(FreshStore(), [this](const std::string& model) { BeforeRun(model); });
    std::string address;
    server_ = StartServer(*runtime_, 0, address);
    if (server_ == nullptr) throw std::runtime_error("no port could be opened");
    return address;
  }

  // A store of its own has the states after a start; the address stays.
  void Reset() {
    {
      std::lock_guard<std::mutex> guard(lock_);
      stalled_until_.clear();
      failing_.clear();
    }
    runtime_->Serve(FreshStore());
  }

  // False for what cannot be done to this runtime.
  bool Inject(const Struct& fault) {
    const std::string& kind = fault.fields().at("kind").string_value();
    const std::string& model = fault.fields().at("model").string_value();
    std::lock_guard<std::mutex> guard(lock_);
    if (kind == "storeReadError") {
      for (const auto& version : fs::directory_iterator(copy_ / model)) {
        // A folder in its place cannot be read, whoever asks.
        fs::remove(version.path() / "model.onnx");
        fs::create_directory(version.path() / "model.onnx");
      }
    } else if (kind == "hostStalled") {
      const auto milliseconds = static_cast<int64_t>(fault.fields().at("milliseconds").number_value());
      stalled_until_[model] = Clock::now() + std::chrono::milliseconds(milliseconds);
    } else if (kind == "runError") {
      failing_.insert(model);
    } else {
      // Models run in this very process, so there is no host to lose; later kinds are not known yet.
      return false;
    }
    return true;
  }

  // What was injected, as the runtime meets it before each run.
  void BeforeRun(const std::string& model) {
    Clock::time_point until;
    {
      std::lock_guard<std::mutex> guard(lock_);
      if (failing_.erase(model) > 0) {
        throw Refusal(grpc::StatusCode::INTERNAL, "MODEL_RUN_FAILED", "The engine failed to run the graph.");
      }
      until = stalled_until_[model];
    }
    std::this_thread::sleep_until(until);
  }

  void Stop() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
    if (!copy_.empty()) fs::remove_all(copy_);
    copy_.clear();
  }

  // Of a copy that may be broken: the suite's own folder must stay as it is.
  std::shared_ptr<Store> FreshStore() {
    if (!copy_.empty()) fs::remove_all(copy_);
    std::string name = (fs::temp_directory_path() / "harness-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder could be made");
    copy_ = name;
    fs::copy(models_, copy_, fs::copy_options::recursive);
    return std::make_shared<Store>(copy_);
  }

  fs::path models_;
  fs::path copy_;
  std::unique_ptr<Runtime> runtime_;
  std::unique_ptr<grpc::Server> server_;
  std::mutex lock_;
  std::map<std::string, Clock::time_point> stalled_until_;
  std::set<std::string> failing_;
};

}  // namespace

int RunHarness() {
  Harness harness;
  for (std::string line; std::getline(std::cin, line);) {
    Struct command;
    if (!google::protobuf::util::JsonStringToMessage(line, &command).ok()) {
      std::cerr << "a line is no command of the suite" << std::endl;
      return 1;
    }
    Struct answer;
    try {
      harness.CarryOut(command, &answer);
    } catch (const std::exception& failed) {
      auto* error = (*answer.mutable_fields())["error"].mutable_struct_value();
      (*error->mutable_fields())["message"].set_string_value(failed.what());
    }
    (*answer.mutable_fields())["id"] = command.fields().at("id");
    std::string text;
    google::protobuf::util::MessageToJsonString(answer, &text);
    std::cout << text << std::endl;
    if (command.fields().at("command").string_value() == "stop") break;
  }
  return 0;
}
