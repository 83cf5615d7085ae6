package example;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import deephealth.runtime.v1.FindingOuterClass.ClassProbability;
import deephealth.runtime.v1.FindingOuterClass.Finding;
import deephealth.runtime.v1.Input.NamedInput;
import deephealth.runtime.v1.Input.Table;
import deephealth.runtime.v1.Input.TableValue;
import deephealth.runtime.v1.ModelRuntimeGrpc;
import deephealth.runtime.v1.ModelRuntimeOuterClass.PredictRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.PredictResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** One patient to a model, in terms of medicine: example.Predict &lt;host:port> &lt;patient.json>. */
public final class Predict {
  public static void main(String[] args) throws Exception {
    JsonObject patient = JsonParser.parseString(Files.readString(Path.of(args[1]))).getAsJsonObject();
    Table.Builder table = Table.newBuilder();
    patient.entrySet().forEach((column) -> table.addValues(value(column.getKey(), column.getValue().getAsJsonObject())));
    PredictRequest request =
        PredictRequest.newBuilder()
            .setModelName("heart-disease-risk")
            .addInputs(NamedInput.newBuilder().setName("patient").setTable(table))
            .build();
    ManagedChannel channel = Grpc.newChannelBuilder(args[0], InsecureChannelCredentials.create()).build();
    try {
      show(ModelRuntimeGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS).predict(request));
    } catch (StatusRuntimeException error) {
      System.err.println(error.getStatus().getCode() + ": " + error.getStatus().getDescription());
      System.exit(1);
    } finally {
      channel.shutdownNow();
    }
  }

  private static TableValue value(String name, JsonObject column) {
    TableValue.Builder value = TableValue.newBuilder().setName(name);
    JsonPrimitive given = column.getAsJsonPrimitive("value");
    if (given.isBoolean()) value.setBoolean(given.getAsBoolean());
    else if (given.isNumber()) value.setNumber(given.getAsDouble());
    else value.setCategory(given.getAsString());
    if (column.has("unit")) value.setUnit(column.get("unit").getAsString());
    return value.build();
  }

  private static void show(PredictResponse response) {
    for (Finding finding : response.getFindingsList()) {
      String decision = String.join(", ", finding.getClassification().getDecisionList());
      for (ClassProbability one : finding.getClassification().getClassesList()) {
        String shown = decision.isEmpty() ? "no decision" : decision;
        System.out.printf(Locale.ROOT, "%s: %s %.6f%n", shown, one.getLabel(), one.getProbability());
      }
    }
    response.getWarningsList().forEach((warning) -> System.out.println("warning: " + warning.getMessage()));
    var provenance = response.getProvenance();
    System.out.println("by " + provenance.getModelName() + " " + provenance.getModelVersion());
  }
}
