using CsCheck;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
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
            SearchResult result = ReducedSearch.Run(new Watched(program), found, findLivelocks: true, longestWalks: 6, symmetry: true);
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
            SearchResult result = ReducedSearch.Run(new ProgramModel(program), found, findLivelocks: true, longestWalks: 6, symmetry: true);
            AssertSame(every, ends, result, found);
        },
        iter: Programs,
        threads: 1);

    [Fact]
    public void StepsOfThreadsThatHaveChangedPlacesAreAlike() => SmallProgram.Twins.Sample(
        program => ExhaustiveSearch.Run(new Watched(program), checkDeterminism: true), iter: Programs / 10, threads: 1);

    /// <summary>The shortest way into a livelock is the same: a state is one whichever of equal threads is which.</summary>
    [Fact]
    public void TheWayIntoALivelockIsTheSame()
    {
        int found = 0;
        SmallProgram.Twins.Sample(
            program =>
            {
                SearchResult every = ExhaustiveSearch.Run(new ProgramModel(program), findLivelocks: true);
                if (every.Livelocked!.Count > 0)
                {
                    SearchResult result = ExhaustiveSearch.Run(new ProgramModel(program), findLivelocks: true, symmetry: true);
                    Assert.Equal(Way(every), Way(result));
                    found++;
                }

                string? Way(SearchResult result) =>
                    FewestSwitches.Find(new ProgramModel(program), (execution, _) => result.IsLivelocked(execution))?.ToString();
            },
            iter: Programs / 25,
            threads: 1);
        Assert.InRange(found, 10, Programs);
    }

    [Theory]
    [InlineData(2, 1, false)]
    [InlineData(3, 1, false)]
    [InlineData(2, 2, false)]
    [InlineData(2, 1, true)]
    [InlineData(3, 1, true)]
    [InlineData(2, 2, true)]
    public void LockCheckActStandsForAllItsStates(int faulting, int rounds, bool guarded)
    {
        Model Make() => guarded ? new LockCheckActGuarded(faulting, rounds) : new LockCheckAct(faulting, rounds, diesInOrder: false);
        (SearchResult every, EndFingerprints ends) = Every(Make());
        var found = new EndFingerprints();
        SearchResult result = ExhaustiveSearch.Run(Make(), found, findLivelocks: true, symmetry: true);
        AssertSame(every, ends, result, found);
        Assert.Equal(every.States, result.StatesStoodFor);
        Assert.InRange(result.States, 1, every.States * 4 / (faulting == 2 ? 6 : 12));
        var reducedEnds = new EndFingerprints();
        AssertSame(every, ends, ReducedSearch.Run(Make(), reducedEnds, findLivelocks: true, symmetry: true), reducedEnds);
    }

    /// <summary>Threads that say they are interchangeable and are not: one does what its number says, or they begin differently.</summary>
    [Fact]
    public void ThreadsThatAreNotAlikeAreRefused()
    {
        var numbered = Assert.Throws<ModelException>(() => ExhaustiveSearch.Run(new Unlike(startsUnlike: false), checkDeterminism: true));
        Assert.Contains("is another one when it has changed places", numbered.Message, StringComparison.Ordinal);
        var different = Assert.Throws<ModelException>(() => ExhaustiveSearch.Run(new Unlike(startsUnlike: true), symmetry: true));
        Assert.Contains("threads 0 and 1 are said to be interchangeable", different.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CountsDoNotDependOnTheNumberOfWorkers() => SmallProgram.Twins.Sample(
        program =>
        {
            SearchResult one = ExhaustiveSearch.Run(new Watched(program), findLivelocks: true, symmetry: true);
            SearchResult three = ExhaustiveSearch.Run(new Watched(program), findLivelocks: true, workers: 3, symmetry: true);
            AssertCounts(one, three);
            one = ReducedSearch.Run(new Watched(program), findLivelocks: true, longestWalks: 6, symmetry: true);
            three = ReducedSearch.Run(new Watched(program), findLivelocks: true, workers: 3, longestWalks: 6, symmetry: true);
            AssertCounts(one, three);
            Assert.Equal(one.Passes, three.Passes);
        },
        iter: 300,
        threads: 1);

    private sealed class Unlike : SmallModel
    {
        private readonly bool startsUnlike;

        public Unlike(bool startsUnlike)
            : base(2)
        {
            this.startsUnlike = startsUnlike;
            Layout.Add("v", 1, WordKind.Visible);
            Layout.Add("own", 2, WordKind.Private);
            Layout.AddOwned(0, 1, 1);
            Layout.AddOwned(1, 2, 1);
        }

        public override IReadOnlyList<IReadOnlyList<int>> Interchangeable => [[0, 1]];

        public override void Initialise(Execution execution) => execution.Word(1) = startsUnlike ? 1 : 0;

        public override Call Start(int thread) => Body();

        private static async Call Body()
        {
            await new Word<int>(0).Write(7);
            await new Word<int>(0).Write(Execution.Current.Me);
        }
    }

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
