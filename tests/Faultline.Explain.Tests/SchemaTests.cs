using System.Runtime.CompilerServices;
using System.Text.Json;
using Faultline.Explain.Json;
using Faultline.Explain.Stories;
using Faultline.Kernel.Fs;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;
using Json.Schema;

namespace Faultline.Explain.Tests;

/// <summary>The published JSON Schemas: they are those of the types, and what is printed keeps to them.</summary>
public sealed class SchemaTests
{
    public static TheoryData<string> Names => [.. Schemas.Names];

    /// <summary>After a change that is meant, run with FAULTLINE_UPDATE_GOLDEN=1 and read the difference.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void TheyArePublished(string name)
    {
        if (Environment.GetEnvironmentVariable("FAULTLINE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(PathOf(name), Schemas.Of(name));
        }

        Assert.Equal(Schemas.Of(name), File.ReadAllText(PathOf(name)));
    }

    [Fact]
    public void ChecksKeepToTheirs() => Assert.True(Keeps("check", Written(
        Checks.Run(Checks.CowRace, "v4.12+pfn-warn"), Checks.Run(Checks.HoleRace, "v6.15"), Checks.Stopped(Checks.CowRace, "v4.12", 50))));

    [Theory]
    [InlineData(Checks.CowRace, "v4.12+pfn-warn", "warn(insert_pfn)")]
    [InlineData(Checks.CowRace, "v4.12+pfn-warn", "condition")]
    [InlineData(Checks.HoleRace, "v6.15", "refinement")]
    [InlineData(Checks.CowLoop, "v4.12", "I6")]
    public void ExplanationsKeepToTheirs(string litmus, string kernel, string finding)
    {
        CheckResult result = Checks.Run(litmus, kernel, FilesystemKind.Xfs);
        Finding found = result.Finding(finding);
        using var stream = new MemoryStream();
        ExplainJson.Write(stream, result, found, StoryBuilder.Build(result, found, analysis: AnalysisLimits.Default));
        Assert.True(Keeps("explain", stream.ToArray()));
    }

    /// <summary>The schemas can be violated: a check without its verdict is refused.</summary>
    [Fact]
    public void WhatIsMissingIsNoticed()
    {
        string document = System.Text.Encoding.UTF8.GetString(Written(Checks.Run(Checks.CowRace, "v4.12")));
        Assert.False(Keeps("check", System.Text.Encoding.UTF8.GetBytes(document.Replace("\"answer\"", "\"other\"", StringComparison.Ordinal))));
    }

    private static bool Keeps(string name, byte[] document)
    {
        JsonSchema schema = JsonSchema.FromText(File.ReadAllText(PathOf(name)));
        using JsonDocument parsed = JsonDocument.Parse(document);
        return schema.Evaluate(parsed.RootElement).IsValid;
    }

    private static byte[] Written(params CheckResult[] results)
    {
        using var stream = new MemoryStream();
        CheckJson.Write(stream, results);
        return stream.ToArray();
    }

    private static string PathOf(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "schemas", $"{name}.schema.json");
}
