#pragma once

#include <functional>
#include <memory>
#include <string>

#include "deephealth/runtime/v1/model_runtime.grpc.pb.h"
#include "store.h"

// A minimal runtime of deephealth.runtime.v1.
class Runtime final : public v1::ModelRuntime::Service {
 public:
  using BeforeRun = std::function<void(const std::string& model)>;

  // `before_run` is told the model's name before each run: a place for a harness to put faults.
  explicit Runtime(std::shared_ptr<Store> store, BeforeRun before_run = [](const std::string&) {})
      : store_(std::move(store)), before_run_(std::move(before_run)) {}

  // Serves another store from now on, for a harness that resets.
  void Serve(std::shared_ptr<Store> store) { std::atomic_store(&store_, std::move(store)); }

  grpc::Status GetServerInfo(grpc::ServerContext*, const v1::GetServerInfoRequest*,
                             v1::GetServerInfoResponse*) override;
  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest*, v1::ListModelsResponse*) override;
  grpc::Status GetModel(grpc::ServerContext*, const v1::GetModelRequest*, v1::GetModelResponse*) override;
  grpc::Status WatchModels(grpc::ServerContext*, const v1::WatchModelsRequest*,
                           grpc::ServerWriter<v1::WatchModelsResponse>*) override;
  grpc::Status LoadModel(grpc::ServerContext*, const v1::LoadModelRequest*, v1::LoadModelResponse*) override;
  grpc::Status UnloadModel(grpc::ServerContext*, const v1::UnloadModelRequest*, v1::UnloadModelResponse*) override;
  grpc::Status VerifyModel(grpc::ServerContext*, const v1::VerifyModelRequest*, v1::VerifyModelResponse*) override;
  grpc::Status Predict(grpc::ServerContext*, const v1::PredictRequest*, v1::PredictResponse*) override;

 private:
  std::shared_ptr<Store> store() const { return std::atomic_load(&store_); }

  std::shared_ptr<Store> store_;
  BeforeRun before_run_;
};

// Serves on loopback; port 0 takes a free one. Gives the server, or null, and its address.
std::unique_ptr<grpc::Server> StartServer(Runtime& runtime, int port, std::string& address);
