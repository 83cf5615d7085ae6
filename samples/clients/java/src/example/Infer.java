package example;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** Prepared numbers to a model, by the Open Inference Protocol: example.Infer &lt;http url> &lt;features.json>. */
public final class Infer {
  public static void main(String[] args) throws Exception {
    JsonArray features = JsonParser.parseString(Files.readString(Path.of(args[1]))).getAsJsonArray();
    String body =
        """
        {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, %d], "data": %s}]}
        """
            .formatted(features.size(), features);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(args[0] + "/v2/models/heart-disease-risk/infer"))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    JsonObject answer = JsonParser.parseString(response.body()).getAsJsonObject();
    if (response.statusCode() != 200) throw new IllegalStateException(answer.get("error").getAsString());
    JsonObject output = answer.getAsJsonArray("outputs").get(0).getAsJsonObject();
    float probability = output.getAsJsonArray("data").get(0).getAsFloat();
    System.out.printf(Locale.ROOT, "%s %.6f%n", output.get("name").getAsString(), probability);
  }
}
