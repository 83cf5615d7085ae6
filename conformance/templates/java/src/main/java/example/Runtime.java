package example;

import deephealth.runtime.v1.FindingOuterClass.Finding;
import deephealth.runtime.v1.Model.CheckStatus;
import deephealth.runtime.v1.Model.InputDescriptor;
import deephealth.runtime.v1.Model.InputKind;
import deephealth.runtime.v1.Model.ModelDescriptor;
import deephealth.runtime.v1.Model.ModelSummary;
import deephealth.runtime.v1.Model.OutputDescriptor;
import deephealth.runtime.v1.Model.TensorDescriptor;
import deephealth.runtime.v1.Model.VerificationCheck;
import deephealth.runtime.v1.Model.VerificationReport;
import deephealth.runtime.v1.ModelRuntimeGrpc;
import deephealth.runtime.v1.ModelRuntimeOuterClass.ContractVersion;
import deephealth.runtime.v1.ModelRuntimeOuterClass.GetModelRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.GetModelResponse;
import deephealth.runtime.v1.ModelRuntimeOuterClass.GetServerInfoRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.GetServerInfoResponse;
import deephealth.runtime.v1.ModelRuntimeOuterClass.Limits;
import deephealth.runtime.v1.ModelRuntimeOuterClass.ListModelsRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.ListModelsResponse;
import deephealth.runtime.v1.ModelRuntimeOuterClass.LoadModelRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.LoadModelResponse;
import deephealth.runtime.v1.ModelRuntimeOuterClass.PredictRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.PredictResponse;
import deephealth.runtime.v1.ModelRuntimeOuterClass.UnloadModelRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.UnloadModelResponse;
import deephealth.runtime.v1.ModelRuntimeOuterClass.VerifyModelRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.VerifyModelResponse;
import deephealth.runtime.v1.ModelRuntimeOuterClass.WatchModelsRequest;
import deephealth.runtime.v1.ModelRuntimeOuterClass.WatchModelsResponse;
import deephealth.runtime.v1.ProvenanceOuterClass.Provenance;
import deephealth.runtime.v1.ProvenanceOuterClass.Warning;
import deephealth.runtime.v1.ProvenanceOuterClass.WarningKind;
import deephealth.runtime.v1.TensorOuterClass.Tensor;
import io.grpc.Server;
import io.grpc.Status.Code;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A minimal runtime of deephealth.runtime.v1: {@code example.Runtime <folder with the models> [port]}. */
final class Runtime extends ModelRuntimeGrpc.ModelRuntimeImplBase {
  private static final Logger LOG = Logger.getLogger(Runtime.class.getName());
  private static final String NAME = "template-java";
  private static final String VERSION = "0.1.0";
  private static final String ENGINE = "java/" + java.lang.Runtime.version().feature();
  private static final int MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

  /** Replaced as a whole by a harness that resets. */
  volatile Store store;

  /** Is told the model's name before each run: a place for a harness to put faults. */
  private final Consumer<String> beforeRun;

  Runtime(Store store, Consumer<String> beforeRun) {
    this.store = store;
    this.beforeRun = beforeRun;
  }

  /** On loopback; port 0 takes a free one. */
  Server serve(int port) throws IOException {
    return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .addService(this)
        .build()
        .start();
  }

  /** The one place where an error becomes a status. */
  private static <T> void answer(StreamObserver<T> caller, Callable<T> method) {
    T response;
    try {
      response = method.call();
    } catch (Refusal refusal) {
      caller.onError(refusal.toStatus());
      return;
    } catch (Exception fault) {
      LOG.log(Level.SEVERE, "a call failed", fault);
      caller.onError(new Refusal(Code.INTERNAL, "INTERNAL", "Internal error. The log has the details.").toStatus());
      return;
    }
    caller.onNext(response);
    caller.onCompleted();
  }

  @Override
  public void getServerInfo(GetServerInfoRequest request, StreamObserver<GetServerInfoResponse> caller) {
    answer(
        caller,
        () ->
            GetServerInfoResponse.newBuilder()
                .setName(NAME)
                .setVersion(VERSION)
                .addContractVersions(ContractVersion.newBuilder().setMajor(1))
                .addExecutionProviders("cpu")
                .setLimits(
                    Limits.newBuilder()
                        .setMaxMessageBytes(MAX_MESSAGE_BYTES)
                        .setMaxTensorElements(Checks.MAX_TENSOR_ELEMENTS)
                        .setMaxQueueLength(1))
                .setIsReady(true)
                .setEngine(ENGINE)
                .build());
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> caller) {
    answer(
        caller, () -> ListModelsResponse.newBuilder().addAllModels(store.summaries(request.getName())).build());
  }

  @Override
  public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> caller) {
    answer(
        caller,
        () -> {
          Store.Version version = store.find(request.getName(), request.getVersion());
          return GetModelResponse.newBuilder().setModel(describe(version)).build();
        });
  }

  @Override
  public void watchModels(WatchModelsRequest request, StreamObserver<WatchModelsResponse> caller) {
    ServerCallStreamObserver<WatchModelsResponse> call = (ServerCallStreamObserver<WatchModelsResponse>) caller;
    Store watched = store;
    Consumer<ModelSummary> watcher =
        changed -> {
          if (!request.getName().isEmpty() && !changed.getName().equals(request.getName())) return;
          // The store calls one after the other; a caller that is gone takes nothing any more.
          if (!call.isCancelled()) call.onNext(WatchModelsResponse.newBuilder().setModel(changed).build());
        };
    call.setOnCancelHandler(() -> watched.forget(watcher));
    // No change may come between the snapshot and what follows it.
    synchronized (watched) {
      List<ModelSummary> snapshot = watched.watch(request.getName(), watcher);
      for (int i = 0; i < snapshot.size(); i++) {
        boolean isLast = i == snapshot.size() - 1;
        call.onNext(
            WatchModelsResponse.newBuilder().setModel(snapshot.get(i)).setIsSnapshotComplete(isLast).build());
      }
    }
  }

  @Override
  public void loadModel(LoadModelRequest request, StreamObserver<LoadModelResponse> caller) {
    answer(
        caller,
        () -> {
          Store.Version version = store.find(request.getName(), request.getVersion());
          Refusal refused = store.verify(version);
          if (refused != null) throw refused;
          return LoadModelResponse.newBuilder().setModel(store.summary(version)).build();
        });
  }

  @Override
  public void unloadModel(UnloadModelRequest request, StreamObserver<UnloadModelResponse> caller) {
    answer(
        caller,
        () -> {
          Store.Version version = store.find(request.getName(), request.getVersion());
          store.unload(version);
          return UnloadModelResponse.newBuilder().setModel(store.summary(version)).build();
        });
  }

  @Override
  public void verifyModel(VerifyModelRequest request, StreamObserver<VerifyModelResponse> caller) {
    answer(
        caller,
        () -> {
          Store.Version version = store.find(request.getName(), request.getVersion());
          Refusal refused = store.verify(version);
          VerificationCheck.Builder check =
              VerificationCheck.newBuilder().setName("package").setStatus(CheckStatus.CHECK_STATUS_PASSED);
          if (refused != null) check.setStatus(CheckStatus.CHECK_STATUS_FAILED).setMessage(refused.getMessage());
          // This runtime computes no golden case: it says so by not counting any.
          return VerifyModelResponse.newBuilder()
              .setModel(store.summary(version))
              .setReport(VerificationReport.newBuilder().addChecks(check))
              .build();
        });
  }

  @Override
  public void predict(PredictRequest request, StreamObserver<PredictResponse> caller) {
    answer(
        caller,
        () -> {
          Checks.request(request);
          Store.Version version = store.find(request.getModelName(), request.getModelVersion());
          return store.running(version, read -> run(request, version, read));
        });
  }

  private PredictResponse run(PredictRequest request, Store.Version version, ModelPackage read) {
    Checks.expectedPackage(request, read);
    Map<String, Tensor> inputs = Checks.inputs(version.model, request.getInputsList());
    List<String> wanted = Checks.outputs(version.model, request.getOutputsList());
    beforeRun.accept(version.name);
    Map<String, Tensor> outputs = version.model.run().apply(inputs);
    PredictResponse.Builder response =
        PredictResponse.newBuilder()
            .setRequestId(request.getRequestId())
            .setProvenance(
                Provenance.newBuilder()
                    .setModelName(version.name)
                    .setModelVersion(version.version)
                    .setPackageSha256(read.sha256())
                    .setOnnxSha256(read.manifest().onnx().sha256())
                    .setRuntime(NAME + "/" + VERSION)
                    .setEngine(ENGINE)
                    .setExecutionProvider("cpu")
                    .setBatchSize(1)
                    .setContractVersion("1.0"));
    for (String name : wanted) {
      response.addFindings(Finding.newBuilder().setName(name).setTensor(outputs.get(name)));
    }
    if (read.manifest().researchUseOnly()) {
      response.addWarnings(
          Warning.newBuilder()
              .setKind(WarningKind.WARNING_KIND_RESEARCH_USE_ONLY)
              .setMessage("The model is for research only."));
    }
    return response.build();
  }

  private ModelDescriptor describe(Store.Version version) {
    ModelDescriptor.Builder described =
        ModelDescriptor.newBuilder()
            .setSummary(store.summary(version))
            .addExecutionProviders("cpu")
            .setProvenBatchSize(1);
    for (Models.Declared one : version.model.inputs()) {
      described.addInputs(
          InputDescriptor.newBuilder().setName(one.name()).setKind(InputKind.INPUT_KIND_TENSOR).setRequired(true));
      described.addTensorInputs(describe(one));
    }
    for (Models.Declared one : version.model.outputs()) {
      described.addOutputs(OutputDescriptor.newBuilder().setName(one.name()).setKind("tensor"));
      described.addTensorOutputs(describe(one));
    }
    ModelPackage read = store.packageOf(version);
    if (read != null) {
      ModelPackage.Manifest manifest = read.manifest();
      described
          .setIntendedUse(manifest.intendedUse())
          .addAllLimitations(manifest.limitations())
          .setLicense(manifest.license())
          .setResearchUseOnly(manifest.researchUseOnly())
          .setOnnxSha256(manifest.onnx().sha256())
          .setManifestJson(read.manifestJson());
    }
    return described.build();
  }

  private static TensorDescriptor describe(Models.Declared declared) {
    return TensorDescriptor.newBuilder()
        .setName(declared.name())
        .setDataType(declared.dataType())
        .addAllShape(declared.shape())
        .build();
  }

  public static void main(String[] args) throws Exception {
    Runtime runtime = new Runtime(new Store(Path.of(args[0])), name -> {});
    Server server = runtime.serve(args.length > 1 ? Integer.parseInt(args[1]) : 0);
    // For the program that has started it.
    System.out.println("DH|1|1|tcp|127.0.0.1:" + server.getPort());
    java.lang.Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    server.shutdown().awaitTermination(10, TimeUnit.SECONDS);
                  } catch (InterruptedException stopping) {
                    Thread.currentThread().interrupt();
                  }
                }));
    server.awaitTermination();
  }
}
