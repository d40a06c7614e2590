using System.Runtime.CompilerServices;
using Faultline.Litmus;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Syntax;

namespace Faultline.Real.Tests;

/// <summary>Tests of the corpus, and tests from text.</summary>
internal static class Corpus
{
    public static string Folder { get; } = FindFolder();

    public static IReadOnlyList<string> Files { get; } =
        [.. Directory.GetFiles(Folder, "*.litmus", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>A test by its path below <c>litmus/</c>, without the ending.</summary>
    public static TestFile Load(string name) => LoadFile(Path.Combine(Folder, name + ".litmus"));

    public static TestFile LoadFile(string path)
    {
        TestFile file = TestFile.Load(path, CompileLimits.Search);
        file = file.IsForCostOnly ? TestFile.Load(path, CompileLimits.Cost) : file;
        Assert.True(file.IsUsable, string.Join('\n', file.Diagnostics));
        return file;
    }

    public static LitmusTest Parse(string text)
    {
        ParseResult parsed = LitmusParser.Parse("test.litmus", text);
        Assert.True(parsed.IsSuccess, string.Join('\n', parsed.Diagnostics));
        return parsed.Test;
    }

    private static string FindFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "litmus"));
}
