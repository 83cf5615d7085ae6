package example;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import io.grpc.Server;
import io.grpc.Status.Code;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Starts the runtime in this process and steers it, as the suite says on standard input: one JSON object
 * a line, each with an id that the answer repeats; docs/conformance/harness.md.
 */
final class Harness {
  private static final int PROTOCOL = 1;

  private final Map<String, Long> stalledUntilNanos = new ConcurrentHashMap<>();
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private Path models;
  private Path copy;
  private Runtime runtime;
  private Server server;

  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    // Standard output belongs to the answers; whatever a library prints is a log.
    System.setOut(System.err);
    Gson gson = new Gson();
    Harness harness = new Harness();
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      JsonObject command = gson.fromJson(line, JsonObject.class);
      String name = command.get("command").getAsString();
      JsonObject answer;
      try {
        answer = harness.carryOut(name, command);
      } catch (Exception failed) {
        failed.printStackTrace();
        answer = new JsonObject();
        JsonObject error = new JsonObject();
        error.addProperty("message", failed.toString());
        answer.add("error", error);
      }
      answer.add("id", command.get("id"));
      answers.println(gson.toJson(answer));
      if (name.equals("stop")) return;
    }
    // The suite is gone without a word.
    harness.stop();
  }

  private JsonObject carryOut(String name, JsonObject command) throws Exception {
    JsonObject answer = new JsonObject();
    switch (name) {
      case "start" -> answer.addProperty("address", start(command));
      case "reset" -> reset();
      case "inject" -> {
        if (!inject(command.getAsJsonObject("fault"))) answer.addProperty("unsupported", true);
      }
      case "stop" -> stop();
      default -> throw new IllegalArgumentException("there is no command \"" + name + "\"");
    }
    return answer;
  }

  private String start(JsonObject command) throws IOException {
    int protocol = command.get("protocol").getAsInt();
    if (protocol != PROTOCOL) {
      throw new IllegalArgumentException("this harness speaks protocol " + PROTOCOL + ", not " + protocol);
    }
    models = Path.of(command.get("models").getAsString());
    runtime = new Runtime(freshStore(), this::beforeRun);
    server = runtime.serve(0);
    return "127.0.0.1:" + server.getPort();
  }

  /** A store of its own has the states after a start; the address stays. */
  private void reset() throws IOException {
    stalledUntilNanos.clear();
    failing.clear();
    runtime.store = freshStore();
  }

  /** False for what cannot be done to this runtime. */
  private boolean inject(JsonObject fault) throws IOException {
    String model = fault.get("model").getAsString();
    switch (fault.get("kind").getAsString()) {
      case "storeReadError" -> {
        try (Stream<Path> versions = Files.list(copy.resolve(model))) {
          for (Path version : versions.toList()) {
            // A folder in its place cannot be read, whoever asks.
            Files.delete(version.resolve("model.onnx"));
            Files.createDirectory(version.resolve("model.onnx"));
          }
        }
      }
      case "hostStalled" -> {
        long nanos = TimeUnit.MILLISECONDS.toNanos(fault.get("milliseconds").getAsLong());
        stalledUntilNanos.put(model, System.nanoTime() + nanos);
      }
      case "runError" -> failing.add(model);
      // Models run in this very process, so there is no host to lose; later kinds are not known yet.
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What was injected, as the runtime meets it before each run. */
  private void beforeRun(String model) {
    if (failing.remove(model)) {
      throw new Refusal(Code.INTERNAL, "MODEL_RUN_FAILED", "The engine failed to run the graph.");
    }
    Long until = stalledUntilNanos.get(model);
    if (until == null) return;
    try {
      TimeUnit.NANOSECONDS.sleep(until - System.nanoTime());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void stop() throws IOException {
    if (server != null) server.shutdownNow();
    remove(copy);
  }

  /** Of a copy that may be broken: the suite's own folder must stay as it is. */
  private Store freshStore() throws IOException {
    remove(copy);
    copy = Files.createTempDirectory("harness-");
    try (Stream<Path> found = Files.walk(models)) {
      for (Path path : (Iterable<Path>) found::iterator) {
        Path target = copy.resolve(models.relativize(path).toString());
        if (Files.isDirectory(path)) Files.createDirectories(target);
        else Files.copy(path, target);
      }
    }
    return new Store(copy);
  }

  private static void remove(Path folder) throws IOException {
    if (folder == null || !Files.exists(folder)) return;
    List<Path> deepestFirst;
    try (Stream<Path> found = Files.walk(folder)) {
      deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) Files.delete(path);
  }
}
