using CsCheck;
using Faultline.Engine.Search;
using Faultline.Engine.Tests.Programs;

namespace Faultline.Engine.Tests.Reduction;

/// <summary>The reduced search against the exhaustive one: the same ends, violations and hangs, whatever is left out.</summary>
public sealed class ReducedSearchTests
{
    private const int ShortWalks = 6; // so few that a pass learns much that it should have known

    /// <summary>Set to search many more random programs than CI has time for: the number for each test.</summary>
    private static readonly int Programs = int.TryParse(Environment.GetEnvironmentVariable("FAULTLINE_PROGRAMS"), out int n) ? n : 5_000;

    [Fact]
    public void RandomProgramsEndAndFailAsWithoutReduction() =>
        CompareAll(SmallProgram.Any, p => new Watched(p));

    [Fact]
    public void RandomProgramsThatSpinEndFailAndHangAsWithoutReduction() =>
        CompareAll(SmallProgram.Spinning, p => new Watched(p));

    /// <summary>Without a check of states more can be left out.</summary>
    [Fact]
    public void RandomProgramsWithoutAStateCheckEndAsWithoutReduction() =>
        CompareAll(SmallProgram.Spinning, p => new ProgramModel(p));

    [Theory]
    [InlineData(2, 1, 4_796)]
    [InlineData(3, 1, 68_996)]
    [InlineData(2, 2, 30_071)]
    public void LockCheckActIsReduced(int faulting, int rounds, long states)
    {
        (SearchResult all, SearchResult reduced) = Compare(() => new LockCheckAct(faulting, rounds), 1 << 18);
        Assert.Equal(states, all.States);
        Assert.InRange(reduced.States, 1, states / 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void CountsDoNotDependOnTheNumberOfWorkers(int workers)
    {
        SearchResult all = ExhaustiveSearch.Run(new LockCheckAct(3, 1), findLivelocks: true, workers: workers);
        SearchResult reduced = ReducedSearch.Run(new LockCheckAct(3, 2), findLivelocks: true, workers: workers);
        Assert.Equal((68_996, 4), (all.States, all.EndStates));
        Assert.Equal((49_501, 4), (reduced.States, reduced.EndStates));
        Assert.Equal(ReducedSearch.Run(new LockCheckAct(3, 2)).Transitions, reduced.Transitions);
        Assert.Empty(reduced.Livelocked!);
    }

    [Fact]
    public void WorkersFindTheSameInRandomPrograms() => SmallProgram.Spinning.Sample(
        program =>
        {
            SearchResult one = ExhaustiveSearch.Run(new Watched(program), findLivelocks: true);
            SearchResult three = ExhaustiveSearch.Run(new Watched(program), findLivelocks: true, workers: 3);
            Assert.Equal((one.States, one.Transitions, one.EndStates), (three.States, three.Transitions, three.EndStates));
            Assert.Equal(one.Violations, three.Violations);
            Assert.True(one.Livelocked!.SetEquals(three.Livelocked!));
            Assert.Equal(one.LockOrder, three.LockOrder);
        },
        iter: 300,
        threads: 1);

    // Some of them must have needed another pass, or the test would say little about when one is needed.
    private static void CompareAll(Gen<SmallProgram> programs, Func<SmallProgram, Model> create)
    {
        int repeated = 0;
        programs.Sample(p => repeated += Compare(() => create(p)).Reduced.Passes > 1 ? 1 : 0, iter: Programs, threads: 1);
        Assert.InRange(repeated, Programs / 100, Programs);
    }

    private static (SearchResult All, SearchResult Reduced) Compare(Func<Model> create, int longestWalks = ShortWalks)
    {
        var allEnds = new EndFingerprints();
        var reducedEnds = new EndFingerprints();
        SearchResult all = ExhaustiveSearch.Run(create(), allEnds, findLivelocks: true);
        SearchResult reduced = ReducedSearch.Run(create(), reducedEnds, findLivelocks: true, longestWalks: longestWalks);
        Assert.True(all.Complete && reduced.Complete);
        Assert.True(allEnds.Found.SetEquals(reducedEnds.Found), "other end states");
        Assert.Equal(all.EndStates, reduced.EndStates);
        Assert.Equal(all.Violations, reduced.Violations);
        Assert.Equal(all.LockOrder, reduced.LockOrder);
        Assert.Equal(all.Livelocked!.Count > 0, reduced.Livelocked!.Count > 0);
        Assert.Subset(all.Livelocked.ToHashSet(), reduced.Livelocked.ToHashSet());
        Assert.InRange(reduced.States, 1, all.States);
        return (all, reduced);
    }
}
