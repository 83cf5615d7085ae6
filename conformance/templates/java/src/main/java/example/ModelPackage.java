package example;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A folder name/version/ whose every file was read and is what SHA256SUMS states.
 *
 * @param sha256 SHA-256 of SHA256SUMS: names the package in every result
 */
record ModelPackage(Manifest manifest, String manifestJson, String sha256) {
  /** What this runtime reads of model.json. */
  record Manifest(
      String title, String intendedUse, List<String> limitations, String license, boolean researchUseOnly, Onnx onnx) {}

  record Onnx(String sha256) {}

  /** Throws Refusal, with the reason, for what cannot be read or is not as stated. */
  static ModelPackage read(Path folder) {
    byte[] sums = bytes(folder, "SHA256SUMS");
    String manifestJson = "";
    for (String line : text(sums).lines().toList()) {
      String[] parts = line.split(" {2}", 2);
      byte[] content = bytes(folder, parts[1]);
      if (!digest(content).equals(parts[0])) {
        throw Refusal.precondition("FILE_DIGEST_MISMATCH", "A file is not the one that SHA256SUMS states.")
            .with("file", parts[1]);
      }
      if (parts[1].equals("model.json")) manifestJson = text(content);
    }
    try {
      Manifest manifest = new Gson().fromJson(manifestJson, Manifest.class);
      return new ModelPackage(manifest, manifestJson, digest(sums));
    } catch (JsonSyntaxException malformed) {
      throw Refusal.precondition("MANIFEST_MALFORMED", "model.json is no JSON.");
    }
  }

  private static byte[] bytes(Path folder, String name) {
    try {
      return Files.readAllBytes(folder.resolve(name));
    } catch (IOException unreadable) {
      // The exception itself holds the path, which is nobody's business.
      throw Refusal.precondition("PACKAGE_FILE_MISSING", "A file of the package cannot be read.").with("file", name);
    }
  }

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.UTF_8);
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java has SHA-256", impossible);
    }
  }
}
