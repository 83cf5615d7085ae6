package example;

import static deephealth.runtime.v1.TensorOuterClass.DataType.DATA_TYPE_FP32;
import static deephealth.runtime.v1.TensorOuterClass.DataType.DATA_TYPE_INT64;
import static deephealth.runtime.v1.TensorOuterClass.DataType.DATA_TYPE_UINT8;

import com.google.protobuf.ByteString;
import deephealth.runtime.v1.TensorOuterClass.DataType;
import deephealth.runtime.v1.TensorOuterClass.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The models that this runtime knows. A real runtime would read the graph; these few are written by hand. */
final class Models {
  /** How long "conformance-slow" runs: long enough that something can happen meanwhile. */
  private static final long SLOW_MS = 300;

  /** A tensor of a model; -1 for an extent that may vary. */
  record Declared(String name, DataType dataType, List<Long> shape, boolean allowsNonFinite) {
    Declared(String name, DataType dataType, Long... shape) {
      this(name, dataType, List.of(shape), false);
    }
  }

  /** Tensors by name in, tensors by name out. */
  record Model(List<Declared> inputs, List<Declared> outputs, UnaryOperator<Map<String, Tensor>> run) {}

  static final Map<String, Model> ALL =
      Map.of(
          "conformance-identity-fp32",
          new Model(
              List.of(new Declared("x", DATA_TYPE_FP32, List.of(-1L), true)),
              List.of(new Declared("y", DATA_TYPE_FP32, List.of(-1L), true)),
              // The very message: a detour over numbers could lose the bits of a NaN.
              inputs -> Map.of("y", inputs.get("x"))),
          "conformance-identity-int64", oneToOne(DATA_TYPE_INT64, x -> x, -1L),
          "conformance-identity-uint8", oneToOne(DATA_TYPE_UINT8, x -> x, -1L),
          "conformance-relu", oneToOne(DATA_TYPE_FP32, Models::relu, -1L, 6L),
          "conformance-slow", oneToOne(DATA_TYPE_FP32, Models::slow, -1L, 4L),
          "conformance-matmul",
          new Model(
              List.of(new Declared("a", DATA_TYPE_FP32, -1L, 4L), new Declared("b", DATA_TYPE_FP32, 4L, 4L)),
              List.of(new Declared("y", DATA_TYPE_FP32, -1L, 4L)),
              inputs -> Map.of("y", matmul(inputs.get("a"), inputs.get("b")))));

  private Models() {}

  static int elementBytes(DataType dataType) {
    return switch (dataType) {
      case DATA_TYPE_FP32 -> 4;
      case DATA_TYPE_INT64 -> 8;
      case DATA_TYPE_UINT8 -> 1;
      default -> throw new IllegalArgumentException("no model here has tensors of " + dataType);
    };
  }

  static boolean allFinite(Tensor tensor) {
    if (tensor.getDataType() != DATA_TYPE_FP32) return true;
    for (float value : floats(tensor)) {
      if (!Float.isFinite(value)) return false;
    }
    return true;
  }

  /** One input x and one output y, both of this type and shape. */
  private static Model oneToOne(DataType dataType, UnaryOperator<Tensor> run, Long... shape) {
    return new Model(
        List.of(new Declared("x", dataType, shape)),
        List.of(new Declared("y", dataType, shape)),
        inputs -> Map.of("y", run.apply(inputs.get("x"))));
  }

  private static Tensor relu(Tensor x) {
    float[] values = floats(x);
    for (int i = 0; i < values.length; i++) {
      if (values[i] <= 0) values[i] = 0;
    }
    return fp32(x.getShapeList(), values);
  }

  private static Tensor slow(Tensor x) {
    try {
      Thread.sleep(SLOW_MS);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
    return x;
  }

  /** a [n, k] times b [k, m]; sums are FP64, rounded once. */
  private static Tensor matmul(Tensor a, Tensor b) {
    int n = (int) a.getShape(0);
    int k = (int) a.getShape(1);
    int m = (int) b.getShape(1);
    float[] left = floats(a);
    float[] right = floats(b);
    float[] y = new float[n * m];
    for (int row = 0; row < n; row++) {
      for (int column = 0; column < m; column++) {
        double sum = 0;
        for (int i = 0; i < k; i++) sum += (double) left[row * k + i] * right[i * m + column];
        y[row * m + column] = (float) sum;
      }
    }
    return fp32(List.of((long) n, (long) m), y);
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[tensor.getData().size() / 4];
    tensor.getData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private static Tensor fp32(List<Long> shape, float[] values) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return Tensor.newBuilder()
        .setDataType(DATA_TYPE_FP32)
        .addAllShape(shape)
        .setData(ByteString.copyFrom(data))
        .build();
  }
}
