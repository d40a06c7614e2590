using CsCheck;
using Faultline.Engine.Search;
using Faultline.Engine.Tests.Programs;

namespace Faultline.Engine.Tests.Reduction;

/// <summary>The reduced search against the exhaustive one: the same ends, violations and hangs, whatever is left out.</summary>
public sealed class ReducedSearchTests
{
    private const int FirstPass = 6; // so few that most of a small program is searched with what was learned before

    /// <summary>Set to search many more random programs than CI has time for: the number for each test.</summary>
    private static readonly int Programs = int.TryParse(Environment.GetEnvironmentVariable("FAULTLINE_PROGRAMS"), out int n) ? n : 5_000;

    [Fact]
    public void RandomProgramsEndAndFailAsWithoutReduction() =>
        SmallProgram.Any.Sample(p => Compare(() => new Watched(p)), iter: Programs, threads: 1);

    [Fact]
    public void RandomProgramsThatSpinEndFailAndHangAsWithoutReduction() =>
        SmallProgram.Spinning.Sample(p => Compare(() => new Watched(p)), iter: Programs, threads: 1);

    /// <summary>Without a check of states more can be left out.</summary>
    [Fact]
    public void RandomProgramsWithoutAStateCheckEndAsWithoutReduction() =>
        SmallProgram.Spinning.Sample(p => Compare(() => new ProgramModel(p)), iter: Programs, threads: 1);

    [Theory]
    [InlineData(2, 1, 4_796)]
    [InlineData(3, 1, 68_996)]
    [InlineData(2, 2, 30_071)]
    public void LockCheckActIsReduced(int faulting, int rounds, long states)
    {
        (SearchResult all, SearchResult reduced) = Compare(() => new LockCheckAct(faulting, rounds), firstPass: 256);
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

    private static (SearchResult All, SearchResult Reduced) Compare(Func<Model> create, int firstPass = FirstPass)
    {
        var allEnds = new EndFingerprints();
        var reducedEnds = new EndFingerprints();
        SearchResult all = ExhaustiveSearch.Run(create(), allEnds, findLivelocks: true);
        SearchResult reduced = ReducedSearch.Run(create(), reducedEnds, findLivelocks: true, firstPassStates: firstPass);
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
