using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Real.Agent;
using Faultline.Real.Force;

namespace Faultline.Real.Tests.Force;

/// <summary>Witnesses as turns, hold points, and what their ends are compared with.</summary>
public sealed class SchedulePlanTests
{
    private static readonly string[] Inlined = ["zap_pte_range", "insert_pfn", "dax_fault_iter", "handle_pte_fault"];

    [Fact]
    public void TheLoadIsHeldWhileTheStorePasses()
    {
        (CheckResult result, EndedWitness ended) = Witness("seed/generic-437-overlap", "v6.12");
        Assert.False(ended.Hangs);
        Assert.Equal(
            [
                "   1. P1 is held at grab_mapping_entry, in its instruction 1",
                "   2. P0 runs to its end",
                "   3. P1 runs to its end",
            ],
            ForceText.Plan(Plan(ended, []), result.Machine.Program));
    }

    [Fact]
    public void CallsAreCountedFromWhereAThreadWasLetGo()
    {
        IReadOnlyList<Turn> turns = Plan(Witness("seed/generic-344-overlap", "v6.12").Ended, Inlined);
        Assert.Equal([(0, "grab_mapping_entry"), (1, "unmap_page_range"), (0, "handle_mm_fault")], turns.Take(3).Select(t => (t.Thread, $"{t.Hold}")));
        Assert.Equal([1, 1, 1], turns.Take(3).Select(t => t.Hold!.Occurrence)); // the second fault of the store, and the first since it was held
        Assert.Equal([TurnEnd.Done, TurnEnd.Done], turns.Skip(3).Select(t => t.End));
    }

    [Fact]
    public void WhereNoFunctionBeginsTheNearestBeforeIsTakenAndSaid()
    {
        (CheckResult result, EndedWitness ended) = Witness("seed/generic-344-overlap", "v7.3");
        IReadOnlyList<Turn> turns = Plan(ended, [.. Inlined, "unmap_page_range", "zap_page_range_single"]);
        Assert.Equal((1, "unmap_mapping_pages", false), (turns[1].Thread, turns[1].Hold!.Function, turns[1].Hold!.IsExact));
        Assert.Contains("      (the model stands in zap_pte_range, about to lock ptl A; no function begins or ends there, this is the nearest before it)", ForceText.Plan(turns, result.Machine.Program));
    }

    [Fact]
    public void WithoutAnyFunctionOfTheKernelAThreadIsStoppedBeforeItsInstruction()
    {
        IReadOnlyList<Turn> turns = SchedulePlan.Of(Witness("seed/generic-437-overlap", "v6.12").Ended.Witness, 2, new Symbols(""));
        Assert.Equal(TurnEnd.BeforeInstruction, turns[0].End);
        Assert.All(turns, t => Assert.Empty(t.Calls));
    }

    [Fact]
    public void AWitnessThatEndsEarlyGoesOnToTheEnds()
    {
        (CheckResult result, EndedWitness ended) = Witness("seed/generic-344-overlap", "v7.3");
        Assert.True(ended.Witness.Steps.Count >= result.Findings[^1].Witness!.Steps.Count);
        Assert.All(ended.Witness.Threads, t => Assert.Empty(t.Stack));
    }

    [Fact]
    public void AnOutcomeIsComparedByName()
    {
        (CheckResult result, EndedWitness ended) = Witness("seed/generic-344-overlap", "v6.12");
        Prediction predicted = Prediction.Of(result.Machine, ended.Witness.Schedule);
        Assert.Equal("0:r0=0; signal(P0)=0; faults(P0)=3; signal(P1)=0; faults(P1)=0; f[0].0=1; f[0].1=2;", $"{predicted}");
        AgentOutcome same = AgentOutcome.Parse("0: signals=0 faults=3 error=0 regs=0,; 1: signals=0 faults=0 error=0 regs=; files ;1: 1/2");
        AgentOutcome other = AgentOutcome.Parse("0: signals=1 faults=2 error=0 regs=0,; 1: signals=0 faults=0 error=28 regs=; files ;1: 0/2");
        Assert.Empty(predicted.Differences(predicted.Seen(result.Machine, same)));
        Assert.Equal(
            ["signal(P0) is 1 where the model says 0", "faults(P0) is 2 where the model says 3", "f[0].0 is 0 where the model says 1"],
            predicted.Differences(predicted.Seen(result.Machine, other)));
        Assert.Equal(["a system call of P1 failed with errno 28"], other.Errors);
    }

    [Theory]
    [InlineData("findings/fsync-overtaken", "power failure")]
    [InlineData("findings/collapse-stale-map", "one thread")]
    [InlineData("findings/layout-break-sleeps", "DirectRead")]
    public void WhatCannotBeForcedSaysWhy(string test, string why) =>
        Assert.Contains(why, ForceRun.WhyNot(Corpus.Load(test).Program!), StringComparison.Ordinal);

    private static (CheckResult Result, EndedWitness Ended) Witness(string test, string version)
    {
        TestFile file = Corpus.Load(test);
        CheckResult result = Checker.Check(
            file.Test!, file.Program!, KernelVersions.Find(version)!, FilesystemKind.Ext4, file.Expected?.Find(version, "ext4"), new CheckOptions(new()));
        Finding condition = Assert.Single(result.Findings, f => f.Violation is null);
        return (result, EndedWitness.Of(result.Machine, condition.Witness!));
    }

    // A kernel that has all functions but some.
    private static IReadOnlyList<Turn> Plan(EndedWitness ended, string[] inlined)
    {
        IEnumerable<string> functions = ended.Witness.Steps.SelectMany(s => s.Stack.Concat(s.Events.Select(e => e.Function))).Distinct().Except(inlined);
        string symbols = string.Concat(functions.Select((f, i) => $"{0xffffffff81000000 + ((ulong)i * 0x100):x16} t {f}\n"));
        return SchedulePlan.Of(ended.Witness, ended.Witness.Threads.Count, new Symbols(symbols));
    }
}
