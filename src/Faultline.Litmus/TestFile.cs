using System.Diagnostics.CodeAnalysis;
using Faultline.Kernel.Programs;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus;

/// <summary>A litmus test read from disk with what is expected of it, or why it cannot be used.</summary>
/// <param name="Path">Path of the <c>.litmus</c> file.</param>
/// <param name="Test">The test, or null.</param>
/// <param name="Program">The test compiled, or null.</param>
/// <param name="Expected">The <c>.expected</c> file beside it; null when there is none.</param>
/// <param name="Diagnostics">What is wrong; empty when the test can be used.</param>
public sealed record TestFile(
    string Path, LitmusTest? Test, UserProgram? Program, ExpectedFile? Expected, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Whether the test can be used.</summary>
    [MemberNotNullWhen(true, nameof(Test), nameof(Program))]
    public bool IsUsable => Diagnostics.Count == 0 && Program is not null;

    /// <summary>The test says <c>Geometry=real</c>: it is for one run that is counted, and too big to search.</summary>
    public bool IsForCostOnly => Test?.Info.Any(i => i.Key == "Geometry" && i.Value == "real") ?? false;

    /// <summary>Path of the expectations of a test.</summary>
    public static string ExpectedPath(string litmusPath) => System.IO.Path.ChangeExtension(litmusPath, ".expected");

    /// <summary>Reads, parses and compiles a test, and reads its expectations. Never throws for what is in the files.</summary>
    /// <param name="path">Path of the <c>.litmus</c> file.</param>
    /// <param name="limits">How large it may be.</param>
    public static TestFile Load(string path, CompileLimits limits)
    {
        byte[] bytes;
        ExpectedResult? expected;
        try
        {
            bytes = File.ReadAllBytes(path);
            string beside = ExpectedPath(path);
            expected = File.Exists(beside) ? ExpectedFile.Parse(beside, File.ReadAllText(beside)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed(path, null, [new Diagnostic(path, 1, 1, $"cannot be read: {e.Message}")]);
        }

        ParseResult parsed = LitmusParser.ParseBytes(path, bytes);
        if (!parsed.IsSuccess)
        {
            return Failed(path, null, parsed.Diagnostics);
        }

        CompileResult compiled = Compiler.Compile(parsed.Test, limits);
        List<Diagnostic> diagnostics =
        [
            .. compiled.Diagnostics,
            .. ModelNames.Validate(parsed.Test),
            .. expected?.Diagnostics ?? [],
            .. expected?.File is { } file ? ModelNames.Validate(ExpectedPath(path), file) : [],
        ];
        return new TestFile(path, parsed.Test, compiled.Program, expected?.File, diagnostics);
    }

    private static TestFile Failed(string path, LitmusTest? test, IReadOnlyList<Diagnostic> diagnostics) =>
        new(path, test, null, null, diagnostics);
}
