package example;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import java.util.TreeMap;

/**
 * A gRPC status with the ErrorInfo that the contract wants (DH-R-021).
 *
 * <p>The reason is a code of the error catalogue without "DH_". Message and details name what is
 * concerned; they never hold a path, a stack trace or a value of the request (DH-R-022).
 */
final class Refusal extends RuntimeException {
  final Code code;
  final String reason;
  private final Map<String, String> details = new TreeMap<>();

  Refusal(Code code, String reason, String message) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  /** Names what is concerned. */
  Refusal with(String name, Object value) {
    details.put(name, String.valueOf(value));
    return this;
  }

  StatusRuntimeException toStatus() {
    ErrorInfo info =
        ErrorInfo.newBuilder().setReason(reason).setDomain("deephealth").putAllMetadata(details).build();
    return StatusProto.toStatusRuntimeException(
        Status.newBuilder().setCode(code.value()).setMessage(getMessage()).addDetails(Any.pack(info)).build());
  }

  static Refusal invalid(String reason, String message) {
    return new Refusal(Code.INVALID_ARGUMENT, reason, message);
  }

  static Refusal notFound(String reason, String message) {
    return new Refusal(Code.NOT_FOUND, reason, message);
  }

  static Refusal precondition(String reason, String message) {
    return new Refusal(Code.FAILED_PRECONDITION, reason, message);
  }

  static Refusal unsupported(String message) {
    return new Refusal(Code.UNIMPLEMENTED, "FEATURE_UNSUPPORTED", message);
  }
}
