using Faultline.Explain.Stories;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Verdicts;

namespace Faultline.Explain.Tests;

/// <summary>What a story says of the end: of a power failure, and of a condition over all ends.</summary>
public sealed class EndTests
{
    private const string Log = """
        DAX log
        {
          file f = [block 0, block 0];
          map A = mmap(f, shared, rw);
        }
         P0       | P1       ;
         A[0] = 1 | A[1] = 2 ;
         fsync(f) | fsync(f) ;
         crash    |          ;
        exists (durable(f[0])=0)
        """;

    private const string Race = """
        DAX race
        {
          file f = [hole];
          map A = mmap(f, shared, rw);
        }
         P0        | P1         ;
         r0 = A[0] | A[0].1 = 2 ;
         A[0] = 1  |            ;
        """;

    /// <summary>The state is that of the last moment with power, and what survived stands beside it.</summary>
    [Fact]
    public void APowerFailureLeavesTheStateBeforeItAndWhatSurvives()
    {
        StoryRun run = Checks.Run(Log, "v6.18").Tell("condition");
        Assert.Equal(run.Steps - 1, run.StateAfter);
        Assert.Equal("block 0", run.State.Single(r => r.Name == "extent f[0]").After);
        Assert.Contains(new NamedValue("durable(f[0])", 0), run.End);
        Assert.Contains(new NamedValue("durable_size(f)", 2), run.End);
    }

    /// <summary>A thread that the power failure stopped is said to be where it lost the CPU, not at a BUG().</summary>
    [Fact]
    public void AThreadThatThePowerFailureStopsHasABeginningOfItsNextStep()
    {
        CheckResult result = Checks.Run(Log, "v6.18");
        List<TimelineSwitch> switches = [.. result.Tell("condition").Timeline.OfType<TimelineSwitch>()];
        Assert.Contains(switches, s => s.From == 1 && s.Next.StartsWith("lock ", StringComparison.Ordinal));
        Assert.DoesNotContain(switches, s => s.Next.Contains("BUG", StringComparison.Ordinal));
    }

    /// <summary>Of a condition over all ends, an end without it is told; where there is none, there is nothing to tell.</summary>
    [Fact]
    public void OfForallTheCounterexampleIsTold()
    {
        CheckResult fails = Checks.Run(Race + "forall (faults(P0)=1)", "v6.1");
        Assert.Equal(Answer.No, fails.Verdict.Answer);
        StoryRun run = fails.Tell("condition");
        Assert.NotEmpty(run.End);
        Assert.Contains("the condition need not hold: forall", fails.Explain("condition").ReplaceLineEndings(" "), StringComparison.Ordinal);
        CheckResult holds = Checks.Run(Race + "forall (f[0]=1 /\\ f[0].1=2)", "v6.1");
        Assert.Equal(Answer.Ok, holds.Verdict.Answer);
        Assert.Empty(holds.Findings);
    }
}
