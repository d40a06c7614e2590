using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Real.Traces;

namespace Faultline.Real.Tests;

/// <summary>The captures in data/, and how to check a text.</summary>
internal static class Captures
{
    /// <summary>A capture, line by line.</summary>
    public static List<string> Lines(string name) => [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "data", name))];

    /// <summary>The lines of one file's events only: fast to check.</summary>
    public static List<string> Of(string name, string ino) => [.. Lines(name).Where(l => l.Contains($" ino {ino} ", StringComparison.Ordinal))];

    /// <summary>Checks lines.</summary>
    public static TraceResult Check(IEnumerable<string> lines, string kernel, FilesystemKind filesystem) => TraceChecker.Check(
        TraceReader.Read(new StringReader(string.Join('\n', lines))), new TraceOptions(KernelVersions.Find(kernel)!, filesystem), null, TestContext.Current.CancellationToken);
}
