using System;

/// <summary>Client predict &lt;url&gt; &lt;file&gt;, or Client infer &lt;url&gt; &lt;file&gt;.</summary>
public static class Program
{
    public static int Main(string[] args)
    {
        switch (args.Length == 3 ? args[0] : "")
        {
            case "predict": return Predict.Run(args[1], args[2]);
            case "infer": return Infer.Run(args[1], args[2]);
            default:
                Console.Error.WriteLine("Client predict|infer <url> <file>");
                return 2;
        }
    }
}
