using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;

/// <summary>
/// Prepared numbers to a model, by the Open Inference Protocol: infer &lt;http url&gt; &lt;features.json&gt;. The answer
/// comes as binary data: the protocol puts it behind the JSON, whose length a header says.
/// </summary>
public static class Infer
{
    public static int Run(string url, string file)
    {
        var features = File.ReadAllText(file).Trim();
        var count = features.Split(',').Length;
        var body = "{\"inputs\": [{\"name\": \"features\", \"datatype\": \"FP32\", \"shape\": [1, " + count + "], "
            + "\"data\": " + features + "}], \"parameters\": {\"binary_data_output\": true}}";
        using (var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) })
        using (var content = new StringContent(body, Encoding.UTF8, "application/json"))
        using (var response = client.PostAsync(url + "/v2/models/heart-disease-risk/infer", content).Result)
        {
            var answer = response.Content.ReadAsByteArrayAsync().Result;
            if (!response.IsSuccessStatusCode)
            {
                Console.Error.WriteLine(Encoding.UTF8.GetString(answer));
                return 1;
            }
            var jsonLength = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
            var probability = BitConverter.ToSingle(answer, jsonLength);
            Console.WriteLine("probability " + probability.ToString("F6", CultureInfo.InvariantCulture));
            return 0;
        }
    }
}
