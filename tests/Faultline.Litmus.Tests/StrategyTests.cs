using System.Runtime.CompilerServices;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Tests;

/// <summary>Checks with strategies other than the exhaustive one: they find bugs, and never say that there is none.</summary>
public sealed class StrategyTests
{
    public static TheoryData<string> NotExhaustive => ["preemptions:1", "random", "pct:3"];

    [Theory]
    [MemberData(nameof(NotExhaustive))]
    public void A_bug_is_found_with_its_shortest_witness(string strategy)
    {
        CheckResult exhaustive = Check("seed/generic-437", "v4.12+pfn-warn", null), result = Check("seed/generic-437", "v4.12+pfn-warn", Of(strategy));
        Assert.Equal(Observation.Sometimes, result.Verdict.Observation);
        Assert.Equal(Answer.Ok, result.Verdict.Answer);
        Assert.Equal(["warn(insert_pfn)", "condition"], result.Findings.Select(f => f.Name));
        Assert.All(result.Findings, f => Assert.True(f.IsShortest));
        Assert.Equal(
            exhaustive.Findings.Select(f => f.Witness!.Schedule.ToString()), result.Findings.Select(f => f.Witness!.Schedule.ToString()));
        Assert.Equal(1, result.ExitCode);
    }

    [Theory]
    [MemberData(nameof(NotExhaustive))]
    public void Where_there_is_no_bug_the_answer_is_not_no(string strategy)
    {
        CheckResult result = Check("seed/generic-437", "v4.14", Of(strategy));
        Assert.Equal(Observation.Unknown, result.Verdict.Observation);
        Assert.Equal(Answer.Incomplete, result.Verdict.Answer);
        Assert.Empty(result.Findings);
        Assert.False(result.IsComplete);
        Assert.Equal(3, result.ExitCode);
    }

    /// <summary>Where the search for the shortest is cut short, the schedule that was drawn stands in, and says so.</summary>
    [Theory]
    [InlineData("random")]
    [InlineData("pct:3")]
    public void The_drawn_schedule_is_the_witness_where_no_shortest_is_found(string strategy)
    {
        CheckResult result = Check("seed/generic-437", "v4.12+pfn-warn", Of(strategy), new SearchLimits(MaxStates: 5_000), limitWitness: 20);
        Assert.Equal(["warn(insert_pfn)", "condition"], result.Findings.Select(f => f.Name));
        Assert.All(result.Findings, f => Assert.False(f.IsShortest));
        Assert.Contains(result.Findings[0].Witness!.Steps[^1].Events, e => e is { Kind: EventKind.Violation, Text: var text } && text.StartsWith("warn(insert_pfn)", StringComparison.Ordinal));
    }

    [Fact]
    public void Preemptions_without_end_cover_what_the_exhaustive_search_does()
    {
        foreach (string test in new[] { "seed/generic-437", "seed/generic-344", "findings/cow-write-livelock", "findings/munmap-stale-tlb", "findings/drop-caches-livelock" })
        {
            foreach (string kernel in new[] { "v4.12", "v6.1", "v6.18" })
            {
                if (NotRun.Of(Load(test), KernelVersions.Find(kernel)!, FilesystemKind.Xfs) is null)
                {
                    CheckResult all = Check(test, kernel, null), bounded = Check(test, kernel, new PreemptionBounded(1_000));
                    Assert.True(bounded.IsComplete);
                    Assert.Equal(all.Found, bounded.Found);
                    Assert.Equal((all.Search.States, all.Search.EndStates), (bounded.Search.States, bounded.Search.EndStates));
                    Assert.Equal(all.Verdict.States.OrderBy(s => s.Line), bounded.Verdict.States.OrderBy(s => s.Line));
                    Assert.Equal(all.Findings.Select(f => f.Witness?.Schedule.ToString()), bounded.Findings.Select(f => f.Witness?.Schedule.ToString()));
                }
            }
        }
    }

    /// <summary>A power failure draws what survives: alternatives that are no steps of their own are taken back.</summary>
    [Fact]
    public void Alternatives_of_the_hardware_are_drawn()
    {
        foreach (ISearchStrategy strategy in new[] { Of("random"), Of("pct:2") })
        {
            CheckResult all = Check("findings/cow-write-unflushed", "v6.12", null), drawn = Check("findings/cow-write-unflushed", "v6.12", strategy);
            Assert.Equal(all.Verdict.States.Select(s => s.Line).Order(), drawn.Verdict.States.Select(s => s.Line).Order());
            Assert.Equal(all.Found.Violations, drawn.Found.Violations);
            Assert.True(((SampleCoverage)drawn.Search.Coverage!).Pct is null or { DrewAlternatives: true });
        }
    }

    private static ISearchStrategy Of(string name) => name switch
    {
        "random" => new RandomWalk(1, 2_000),
        "pct:2" => new PriorityChanges(2, 1, 2_000),
        "pct:3" => new PriorityChanges(3, 1, 2_000),
        _ => new PreemptionBounded(1),
    };

    private static CheckResult Check(
        string test, string kernel, ISearchStrategy? strategy, SearchLimits? limits = null, long? limitWitness = null)
    {
        TestFile file = Load(test);
        var options = new CheckOptions(limits ?? SearchLimits.None) { Strategy = strategy };
        options = limitWitness is { } most ? options with { WitnessStates = most } : options;
        return Checker.Check(file.Test!, file.Program!, KernelVersions.Find(kernel)!, FilesystemKind.Xfs, null, options);
    }

    private static TestFile Load(string test, [CallerFilePath] string here = "") => TestFile.Load(
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "litmus", $"{test}.litmus")), CompileLimits.Search);
}
