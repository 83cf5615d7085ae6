#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <stdexcept>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

// A gRPC status with the ErrorInfo that the contract wants (DH-R-021).
//
// The reason is a code of the error catalogue without "DH_". Message and details name what is concerned;
// they never hold a path, a stack trace or a value of the request (DH-R-022).
class Refusal : public std::runtime_error {
 public:
  Refusal(grpc::StatusCode code, std::string reason, const std::string& message)
      : std::runtime_error(message), code_(code), reason_(std::move(reason)) {}

  const std::string& reason() const { return reason_; }

  // Names what is concerned.
  Refusal& With(const std::string& name, const std::string& value) {
    details_[name] = value;
    return *this;
  }

  grpc::Status ToStatus() const {
    google::rpc::ErrorInfo info;
    info.set_reason(reason_);
    info.set_domain("deephealth");
    info.mutable_metadata()->insert(details_.begin(), details_.end());
    google::rpc::Status status;
    status.set_code(code_);
    status.set_message(what());
    status.add_details()->PackFrom(info);
    // gRPC sends the third part as the trailer "grpc-status-details-bin".
    return grpc::Status(code_, what(), status.SerializeAsString());
  }

  static Refusal Invalid(const std::string& reason, const std::string& message) {
    return Refusal(grpc::StatusCode::INVALID_ARGUMENT, reason, message);
  }
  static Refusal NotFound(const std::string& reason, const std::string& message) {
    return Refusal(grpc::StatusCode::NOT_FOUND, reason, message);
  }
  static Refusal Precondition(const std::string& reason, const std::string& message) {
    return Refusal(grpc::StatusCode::FAILED_PRECONDITION, reason, message);
  }
  static Refusal Unsupported(const std::string& message) {
    return Refusal(grpc::StatusCode::UNIMPLEMENTED, "FEATURE_UNSUPPORTED", message);
  }

 private:
  grpc::StatusCode code_;
  std::string reason_;
  std::map<std::string, std::string> details_;
};
