package example;

import static deephealth.runtime.v1.Model.ModelState.MODEL_STATE_DISCOVERED;
import static deephealth.runtime.v1.Model.ModelState.MODEL_STATE_DRAINING;
import static deephealth.runtime.v1.Model.ModelState.MODEL_STATE_QUARANTINED;
import static deephealth.runtime.v1.Model.ModelState.MODEL_STATE_READY;
import static deephealth.runtime.v1.Model.ModelState.MODEL_STATE_UNLOADED;

import deephealth.runtime.v1.Model.ModelState;
import deephealth.runtime.v1.Model.ModelSummary;
import deephealth.runtime.v1.Model.StateReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** The versions that are served: their states, and what runs of each. Its own lock guards what changes. */
final class Store {
  static final class Version {
    final String name;
    final String version;
    final Models.Model model;
    private final Path folder;
    private ModelState state = MODEL_STATE_DISCOVERED;
    private ModelPackage read;
    private Refusal refused;
    private int running;

    private Version(Path folder) {
      this.folder = folder;
      name = folder.getParent().getFileName().toString();
      version = folder.getFileName().toString();
      model = Models.ALL.get(name);
    }
  }

  private final List<Version> versions;
  private final List<Consumer<ModelSummary>> watchers = new CopyOnWriteArrayList<>();

  Store(Path folder) throws IOException {
    try (Stream<Path> found = Files.walk(folder, 2)) {
      versions =
          found
              .filter(path -> path.getNameCount() == folder.getNameCount() + 2)
              .filter(path -> Models.ALL.containsKey(path.getParent().getFileName().toString()))
              .sorted()
              .map(Version::new)
              .toList();
    }
    versions.forEach(this::verify);
  }

  Version find(String name, String version) {
    List<Version> named = versions.stream().filter(one -> one.name.equals(name)).toList();
    if (named.isEmpty()) throw Refusal.notFound("MODEL_NOT_FOUND", "No model of this name is in the store.");
    return named.stream()
        .filter(one -> version.isEmpty() || one.version.equals(version))
        .reduce((first, later) -> later)
        .orElseThrow(() -> Refusal.notFound("MODEL_VERSION_NOT_FOUND", "The model has no such version."));
  }

  /** Of the versions of this name, or of all if it is empty. */
  synchronized List<ModelSummary> summaries(String name) {
    return versions.stream().filter(one -> name.isEmpty() || one.name.equals(name)).map(this::summary).toList();
  }

  /** The present state of all of this name, as by summaries, and each change to the watcher until it is removed. */
  synchronized List<ModelSummary> watch(String name, Consumer<ModelSummary> watcher) {
    watchers.add(watcher);
    return summaries(name);
  }

  synchronized void forget(Consumer<ModelSummary> watcher) {
    watchers.remove(watcher);
  }

  /** Reads the package again: READY if all is as stated, else refused; gives the reason, or null. */
  Refusal verify(Version version) {
    ModelPackage read = null;
    Refusal refused = null;
    try {
      read = ModelPackage.read(version.folder);
    } catch (Refusal reason) {
      refused = reason;
    }
    synchronized (this) {
      if (read != null) version.read = read;
      version.refused = refused;
      enter(version, refused == null ? MODEL_STATE_READY : MODEL_STATE_QUARANTINED);
    }
    return refused;
  }

  /** Takes no new work, and lets what runs finish. */
  synchronized void unload(Version version) throws InterruptedException {
    enter(version, MODEL_STATE_DRAINING);
    while (version.running > 0) wait();
    enter(version, MODEL_STATE_UNLOADED);
  }

  /** Runs something of a version, which is not unloaded meanwhile. */
  <T> T running(Version version, Function<ModelPackage, T> run) {
    ModelPackage read;
    synchronized (this) {
      if (version.state == MODEL_STATE_QUARANTINED) {
        throw Refusal.precondition("MODEL_QUARANTINED", "The version was refused; ListModels says why.");
      }
      if (version.state != MODEL_STATE_READY) {
        throw Refusal.precondition("MODEL_UNLOADED", "The version was unloaded. Load it first.");
      }
      version.running++;
      read = version.read;
    }
    try {
      return run.apply(read);
    } finally {
      synchronized (this) {
        version.running--;
        notifyAll();
      }
    }
  }

  synchronized ModelPackage packageOf(Version version) {
    return version.read;
  }

  synchronized ModelSummary summary(Version version) {
    ModelSummary.Builder summary =
        ModelSummary.newBuilder()
            .setName(version.name)
            .setVersion(version.version)
            .setState(version.state)
            .setIsDefault(true);
    if (version.read != null) {
      summary.setTitle(version.read.manifest().title()).setPackageSha256(version.read.sha256());
    }
    if (version.refused != null) {
      summary.setStateReason(
          StateReason.newBuilder().setReason(version.refused.reason).setMessage(version.refused.getMessage()));
    }
    return summary.build();
  }

  private void enter(Version version, ModelState state) {
    version.state = state;
    ModelSummary summary = summary(version);
    for (Consumer<ModelSummary> watcher : watchers) watcher.accept(summary);
  }
}
