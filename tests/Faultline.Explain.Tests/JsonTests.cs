using System.Text;
using System.Text.Json;
using Faultline.Explain.Json;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Verdicts;

namespace Faultline.Explain.Tests;

/// <summary><c>check --json</c>.</summary>
public sealed class JsonTests
{
    private static readonly CheckResult[] Results =
    [
        Checks.Run(
            Checks.CowRace, "v4.12+pfn-warn", expected: Expectation.Of(Observation.Sometimes, "warn(insert_pfn)")),
        Checks.Run(Checks.HoleRace, "v6.15"),
        Checks.Stopped(Checks.CowRace, "v4.12", 50),
    ];

    [Fact]
    public void WhatIsWrittenCanBeReadBack()
    {
        byte[] written = Write(Results);
        using var again = new MemoryStream(written);
        CheckDocument read = CheckJson.Read(again);
        Assert.Equal(3, read.Checks.Count);
        CheckDocument made = CheckJson.Document(Results);
        Assert.Equal(JsonSerializer.Serialize(made), JsonSerializer.Serialize(read));
    }

    [Fact]
    public void TheSchemaIsStable()
    {
        using JsonDocument document = JsonDocument.Parse(Write(Results));
        Assert.Equal(CheckJson.SchemaVersion, document.RootElement.GetProperty("schemaVersion").GetInt32());
        JsonElement seed = document.RootElement.GetProperty("checks")[0];
        Assert.Equal(
            "test path hash kernel filesystem condition answer observation positive negative states violations conditionWitness "
            + "search expected asExpected complete exitCode",
            Members(seed));
        Assert.Equal("line count satisfied", Members(seed.GetProperty("states")[0]));
        JsonElement violation = seed.GetProperty("violations")[0];
        Assert.Equal("name kind summary witness cycle", Members(violation));
        Assert.Equal(JsonValueKind.Null, violation.GetProperty("cycle").ValueKind);
        JsonElement witness = violation.GetProperty("witness");
        Assert.Equal("schedule switches preemptions steps stacks isShortest", Members(witness));
        Assert.Equal("number thread choice kind word preemption stack changes", Members(witness.GetProperty("steps")[0]));
        Assert.Equal("word before after function", Members(witness.GetProperty("steps")[7].GetProperty("changes")[0]));
        Assert.Equal("title thread step functions instruction held", Members(witness.GetProperty("stacks")[0]));
        Assert.Equal(
            "states transitions endStates maxDepth seconds visitedBytes collisionProbability referenceOutcomes stoppedBy sameAs coverage statesStoodFor",
            Members(seed.GetProperty("search")));
        Assert.Equal("observation violations", Members(seed.GetProperty("expected")));
    }

    [Fact]
    public void ValuesAreThoseOfTheCheck()
    {
        CheckDocument document = CheckJson.Document(Results);
        CheckEntry seed = document.Checks[0], stopped = document.Checks[2];
        Assert.True(seed is { Complete: true, AsExpected: true, ExitCode: 0, Kernel: "v4.12+pfn-warn", Filesystem: "ext4" });
        Assert.Equal("1 1 0 0 0 0 0 0 0 1 1 1", seed.Violations[0].Witness!.Schedule);
        Assert.Equal("insert_pfn", seed.Violations[0].Witness!.Stacks[0].Functions[0]);
        Assert.Equal("Refinement", document.Checks[1].Violations[0].Kind);
        Assert.Null(document.Checks[1].Expected);
        Assert.False(stopped.Complete);
        Assert.NotNull(stopped.Search.StoppedBy);
    }

    [Fact]
    public void TextStaysReadable() => Assert.Contains("exists (warn(insert_pfn) /\\\\ 1:r0=1)", Encoding.UTF8.GetString(Write(Results)));

    private static byte[] Write(CheckResult[] results)
    {
        using var stream = new MemoryStream();
        CheckJson.Write(stream, results);
        return stream.ToArray();
    }

    private static string Members(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(p => p.Name));
}
