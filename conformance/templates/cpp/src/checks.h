#pragma once

#include <string>
#include <vector>

#include "deephealth/runtime/v1/model_runtime.pb.h"
#include "model_package.h"
#include "models.h"

// What a request is held to before anything runs. All throw Refusal.
constexpr int64_t kMaxTensorElements = int64_t{1} << 24;

void CheckRequest(const v1::PredictRequest& request);
void CheckPackage(const v1::PredictRequest& request, const ModelPackage& read);

// The tensors by name, each as the model declares it.
Tensors CheckInputs(const Model& model, const v1::PredictRequest& request);

// The outputs that were asked for, in the model's order; all if none was named.
std::vector<std::string> WantedOutputs(const Model& model, const v1::PredictRequest& request);
