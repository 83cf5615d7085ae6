using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Deephealth.Runtime.V1;
using Grpc.Core;
using Grpc.Net.Client;

/// <summary>One patient to a model, in terms of medicine: predict &lt;http://host:port&gt; &lt;patient.json&gt;.</summary>
public static class Predict
{
    public static int Run(string address, string file)
    {
        var patient = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        var table = new Table();
        table.Values.AddRange(patient.EnumerateObject().Select(column => Value(column.Name, column.Value)));
        var request = new PredictRequest { ModelName = "heart-disease-risk" };
        request.Inputs.Add(new NamedInput { Name = "patient", Table = table });
        using (var channel = GrpcChannel.ForAddress(address))
        {
            try
            {
                var client = new ModelRuntime.ModelRuntimeClient(channel);
                Show(client.Predict(request, deadline: DateTime.UtcNow.AddSeconds(30)));
                return 0;
            }
            catch (RpcException error)
            {
                Console.Error.WriteLine($"{error.StatusCode}: {error.Status.Detail}");
                return 1;
            }
        }
    }

    private static TableValue Value(string name, JsonElement column)
    {
        var value = new TableValue { Name = name };
        var given = column.GetProperty("value");
        switch (given.ValueKind)
        {
            case JsonValueKind.Number: value.Number = given.GetDouble(); break;
            case JsonValueKind.String: value.Category = given.GetString(); break;
            default: value.Boolean = given.GetBoolean(); break;
        }
        if (column.TryGetProperty("unit", out var unit)) value.Unit = unit.GetString();
        return value;
    }

    private static void Show(PredictResponse response)
    {
        foreach (var classification in response.Findings.Select(finding => finding.Classification))
        {
            var decision = classification.Decision.Count > 0 ? string.Join(", ", classification.Decision) : "no decision";
            foreach (var one in classification.Classes)
            {
                Console.WriteLine(FormattableString.Invariant($"{decision}: {one.Label} {one.Probability:F6}"));
            }
        }
        foreach (var warning in response.Warnings) Console.WriteLine($"warning: {warning.Message}");
        Console.WriteLine($"by {response.Provenance.ModelName} {response.Provenance.ModelVersion}");
    }
}
