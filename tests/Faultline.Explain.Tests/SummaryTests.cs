using Faultline.Engine.Search;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Tests;

/// <summary>What <c>check</c> prints below the verdict.</summary>
public sealed class SummaryTests
{
    [Fact]
    public void NumbersFindingsAndTheWayToMore()
    {
        CheckResult result = Checks.Run(Checks.CowRace, "v4.12+pfn-warn");
        string text = result.Summarise();
        Assert.StartsWith($"Searched {result.Search.States} states, {result.Search.Transitions} transitions, ", text);
        Assert.Contains("Hash collisions: negligible, a state was hidden with probability below 1.2e-14\n", text);
        Assert.Contains("Refinement: every end was held against the 2 outcomes of the atomic reference\n", text);
        Assert.Contains("  shortest schedule: 12 steps, 2 context switches, both preemptions\n", text);
        Assert.Contains("    insert_pfn ", text);
        Assert.Matches("  finish_fault +mm/memory.c\n", text);
        Assert.Contains("  faultline explain test.litmus --kernel v4.12+pfn-warn --fs ext4 --violation 'warn(insert_pfn)'\n", text);
        Assert.DoesNotContain("NOT A PROOF", text);
    }

    [Fact]
    public void AFindingTakesAtMostTwentyFiveLines()
    {
        foreach (CheckResult result in new[] { Checks.Run(Checks.CowLoop, "v4.12"), Checks.Run(Checks.HoleRace, "v6.15") })
        {
            Assert.All(result.Summarise().Split("\n\n").Skip(1), finding => Assert.InRange(finding.Split('\n').Length, 3, 25));
        }
    }

    [Fact]
    public void AnIncompleteSearchSaysLoudlyThatItIsNoProof()
    {
        CheckResult result = Checks.Stopped(Checks.CowRace, "v4.12", 50);
        Assert.False(result.Search.Complete);
        string text = result.Summarise();
        Assert.StartsWith($"*** NOT A PROOF: the search is not complete, it was stopped by {result.Search.StoppedBy}. ***\n", text);
        Assert.Contains("*** What is not listed may still happen", text);
    }

    [Fact]
    public void AReferenceThatMetABoundIsNoProofEither()
    {
        CheckResult result = Checks.Stopped(Checks.CowRace, "v4.12", 3);
        Assert.Null(result.ReferenceOutcomes);
        string text = result.Summarise();
        Assert.Contains("*** NOT A PROOF: outcomes were not compared, the atomic reference met a bound. ***", text);
        Assert.DoesNotContain("Refinement:", text);
    }

    /// <summary>A schedule that was drawn is not passed off as the shortest.</summary>
    [Fact]
    public void ADrawnScheduleIsNotCalledTheShortest()
    {
        CheckOptions options = CheckOptions.Default with { Strategy = new RandomWalk(1, 2_000), WitnessStates = 20 };
        string text = Checks.Run(Checks.CowRace, "v4.12+pfn-warn", options: options).Summarise();
        Assert.Contains("  schedule found (looking for the shortest met a bound): ", text);
        Assert.DoesNotContain("shortest schedule", text);
        Assert.Contains("Ran 2,000 schedules with seed 1, ", text);
    }

    [Fact]
    public void FindingsWithoutASchedule()
    {
        string text = Checks.Run(Checks.CowRace, "v4.12+pfn-warn", options: CheckOptions.Default with { Witnesses = false }).Summarise();
        Assert.Contains("no schedule: none was asked for", text);
    }
}
