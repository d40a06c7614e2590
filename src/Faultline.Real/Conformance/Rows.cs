using System.Reflection;

namespace Faultline.Real.Conformance;

/// <summary>The tests that say of single steps what real kernels do (<c>rows.txt</c>).</summary>
public static class Rows
{
    /// <summary>All of them, with their names.</summary>
    public static IReadOnlyList<(string Name, Sequence Sequence)> All { get; } = [.. Read()];

    private static IEnumerable<(string, Sequence)> Read()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("rows.txt")!);
        foreach (string line in reader.ReadToEnd().Split('\n').Where(l => l.Length > 0 && !l.StartsWith('#')))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            string[] halves = line[(colon + 2)..].Split(" | ");
            yield return (line[..colon], new Sequence(halves[0].Split("; "), [.. halves[1].Split("; "), "munmap(A)"]));
        }
    }
}
