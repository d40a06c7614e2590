using CsCheck;
using Faultline.Engine.Search;
using Faultline.Engine.Search.Optimal;
using Faultline.Engine.Tests.Programs;

namespace Faultline.Engine.Tests.Optimal;

/// <summary>One schedule for each trace: against other tools' counts, a brute force's, and the exhaustive search's ends.</summary>
public sealed class OptimalSearchTests
{
    private const long BruteForceSteps = 20_000;

    /// <summary>Set to search many more random programs than CI has time for: the number for each test.</summary>
    private static readonly int Programs = int.TryParse(Environment.GetEnvironmentVariable("FAULTLINE_PROGRAMS"), out int n) ? n : 2_000;

    /// <summary>GenMC 0.10.3 and Nidhugg 0.4 count these on the C program with the same critical sections.</summary>
    [Theory]
    [InlineData(2, 1, 468)]
    [InlineData(3, 1, 52_260)]
    [InlineData(2, 2, 493_914)]
    public void LockCheckActHasAsManyTracesAsForOtherTools(int faulting, int rounds, long traces)
    {
        var (all, optimal) = (new EndStates(1, 2), new EndStates(1, 2));
        SearchResult expected = Searching.All(new LockCheckActGuarded(faulting, rounds, pteFirst: true), all);
        SearchResult result = OptimalSearch.Run(new LockCheckActGuarded(faulting, rounds, pteFirst: true), optimal);
        Assert.True(result.Complete);
        Assert.Equal(new TraceCounts(traces, 0, 0), result.Traces);
        Assert.Equal(all.Done, optimal.Done);
        Assert.Equal(expected.Violations, result.Violations);
    }

    [Fact]
    public void RandomProgramsEndAndFailAsInTheExhaustiveSearch() =>
        SmallProgram.Tiny.Sample(p => Compare(() => new ProgramModel(p)), iter: Programs, threads: 1);

    /// <summary>Every pair of values that two words have at once is a violation: none may be missed.</summary>
    [Fact]
    public void RandomProgramsFailBetweenStepsAsInTheExhaustiveSearch() =>
        SmallProgram.Tiny.Sample(p => Compare(() => new Watched(p)), iter: Programs / 2, threads: 1);

    /// <summary>Longer ones, which often have too many traces: then what was found must be real.</summary>
    [Fact]
    public void LongerProgramsEndAsInTheExhaustiveSearch()
    {
        int complete = 0;
        SmallProgram.Any.Sample(
            program =>
            {
                var (all, optimal) = (new EndFingerprints(), new EndFingerprints());
                ExhaustiveSearch.Run(new ProgramModel(program), all);
                SearchResult result = OptimalSearch.Run(new ProgramModel(program), optimal, new SearchLimits(MaxStates: 20_000));
                Assert.Equal(0, result.Traces!.Value.SleepSetBlocked);
                Assert.Subset(all.Found, optimal.Found);
                Assert.True(!result.Complete || all.Found.SetEquals(optimal.Found), "other end states");
                complete += result.Complete ? 1 : 0;
            },
            iter: Programs / 4,
            threads: 1);
        Assert.InRange(complete, Programs / 10, Programs);
    }

    [Fact]
    public void TracesAreThoseOfABruteForce()
    {
        int compared = 0, several = 0;
        SmallProgram.Tiny.Sample(
            program =>
            {
                if (EveryTrace.Count(new ProgramModel(program), BruteForceSteps) is { } traces)
                {
                    Assert.Equal(new TraceCounts(traces, 0, 0), OptimalSearch.Run(new ProgramModel(program)).Traces);
                    compared++;
                    several += traces > 2 ? 1 : 0;
                }
            },
            iter: Programs / 2,
            threads: 1);
        Assert.InRange(compared, Programs / 4, Programs);
        Assert.InRange(several, Programs / 16, Programs); // 226 of 1,000 when Programs is 2,000; standard deviation 13
    }

    private static void Compare(Func<Model> create)
    {
        var (all, optimal) = (new EndFingerprints(), new EndFingerprints());
        SearchResult expected = ExhaustiveSearch.Run(create(), all);
        SearchResult result = OptimalSearch.Run(create(), optimal);
        Assert.True(result.Complete);
        Assert.Equal((0L, 0L), (result.Traces!.Value.SleepSetBlocked, result.Traces.Value.Cut));
        Assert.True(all.Found.SetEquals(optimal.Found), "other end states");
        Assert.Equal(optimal.Told, optimal.Found.Count);
        Assert.Equal(expected.EndStates, result.EndStates);
        Assert.Equal(expected.Violations, result.Violations);
        Assert.Equal(expected.LockOrder, result.LockOrder);
    }
}
