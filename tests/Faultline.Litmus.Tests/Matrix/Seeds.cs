using System.Runtime.CompilerServices;
using Faultline.Engine.Search;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;

namespace Faultline.Litmus.Tests.Matrix;

/// <summary>Tests of the seed folder, and tests written to a folder of their own.</summary>
internal static class Seeds
{
    public static CheckOptions Quick { get; } = new(SearchLimits.None, Witnesses: false);

    public static IReadOnlyList<TestFile> All =>
    [
        .. Directory.GetFiles(Folder(), "*.litmus").Order(StringComparer.Ordinal)
            .Select(f => TestFile.Load(f, CompileLimits.Search)).Where(f => !f.IsForCostOnly),
    ];

    public static TestFile Named(string name) => Load(Path.Combine(Folder(), $"{name}.litmus"));

    /// <summary>A copy of a test with other expectations.</summary>
    public static TestFile Expecting(string name, string expected)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, $"{name}.litmus");
        File.Copy(Path.Combine(Folder(), $"{name}.litmus"), path);
        File.WriteAllText(TestFile.ExpectedPath(path), expected);
        return Load(path);
    }

    private static TestFile Load(string path)
    {
        TestFile file = TestFile.Load(path, CompileLimits.Search);
        Assert.Empty(file.Diagnostics);
        return file;
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "litmus", "seed"));
}
