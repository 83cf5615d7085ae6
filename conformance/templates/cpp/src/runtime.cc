#include "runtime.h"

#include <google/protobuf/util/message_differencer.h>

#include <iostream>

#include "checks.h"

namespace {

constexpr char kName[] = "template-cpp";
constexpr char kVersion[] = "0.1.0";
constexpr int kMaxMessageBytes = 8 * 1024 * 1024;

std::string Engine() { return "cpp/" + std::to_string(__cplusplus / 100); }

// The one place where an error becomes a status.
grpc::Status Answer(const std::function<void()>& method) {
  try {
    method();
    return grpc::Status::OK;
  } catch (const Refusal& refusal) {
    return refusal.ToStatus();
  } catch (const std::exception& fault) {
    std::cerr << "a call failed: " << fault.what() << std::endl;
    const std::string message = "Internal error. The log has the details.";
    return Refusal(grpc::StatusCode::INTERNAL, "INTERNAL", message).ToStatus();
  }
}

void Describe(const Declared& declared, v1::TensorDescriptor* described) {
  described->set_name(declared.name);
  described->set_data_type(declared.data_type);
  described->mutable_shape()->Add(declared.shape.begin(), declared.shape.end());
}

void FillAnswer(const v1::PredictRequest& request, const Version& version, const ModelPackage& read,
                v1::PredictResponse* response) {
  response->set_request_id(request.request_id());
  v1::Provenance* provenance = response->mutable_provenance();
  provenance->set_model_name(version.name);
  provenance->set_model_version(version.version);
  provenance->set_package_sha256(read.sha256);
  provenance->set_onnx_sha256(read.onnx_sha256);
  provenance->set_runtime(std::string(kName) + "/" + kVersion);
  provenance->set_engine(Engine());
  provenance->set_execution_provider("cpu");
  provenance->set_batch_size(1);
  provenance->set_contract_version("1.0");
  if (read.research_use_only) {
    v1::Warning* warning = response->add_warnings();
    warning->set_kind(v1::WARNING_KIND_RESEARCH_USE_ONLY);
    warning->set_message("The model is for research only.");
  }
}

}  // namespace

grpc::Status Runtime::GetServerInfo(grpc::ServerContext*, const v1::GetServerInfoRequest*,
                                    v1::GetServerInfoResponse* response) {
  response->set_name(kName);
  response->set_version(kVersion);
  response->add_contract_versions()->set_major(1);
  response->add_execution_providers("cpu");
  response->mutable_limits()->set_max_message_bytes(kMaxMessageBytes);
  response->mutable_limits()->set_max_tensor_elements(kMaxTensorElements);
  response->mutable_limits()->set_max_queue_length(1);
  response->set_is_ready(true);
  response->set_engine(Engine());
  return grpc::Status::OK;
}

grpc::Status Runtime::ListModels(grpc::ServerContext*, const v1::ListModelsRequest* request,
                                 v1::ListModelsResponse* response) {
  return Answer([&] {
    for (v1::ModelSummary& summary : store()->Summaries(request->name())) {
      *response->add_models() = std::move(summary);
    }
  });
}

grpc::Status Runtime::GetModel(grpc::ServerContext*, const v1::GetModelRequest* request,
                               v1::GetModelResponse* response) {
  return Answer([&] {
    const std::shared_ptr<Store> served = store();
    const Version& version = served->Find(request->name(), request->version());
    v1::ModelDescriptor* described = response->mutable_model();
    *described->mutable_summary() = served->Summary(version);
    described->add_execution_providers("cpu");
    described->set_proven_batch_size(1);
    for (const Declared& one : version.model->inputs) {
      v1::InputDescriptor* input = described->add_inputs();
      input->set_name(one.name);
      input->set_kind(v1::INPUT_KIND_TENSOR);
      input->set_required(true);
      Describe(one, described->add_tensor_inputs());
    }
    for (const Declared& one : version.model->outputs) {
      v1::OutputDescriptor* output = described->add_outputs();
      output->set_name(one.name);
      output->set_kind("tensor");
      Describe(one, described->add_tensor_outputs());
    }
    if (const auto read = served->PackageOf(version)) {
      described->set_intended_use(read->intended_use);
      described->mutable_limitations()->Add(read->limitations.begin(), read->limitations.end());
      described->set_license(read->license);
      described->set_research_use_only(read->research_use_only);
      described->set_onnx_sha256(read->onnx_sha256);
      described->set_manifest_json(read->manifest_json);
    }
  });
}

grpc::Status Runtime::WatchModels(grpc::ServerContext* context, const v1::WatchModelsRequest* request,
                                  grpc::ServerWriter<v1::WatchModelsResponse>* writer) {
  const std::shared_ptr<Store> served = store();
  std::vector<v1::ModelSummary> told = served->Summaries(request->name());
  for (size_t i = 0; i < told.size(); i++) {
    v1::WatchModelsResponse message;
    *message.mutable_model() = told[i];
    message.set_is_snapshot_complete(i + 1 == told.size());
    writer->Write(message);
  }
  while (!context->IsCancelled()) {
    const std::vector<v1::ModelSummary> listed = served->Summaries(request->name());
    for (size_t i = 0; i < listed.size(); i++) {
      if (google::protobuf::util::MessageDifferencer::Equals(listed[i], told[i])) continue;
      v1::WatchModelsResponse message;
      *message.mutable_model() = listed[i];
      writer->Write(message);
    }
    told = listed;
    served->WaitForChange();
  }
  return grpc::Status::OK;
}

grpc::Status Runtime::LoadModel(grpc::ServerContext*, const v1::LoadModelRequest* request,
                                v1::LoadModelResponse* response) {
  return Answer([&] {
    const std::shared_ptr<Store> served = store();
    Version& version = served->Find(request->name(), request->version());
    if (const auto refused = served->Verify(version)) throw *refused;
    *response->mutable_model() = served->Summary(version);
  });
}

grpc::Status Runtime::UnloadModel(grpc::ServerContext*, const v1::UnloadModelRequest* request,
                                  v1::UnloadModelResponse* response) {
  return Answer([&] {
    const std::shared_ptr<Store> served = store();
    Version& version = served->Find(request->name(), request->version());
    served->Unload(version);
    *response->mutable_model() = served->Summary(version);
  });
}

grpc::Status Runtime::VerifyModel(grpc::ServerContext*, const v1::VerifyModelRequest* request,
                                  v1::VerifyModelResponse* response) {
  return Answer([&] {
    const std::shared_ptr<Store> served = store();
    Version& version = served->Find(request->name(), request->version());
    const auto refused = served->Verify(version);
    *response->mutable_model() = served->Summary(version);
    // This runtime computes no golden case: it says so by not counting any.
    v1::VerificationCheck* check = response->mutable_report()->add_checks();
    check->set_name("package");
    check->set_status(refused ? v1::CHECK_STATUS_FAILED : v1::CHECK_STATUS_PASSED);
    if (refused) check->set_message(refused->what());
  });
}

grpc::Status Runtime::Predict(grpc::ServerContext*, const v1::PredictRequest* request,
                              v1::PredictResponse* response) {
  return Answer([&] {
    CheckRequest(*request);
    const std::shared_ptr<Store> served = store();
    Version& version = served->Find(request->model_name(), request->model_version());
    const Store::Running running(*served, version);
    CheckPackage(*request, running.read());
    const Tensors inputs = CheckInputs(*version.model, *request);
    const std::vector<std::string> wanted = WantedOutputs(*version.model, *request);
    before_run_(version.name);
    Tensors outputs = version.model->run(inputs);
    for (const std::string& name : wanted) {
      v1::Finding* finding = response->add_findings();
      finding->set_name(name);
      *finding->mutable_tensor() = std::move(outputs.at(name));
    }
    FillAnswer(*request, version, running.read(), response);
  });
}

std::unique_ptr<grpc::Server> StartServer(Runtime& runtime, int port, std::string& address) {
  grpc::ServerBuilder builder;
  int bound = 0;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(), &bound);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // Otherwise a second runtime on the same port would share its calls, unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&runtime);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  address = "127.0.0.1:" + std::to_string(bound);
  return server;
}
