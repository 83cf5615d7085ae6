package interop;

import static interop.CheckReport.expectEqual;
import static interop.CheckReport.expectTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import deephealth.adapter.v1.PlatformAdapterGrpc;
import deephealth.adapter.v1.PlatformAdapterGrpc.PlatformAdapterBlockingStub;
import deephealth.adapter.v1.PlatformAdapterOuterClass.AdapterState;
import deephealth.adapter.v1.PlatformAdapterOuterClass.Binding;
import deephealth.adapter.v1.PlatformAdapterOuterClass.BindingState;
import deephealth.adapter.v1.PlatformAdapterOuterClass.CheckHealthRequest;
import deephealth.adapter.v1.PlatformAdapterOuterClass.DescribeRequest;
import deephealth.adapter.v1.PlatformAdapterOuterClass.ListBindingsRequest;
import deephealth.adapter.v1.PlatformAdapterOuterClass.RunBindingRequest;
import deephealth.adapter.v1.PlatformAdapterOuterClass.RunBindingResponse;
import google.rpc.ErrorDetails.ErrorInfo;
import google.rpc.StatusOuterClass;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Drives the ExpressIF adapter with stubs that protoc made for Java.
 *
 * <p>Arguments: address of the contract face, base URL of the rule server, id of the rule base, file with a question
 * that is answered by rules, name of a value of it that rules need and the model does without, the rules' name of it,
 * name of a value with a unit.
 */
public final class RuleClient {
  private static final String JSON = "application/json";
  private static final int LIMIT_S = 30;
  private static final int AT_ONCE = 40;
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final PlatformAdapterBlockingStub adapter;
  private final String ruleServer;
  private final String ruleBase;
  private final String question;
  private final String needed;
  private final String variable;
  private final String measured;
  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private RuleClient(PlatformAdapterBlockingStub adapter, String[] args) throws Exception {
    this.adapter = adapter;
    ruleServer = args[1];
    ruleBase = args[2];
    question = Files.readString(Path.of(args[3]));
    needed = args[4];
    variable = args[5];
    measured = args[6];
  }

  public static void main(String[] args) throws Exception {
    ManagedChannel channel = NettyChannelBuilder.forTarget(args[0]).usePlaintext().build();
    CheckReport report = new CheckReport("java_client");
    try {
      new RuleClient(PlatformAdapterGrpc.newBlockingStub(channel), args).runChecks(report);
    } finally {
      channel.shutdownNow().awaitTermination(LIMIT_S, TimeUnit.SECONDS);
    }
    System.exit(report.finish() ? 0 : 1);
  }

  private void runChecks(CheckReport report) {
    report.check("names platform, standards and runtime", this::describes);
    report.check("lists the rule base with its package", this::listsBindings);
    report.check("is ready", this::isReady);
    report.check("answers over gRPC what it answers over HTTP", this::answersAlike);
    report.check("names the run of the model that a decision rests on", this::namesRun);
    report.check("says in English and French which rules fired", this::explains);
    report.check("gives no number where a value is missing, and names the value", this::isIndeterminate);
    report.check("refuses another unit by its code, and repeats no value", this::refusesUnit);
    report.check("refuses a rule base that is not there", () -> refuses("no/such/rules", question, Status.Code.NOT_FOUND, "BINDING_NOT_FOUND"));
    report.check("refuses what is no JSON", () -> refuses(ruleBase, "{", Status.Code.INVALID_ARGUMENT, "REQUEST_MALFORMED"));
    report.check("keeps questions that come at the same time apart", this::keepsApart);
  }

  private void describes() {
    var description = within().describe(DescribeRequest.getDefaultInstance());
    expectEqual("platform", description.getPlatform(), "expressif");
    expectTrue("standards", description.getStandardsList().stream().anyMatch(one -> one.getName().startsWith("IEEE 1855")));
    expectTrue("runtime", !description.getRuntime().getName().isEmpty());
  }

  private void listsBindings() {
    Binding binding = binding();
    expectTrue("digest", binding.getPackageSha256().matches("[0-9a-f]{64}"));
    expectEqual("media types", binding.getInputMediaTypesList(), List.of(JSON));
  }

  private void isReady() {
    var health = within().checkHealth(CheckHealthRequest.getDefaultInstance());
    expectEqual("state", health.getState(), AdapterState.ADAPTER_STATE_SERVING);
    for (var one : health.getBindingsList()) {
      expectEqual(one.getBindingId(), one.getState(), BindingState.BINDING_STATE_READY);
    }
  }

  private void answersAlike() throws Exception {
    JsonObject overGrpc = decision(ask(question));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(ruleServer + "/v1/rule-bases/" + ruleBase + "/decisions"))
            .header("content-type", JSON)
            .POST(HttpRequest.BodyPublishers.ofString(question))
            .build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    expectEqual("status", answer.statusCode(), 200);
    JsonObject overHttp = JsonParser.parseString(answer.body()).getAsJsonObject();
    for (String part : List.of("outputs", "rules", "ruleBase", "clamped")) {
      expectEqual(part, overGrpc.get(part), overHttp.get(part));
    }
    expectTrue("an output has a number", outputs(overGrpc).stream().anyMatch(one -> one.has("value")));
  }

  private void namesRun() {
    RunBindingResponse response = ask(question);
    expectEqual("runs", response.getRunsCount(), 1);
    var provenance = response.getRuns(0).getProvenance();
    expectEqual("package", provenance.getPackageSha256(), binding().getPackageSha256());
    boolean isNamed =
        decision(response).getAsJsonObject("inputs").entrySet().stream()
            .map(entry -> entry.getValue().getAsJsonObject().getAsJsonObject("model"))
            .anyMatch(
                model -> model != null && model.get("inputSha256").getAsString().equals(provenance.getInputSha256()));
    expectTrue("a premise names the input of the model", isNamed);
  }

  private void explains() {
    JsonObject decision = decision(ask(question));
    JsonObject text = decision.getAsJsonObject("text");
    for (JsonElement rule : decision.getAsJsonArray("rules")) {
      if (!rule.getAsJsonObject().get("fired").getAsBoolean()) continue;
      String id = rule.getAsJsonObject().get("id").getAsString();
      for (String language : List.of("en", "fr")) {
        expectTrue(language + " names rule " + id, text.get(language).getAsString().contains(id));
      }
    }
  }

  private void isIndeterminate() {
    JsonObject asked = JsonParser.parseString(question).getAsJsonObject();
    asked.getAsJsonObject("values").add(needed, JsonNull.INSTANCE);
    List<JsonObject> unknown =
        outputs(decision(ask(asked.toString()))).stream()
            .filter(one -> one.get("status").getAsString().equals("indeterminate"))
            .toList();
    expectTrue("an output is indeterminate", !unknown.isEmpty());
    expectEqual("reason", unknown.get(0).get("reason").getAsString(), "missing");
    expectEqual("variable", unknown.get(0).get("variable").getAsString(), variable);
    expectTrue("there is no number", unknown.stream().noneMatch(one -> one.has("value")));
  }

  private void refusesUnit() {
    JsonObject asked = JsonParser.parseString(question).getAsJsonObject();
    JsonObject value = new JsonObject();
    value.addProperty("value", 7357.25);
    value.addProperty("unit", "kPa2");
    asked.getAsJsonObject("values").add(measured, value);
    String message = refuses(ruleBase, asked.toString(), Status.Code.INVALID_ARGUMENT, "UNIT_MISMATCH");
    expectTrue("the message repeats no value", !message.contains("7357"));
  }

  private void keepsApart() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<JsonObject>> questions = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i += 1) {
        JsonObject asked = JsonParser.parseString(question).getAsJsonObject();
        asked.addProperty("requestId", "java-" + i);
        questions.add(() -> decision(ask(asked.toString())));
      }
      JsonElement expected = decision(ask(question)).get("outputs");
      int i = 0;
      for (Future<JsonObject> answer : threads.invokeAll(questions)) {
        expectEqual("request id", answer.get().get("requestId").getAsString(), "java-" + i);
        expectEqual("outputs", answer.get().get("outputs"), expected);
        i += 1;
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Gives the message. */
  private String refuses(String id, String asked, Status.Code code, String reason) {
    try {
      within().runBinding(request(id, asked));
    } catch (StatusRuntimeException refused) {
      expectEqual("status", refused.getStatus().getCode(), code);
      expectEqual("reason", reasonOf(refused), reason);
      return String.valueOf(refused.getStatus().getDescription());
    }
    throw new AssertionError("the question was answered");
  }

  private static String reasonOf(StatusRuntimeException refused) {
    byte[] details = refused.getTrailers() == null ? null : refused.getTrailers().get(DETAILS);
    if (details == null) return "none";
    try {
      for (Any detail : StatusOuterClass.Status.parseFrom(details).getDetailsList()) {
        if (detail.getTypeUrl().endsWith("google.rpc.ErrorInfo")) {
          return ErrorInfo.parseFrom(detail.getValue()).getReason();
        }
      }
      return "none";
    } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
      return "broken";
    }
  }

  private Binding binding() {
    return within().listBindings(ListBindingsRequest.getDefaultInstance()).getBindingsList().stream()
        .filter(one -> one.getId().equals(ruleBase))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the rule base is not listed"));
  }

  private RunBindingResponse ask(String asked) {
    return within().runBinding(request(ruleBase, asked));
  }

  private static RunBindingRequest request(String id, String asked) {
    return RunBindingRequest.newBuilder()
        .setBindingId(id)
        .setInput(ByteString.copyFromUtf8(asked))
        .setMediaType(JSON)
        .build();
  }

  private PlatformAdapterBlockingStub within() {
    return adapter.withDeadlineAfter(LIMIT_S, TimeUnit.SECONDS);
  }

  private static JsonObject decision(RunBindingResponse response) {
    return JsonParser.parseString(response.getOutput().toString(StandardCharsets.UTF_8)).getAsJsonObject();
  }

  private static List<JsonObject> outputs(JsonObject decision) {
    return decision.getAsJsonObject("outputs").entrySet().stream()
        .map(entry -> entry.getValue().getAsJsonObject())
        .toList();
  }
}
