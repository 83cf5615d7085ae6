#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "deephealth/runtime/v1/tensor.pb.h"

namespace v1 = deephealth::runtime::v1;

// A tensor of a model; -1 for an extent that may vary.
struct Declared {
  std::string name;
  v1::DataType data_type;
  std::vector<int64_t> shape;
  bool allows_non_finite = false;
};

using Tensors = std::map<std::string, v1::Tensor>;

struct Model {
  std::vector<Declared> inputs;
  std::vector<Declared> outputs;
  std::function<Tensors(const Tensors&)> run;
};

// The models that this runtime knows, by name.
const std::map<std::string, Model>& Models();

// Bytes of one element of a type that a model here has.
int64_t ElementBytes(v1::DataType data_type);

bool AllFinite(const v1::Tensor& tensor);
