#include "checks.h"

#include <algorithm>

#include "refusal.h"

namespace {

template <typename Extents>
std::string ShapeText(const Extents& shape) {
  std::string text;
  for (int64_t extent : shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "[" + text + "]";
}

// The name of the value's field in the contract.
std::string KindOf(const v1::NamedInput& input) {
  const auto* oneof = v1::NamedInput::descriptor()->FindOneofByName("value");
  const auto* field = v1::NamedInput::GetReflection()->GetOneofFieldDescriptor(input, oneof);
  return field == nullptr ? "none" : field->name();
}

void CheckTensor(const Declared& declared, const v1::Tensor& tensor) {
  const std::string& name = declared.name;
  if (tensor.data_type() != declared.data_type) {
    throw Refusal::Invalid("TENSOR_DATATYPE_MISMATCH", "The tensor is of another type.").With("input", name);
  }
  const Refusal mismatch = Refusal::Invalid("TENSOR_SHAPE_MISMATCH", "The tensor has another shape.")
                               .With("input", name)
                               .With("expected", ShapeText(declared.shape))
                               .With("received", ShapeText(tensor.shape()));
  int64_t elements = 1;
  // Before anything is allocated; each factor is looked at, so that the product itself cannot overflow.
  for (int64_t extent : tensor.shape()) {
    if (extent < 0) throw mismatch;
    if (extent > kMaxTensorElements || elements * extent > kMaxTensorElements) {
      throw Refusal::Invalid("TENSOR_SHAPE_OVERFLOW", "The tensor has more elements than the server allows.")
          .With("input", name);
    }
    elements *= extent;
  }
  const bool fits = std::equal(declared.shape.begin(), declared.shape.end(), tensor.shape().begin(),
                               tensor.shape().end(), [](int64_t wanted, int64_t given) {
                                 return wanted == -1 || wanted == given;
                               });
  if (!fits) throw mismatch;
  const int64_t expected = elements * ElementBytes(declared.data_type);
  if (static_cast<int64_t>(tensor.data().size()) != expected) {
    throw Refusal::Invalid("TENSOR_SIZE_MISMATCH", "The bytes do not fit the shape.")
        .With("input", name)
        .With("expected", std::to_string(expected))
        .With("received", std::to_string(tensor.data().size()));
  }
  if (!declared.allows_non_finite && !AllFinite(tensor)) {
    throw Refusal::Invalid("VALUE_NOT_FINITE", "NaN or infinity where the model does not allow it.")
        .With("input", name);
  }
}

}  // namespace

void CheckRequest(const v1::PredictRequest& request) {
  const std::string& id = request.request_id();
  const bool is_printable = std::all_of(id.begin(), id.end(), [](char one) { return one >= 0x20 && one <= 0x7e; });
  if (id.size() > 128 || !is_printable) {
    throw Refusal::Invalid("REQUEST_ID_INVALID", "The request id is too long or holds other characters.");
  }
  // Refused, never left aside: the caller would take the answer for more than it is.
  if (request.has_sequence_context()) throw Refusal::Unsupported("The model keeps no state between requests.");
  if (request.highlights_size() > 0) {
    throw Refusal::Unsupported("The model declares no explanation for this output.");
  }
}

void CheckPackage(const v1::PredictRequest& request, const ModelPackage& read) {
  const std::string& expected = request.expected_package_sha256();
  if (expected.empty() || expected == read.sha256) return;
  throw Refusal::Precondition("PACKAGE_DIGEST_MISMATCH", "The package is another one than the request expects.");
}

Tensors CheckInputs(const Model& model, const v1::PredictRequest& request) {
  Tensors checked;
  for (const v1::NamedInput& given : request.inputs()) {
    const std::string& name = given.name();
    const auto declared = std::find_if(model.inputs.begin(), model.inputs.end(),
                                       [&name](const Declared& one) { return one.name == name; });
    if (declared == model.inputs.end()) {
      throw Refusal::Invalid("INPUT_UNKNOWN", "The model declares no input of this name.").With("input", name);
    }
    if (checked.count(name) > 0) {
      throw Refusal::Invalid("INPUT_DUPLICATE", "The same input was sent twice.").With("input", name);
    }
    if (!given.has_tensor()) {
      throw Refusal::Invalid("INPUT_KIND_MISMATCH", "The input is no tensor.")
          .With("input", name)
          .With("expected", "tensor")
          .With("received", KindOf(given));
    }
    CheckTensor(*declared, given.tensor());
    checked[name] = given.tensor();
  }
  for (const Declared& declared : model.inputs) {
    if (checked.count(declared.name) == 0) {
      throw Refusal::Invalid("INPUT_MISSING", "An input was not sent.").With("input", declared.name);
    }
  }
  return checked;
}

std::vector<std::string> WantedOutputs(const Model& model, const v1::PredictRequest& request) {
  const auto& wanted = request.outputs();
  std::vector<std::string> names;
  for (const Declared& output : model.outputs) {
    const bool is_wanted = wanted.empty() || std::find(wanted.begin(), wanted.end(), output.name) != wanted.end();
    if (is_wanted) names.push_back(output.name);
  }
  for (const std::string& name : wanted) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw Refusal::Invalid("OUTPUT_UNKNOWN", "The model declares no output of this name.").With("output", name);
    }
  }
  return names;
}
