package example;

import deephealth.runtime.v1.Input.NamedInput;
import deephealth.runtime.v1.ModelRuntimeOuterClass.PredictRequest;
import deephealth.runtime.v1.TensorOuterClass.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** What a request is held to before anything runs. */
final class Checks {
  static final long MAX_TENSOR_ELEMENTS = 1L << 24;
  private static final Pattern REQUEST_ID = Pattern.compile("[\\x20-\\x7e]{0,128}");

  private Checks() {}

  static void request(PredictRequest request) {
    if (!REQUEST_ID.matcher(request.getRequestId()).matches()) {
      throw Refusal.invalid("REQUEST_ID_INVALID", "The request id is too long or holds other characters.");
    }
    // Refused, never left aside: the caller would take the answer for more than it is.
    if (request.hasSequenceContext()) throw Refusal.unsupported("The model keeps no state between requests.");
    if (request.getHighlightsCount() > 0) {
      throw Refusal.unsupported("The model declares no explanation for this output.");
    }
  }

  static void expectedPackage(PredictRequest request, ModelPackage read) {
    String expected = request.getExpectedPackageSha256();
    if (expected.isEmpty() || expected.equals(read.sha256())) return;
    throw Refusal.precondition("PACKAGE_DIGEST_MISMATCH", "The package is another one than the request expects.");
  }

  /** The tensors by name, each as the model declares it. */
  static Map<String, Tensor> inputs(Models.Model model, List<NamedInput> inputs) {
    Map<String, Tensor> checked = new HashMap<>();
    for (NamedInput given : inputs) {
      String name = given.getName();
      Models.Declared declared =
          model.inputs().stream()
              .filter(one -> one.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      Refusal.invalid("INPUT_UNKNOWN", "The model declares no input of this name.")
                          .with("input", name));
      if (checked.containsKey(name)) {
        throw Refusal.invalid("INPUT_DUPLICATE", "The same input was sent twice.").with("input", name);
      }
      if (!given.hasTensor()) {
        throw Refusal.invalid("INPUT_KIND_MISMATCH", "The input is no tensor.")
            .with("input", name)
            .with("expected", "tensor")
            .with("received", given.getValueCase().name().toLowerCase(Locale.ROOT));
      }
      tensor(declared, given.getTensor());
      checked.put(name, given.getTensor());
    }
    for (Models.Declared declared : model.inputs()) {
      if (!checked.containsKey(declared.name())) {
        throw Refusal.invalid("INPUT_MISSING", "An input was not sent.").with("input", declared.name());
      }
    }
    return checked;
  }

  private static void tensor(Models.Declared declared, Tensor tensor) {
    String name = declared.name();
    if (tensor.getDataType() != declared.dataType()) {
      throw Refusal.invalid("TENSOR_DATATYPE_MISMATCH", "The tensor is of another type.").with("input", name);
    }
    List<Long> shape = tensor.getShapeList();
    Refusal mismatch =
        Refusal.invalid("TENSOR_SHAPE_MISMATCH", "The tensor has another shape.")
            .with("input", name)
            .with("expected", declared.shape())
            .with("received", shape);
    long elements = 1;
    // Before anything is allocated; each factor is looked at, so that the product itself cannot overflow.
    for (long extent : shape) {
      if (extent < 0) throw mismatch;
      if (extent > MAX_TENSOR_ELEMENTS || elements * extent > MAX_TENSOR_ELEMENTS) {
        throw Refusal.invalid("TENSOR_SHAPE_OVERFLOW", "The tensor has more elements than the server allows.")
            .with("input", name);
      }
      elements *= extent;
    }
    if (shape.size() != declared.shape().size()) throw mismatch;
    for (int axis = 0; axis < shape.size(); axis++) {
      long extent = declared.shape().get(axis);
      if (extent >= 0 && extent != shape.get(axis)) throw mismatch;
    }
    long expected = elements * Models.elementBytes(declared.dataType());
    if (tensor.getData().size() != expected) {
      throw Refusal.invalid("TENSOR_SIZE_MISMATCH", "The bytes do not fit the shape.")
          .with("input", name)
          .with("expected", expected)
          .with("received", tensor.getData().size());
    }
    if (!declared.allowsNonFinite() && !Models.allFinite(tensor)) {
      throw Refusal.invalid("VALUE_NOT_FINITE", "NaN or infinity where the model does not allow it.")
          .with("input", name);
    }
  }

  /** The outputs that were asked for, in the model's order; all if none was named. */
  static List<String> outputs(Models.Model model, List<String> wanted) {
    List<String> names = model.outputs().stream().map(Models.Declared::name).toList();
    for (String name : wanted) {
      if (!names.contains(name)) {
        throw Refusal.invalid("OUTPUT_UNKNOWN", "The model declares no output of this name.").with("output", name);
      }
    }
    return names.stream().filter(name -> wanted.isEmpty() || wanted.contains(name)).toList();
  }
}
