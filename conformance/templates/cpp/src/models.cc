// A real runtime would read the graphs of its models; these few are written by hand.
#include "models.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace {

// How long "conformance-slow" runs: long enough that something can happen meanwhile.
constexpr std::chrono::milliseconds kSlowRun{300};

// Elements lie little-endian on the wire, as they do in memory on every machine that this is built for.
std::vector<float> Floats(const v1::Tensor& tensor) {
  std::vector<float> values(tensor.data().size() / sizeof(float));
  std::memcpy(values.data(), tensor.data().data(), values.size() * sizeof(float));
  return values;
}

v1::Tensor Fp32(const std::vector<int64_t>& shape, const std::vector<float>& values) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_FP32);
  tensor.mutable_shape()->Add(shape.begin(), shape.end());
  tensor.set_data(values.data(), values.size() * sizeof(float));
  return tensor;
}

// The very message: a detour over numbers could lose the bits of a NaN.
v1::Tensor Identity(const v1::Tensor& x) { return x; }

v1::Tensor Slow(const v1::Tensor& x) {
  std::this_thread::sleep_for(kSlowRun);
  return x;
}

v1::Tensor Relu(const v1::Tensor& x) {
  std::vector<float> values = Floats(x);
  for (float& value : values) {
    if (value <= 0) value = 0;
  }
  return Fp32({x.shape().begin(), x.shape().end()}, values);
}

// a [n, k] times b [k, m]; sums are FP64, rounded once.
v1::Tensor MatMul(const v1::Tensor& a, const v1::Tensor& b) {
  const int64_t n = a.shape(0), k = a.shape(1), m = b.shape(1);
  const std::vector<float> left = Floats(a), right = Floats(b);
  std::vector<float> y(n * m);
  for (int64_t row = 0; row < n; row++) {
    for (int64_t column = 0; column < m; column++) {
      double sum = 0;
      for (int64_t i = 0; i < k; i++) {
        sum += static_cast<double>(left[row * k + i]) * right[i * m + column];
      }
      y[row * m + column] = static_cast<float>(sum);
    }
  }
  return Fp32({n, m}, y);
}

// One input x and one output y, both of this type and shape.
Model OneToOne(Declared like, v1::Tensor (*run)(const v1::Tensor&)) {
  Declared x = like, y = like;
  x.name = "x";
  y.name = "y";
  return {{x}, {y}, [run](const Tensors& inputs) { return Tensors{{"y", run(inputs.at("x"))}}; }};
}

std::map<std::string, Model> MakeModels() {
  std::map<std::string, Model> models;
  models["conformance-identity-fp32"] = OneToOne({"", v1::DATA_TYPE_FP32, {-1}, true}, Identity);
  models["conformance-identity-int64"] = OneToOne({"", v1::DATA_TYPE_INT64, {-1}}, Identity);
  models["conformance-identity-uint8"] = OneToOne({"", v1::DATA_TYPE_UINT8, {-1}}, Identity);
  models["conformance-relu"] = OneToOne({"", v1::DATA_TYPE_FP32, {-1, 6}}, Relu);
  models["conformance-slow"] = OneToOne({"", v1::DATA_TYPE_FP32, {-1, 4}}, Slow);
  models["conformance-matmul"] = {
      {{"a", v1::DATA_TYPE_FP32, {-1, 4}}, {"b", v1::DATA_TYPE_FP32, {4, 4}}},
      {{"y", v1::DATA_TYPE_FP32, {-1, 4}}},
      [](const Tensors& inputs) { return Tensors{{"y", MatMul(inputs.at("a"), inputs.at("b"))}}; },
  };
  return models;
}

}  // namespace

const std::map<std::string, Model>& Models() {
  static const std::map<std::string, Model> models = MakeModels();
  return models;
}

int64_t ElementBytes(v1::DataType data_type) {
  switch (data_type) {
    case v1::DATA_TYPE_FP32:
      return 4;
    case v1::DATA_TYPE_INT64:
      return 8;
    case v1::DATA_TYPE_UINT8:
      return 1;
    default:
      throw std::logic_error("no model here has tensors of this type");
  }
}

bool AllFinite(const v1::Tensor& tensor) {
  if (tensor.data_type() != v1::DATA_TYPE_FP32) return true;
  for (float value : Floats(tensor)) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}
