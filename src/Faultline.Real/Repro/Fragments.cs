using System.Reflection;

namespace Faultline.Real.Repro;

/// <summary>The parts of the C programs that are the same in all of them: <c>Runtime/*.c</c>, cut at lines <c>//: NAME</c>.</summary>
internal static class Fragments
{
    private static readonly Lazy<Dictionary<string, string>> All = new(Read);

    /// <summary>A part, with a line end after its last line.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">What stands for each <c>@NAME@</c> in it. A line that is nothing else goes when the value is empty.</param>
    public static string Get(string name, params (string Name, string Value)[] values)
    {
        string text = All.Value[name];
        foreach ((string mark, string value) in values)
        {
            text = value.Length > 0 ? text : text.Replace($"    @{mark}@\n", "", StringComparison.Ordinal).Replace($"\n@{mark}@\n", "\n", StringComparison.Ordinal);
            text = text.Replace($"@{mark}@", value, StringComparison.Ordinal);
        }

        return text;
    }

    private static Dictionary<string, string> Read()
    {
        var parts = new Dictionary<string, string>();
        Assembly assembly = typeof(Fragments).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".c", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            foreach (string part in ("\n" + reader.ReadToEnd()).Split("\n//: ", StringSplitOptions.RemoveEmptyEntries))
            {
                int end = part.IndexOf('\n', StringComparison.Ordinal);
                parts.Add(part[..end], part[(end + 1)..].TrimEnd('\n') + "\n");
            }
        }

        return parts;
    }
}
