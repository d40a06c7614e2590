using CsCheck;
using Faultline.Engine.Search;
using Faultline.Engine.Tests.Programs;

namespace Faultline.Engine.Tests.Symmetry;

/// <summary>Threads of equal programs change places: the same ends, violations and hangs as when every state is searched.</summary>
public sealed class SymmetryTests
{
    /// <summary>Set to search many more random programs than CI has time for: the number for each test.</summary>
    private static readonly int Programs = int.TryParse(Environment.GetEnvironmentVariable("FAULTLINE_PROGRAMS"), out int n) ? n : 5_000;

    [Fact]
    public void RandomProgramsEndFailAndHangAsWhenEveryStateIsSearched()
    {
        long all = 0, some = 0;
        SmallProgram.Twins.Sample(
            program =>
            {
                (SearchResult every, EndFingerprints ends) = Every(new Watched(program));
                var found = new EndFingerprints();
                SearchResult result = ExhaustiveSearch.Run(new Watched(program), found, findLivelocks: true, symmetry: true);
                AssertSame(every, ends, result, found);
                Assert.Equal(every.States, result.StatesStoodFor);
                Assert.InRange(result.States, every.States / 24, every.States);
                (all, some) = (all + every.States, some + result.States);
            },
            iter: Programs,
            threads: 1);
        Assert.InRange(some, 1, all * 2 / 3);
    }

    [Fact]
    public void RandomProgramsEndFailAndHangAsWithoutReduction() => SmallProgram.Twins.Sample(
        program =>
        {
            (SearchResult every, EndFingerprints ends) = Every(new Watched(program));
            var found = new EndFingerprints();
            SearchResult result = ReducedSearch.Run(new Watched(program), found, findLivelocks: true, firstPassStates: 6, symmetry: true);
            AssertSame(every, ends, result, found);
            Assert.InRange(result.StatesStoodFor!.Value, result.States, every.States);
        },
        iter: Programs,
        threads: 1);

    /// <summary>Without a check of states more can be left out.</summary>
    [Fact]
    public void RandomProgramsWithoutAStateCheckEndAsWithoutReduction() => SmallProgram.Twins.Sample(
        program =>
        {
            (SearchResult every, EndFingerprints ends) = Every(new ProgramModel(program));
            var found = new EndFingerprints();
            SearchResult result = ReducedSearch.Run(new ProgramModel(program), found, findLivelocks: true, firstPassStates: 6, symmetry: true);
            AssertSame(every, ends, result, found);
        },
        iter: Programs,
        threads: 1);

    [Fact]
    public void StepsOfThreadsThatHaveChangedPlacesAreAlike() => SmallProgram.Twins.Sample(
        program => ExhaustiveSearch.Run(new Watched(program), checkDeterminism: true), iter: Programs / 10, threads: 1);

    [Fact]
    public void CountsDoNotDependOnTheNumberOfWorkers() => SmallProgram.Twins.Sample(
        program =>
        {
            SearchResult one = ExhaustiveSearch.Run(new Watched(program), findLivelocks: true, symmetry: true);
            SearchResult three = ExhaustiveSearch.Run(new Watched(program), findLivelocks: true, workers: 3, symmetry: true);
            AssertCounts(one, three);
            one = ReducedSearch.Run(new Watched(program), findLivelocks: true, firstPassStates: 6, symmetry: true);
            three = ReducedSearch.Run(new Watched(program), findLivelocks: true, workers: 3, firstPassStates: 6, symmetry: true);
            AssertCounts(one, three);
            Assert.Equal(one.Passes, three.Passes);
        },
        iter: 300,
        threads: 1);

    private static (SearchResult Result, EndFingerprints Ends) Every(Model model)
    {
        var ends = new EndFingerprints();
        SearchResult result = ExhaustiveSearch.Run(model, ends, findLivelocks: true);
        Assert.Null(result.StatesStoodFor);
        return (result, ends);
    }

    private static void AssertSame(SearchResult every, EndFingerprints ends, SearchResult result, EndFingerprints found)
    {
        Assert.True(every.Complete && result.Complete);
        Assert.True(ends.Found.SetEquals(found.Found), "other end states");
        Assert.Equal(ends.Told, found.Told);
        Assert.Equal(every.EndStates, result.EndStates);
        Assert.Equal(every.Violations, result.Violations);
        Assert.Equal(every.LockOrder, result.LockOrder);
        Assert.Equal(every.Livelocked!.Count > 0, result.Livelocked!.Count > 0);
    }

    private static void AssertCounts(SearchResult one, SearchResult other)
    {
        Assert.Equal(
            (one.States, one.StatesStoodFor, one.Transitions, one.EndStates), (other.States, other.StatesStoodFor, other.Transitions, other.EndStates));
        Assert.Equal(one.Violations, other.Violations);
        Assert.True(one.Livelocked!.SetEquals(other.Livelocked!));
    }
}
