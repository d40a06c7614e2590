using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>A search that stopped early says so; a model that is not deterministic is caught.</summary>
public sealed class SearchBoundsTests
{
    [Fact]
    public void SoManyStatesAndNoMore()
    {
        SearchResult result = ExhaustiveSearch.Run(new ThreeCounters(3, 10), limits: new SearchLimits(MaxStates: 1_000));
        Assert.False(result.Complete);
        Assert.Equal("1000 states", result.StoppedBy);
        Assert.Equal(1_000, result.States);
    }

    [Fact]
    public void SoMuchTimeAndNotMuchMore()
    {
        var limits = new SearchLimits(Timeout: TimeSpan.FromMilliseconds(300));
        SearchResult result = ExhaustiveSearch.Run(new ThreeCounters(4, 10), limits: limits);
        Assert.False(result.Complete);
        Assert.Equal("0.3 s of time", result.StoppedBy);
        Assert.InRange(result.Elapsed.TotalSeconds, 0.3, 30);
    }

    [Fact]
    public void StoppedFromOutside()
    {
        using var stop = new CancellationTokenSource();
        var observer = new StopsAtFirstProgress(stop);
        SearchResult result = ExhaustiveSearch.Run(new ThreeCounters(4, 10), observer, new SearchLimits(Cancellation: stop.Token));
        Assert.False(result.Complete);
        Assert.Equal("interruption", result.StoppedBy);
        Assert.InRange(result.States, observer.Last.States, observer.Last.States + 16); // the steps of one state are finished
        Assert.InRange(result.Transitions, observer.Last.Transitions, observer.Last.Transitions + 16);
        Assert.InRange(observer.Last.Depth, 1, result.MaxDepth);
    }

    /// <summary>Nothing is said about livelocks when part of the graph is missing.</summary>
    [Fact]
    public void AStoppedSearchFindsNoLivelocks()
    {
        SearchResult result = ExhaustiveSearch.Run(
            new ThreeCounters(3, 10), limits: new SearchLimits(MaxStates: 1_000), findLivelocks: true);
        Assert.Null(result.Livelocked);
        Assert.Empty(result.Violations);
    }

    [Fact]
    public void TheWitnessSearchStopsToo()
    {
        WitnessTarget deep = (execution, final) => final && execution.Word(0) == 2;
        Assert.Null(FewestSwitches.Find(new ThreeCounters(3, 10), deep, new SearchLimits(MaxStates: 1_000)));
        Assert.Null(FewestSwitches.Find(new ThreeCounters(3, 10), deep, new SearchLimits(Timeout: TimeSpan.Zero)));
        Assert.Null(FewestSwitches.Find(
            new ThreeCounters(3, 10), deep, new SearchLimits(Cancellation: new CancellationToken(canceled: true))));
        Assert.NotNull(FewestSwitches.Find(new ThreeCounters(2, 2), deep));
    }

    [Fact]
    public void AModelWithAStaticCounterIsCaught()
    {
        var caught = Assert.Throws<ModelException>(() => ExhaustiveSearch.Run(new Counting(), checkDeterminism: true));
        Assert.Contains("not deterministic", caught.Message, StringComparison.Ordinal);
        Assert.Contains("thread 1", caught.Message, StringComparison.Ordinal);
    }

    /// <summary>Two runs of a step are alike, one after the other; but a step that was kept is not what a later run does.</summary>
    [Fact]
    public void AStepThatReadsWhatIsNoWordIsCaught()
    {
        var caught = Assert.Throws<ModelException>(() => ExhaustiveSearch.Run(new Hiding(hides: true), checkDeterminism: true));
        Assert.Contains("depends on more than what it is seen to touch", caught.Message, StringComparison.Ordinal);
        Assert.True(ExhaustiveSearch.Run(new Hiding(hides: false), checkDeterminism: true).Complete);
    }

    [Fact]
    public void ADeterministicModelPassesWithTheSameCounts()
    {
        SearchResult once = ExhaustiveSearch.Run(new ThreeCounters(3, 3));
        SearchResult twice = ExhaustiveSearch.Run(new ThreeCounters(3, 3), checkDeterminism: true);
        Assert.Equal((once.States, once.Transitions, once.EndStates), (twice.States, twice.Transitions, twice.EndStates));
    }

    [Fact]
    public void TheCollisionBoundIsTheBirthdayBound()
    {
        Assert.Equal(0, Fingerprint.CollisionProbability(1));
        Assert.Equal(Math.Pow(2, -61), Fingerprint.CollisionProbability(2));
        Assert.Equal(0.25, Fingerprint.CollisionProbability(1L << 30), precision: 9);
    }

    private sealed class StopsAtFirstProgress(CancellationTokenSource stop) : ISearchObserver
    {
        public SearchProgress Last { get; private set; }

        public void EndState(Execution execution, bool stuck)
        {
        }

        public void Progress(SearchProgress progress)
        {
            Last = progress;
            stop.Cancel();
        }
    }

    /// <summary>P1 keeps something outside the state.</summary>
    private sealed class Counting : SmallModel
    {
        private static readonly Word<int> X = new(0);
        private static int outside;

        public Counting()
            : base(2) => Layout.Add("x", 1, WordKind.Visible);

        public override Call Start(int thread) => thread == 0 ? Good() : Bad();

        private static async Call Good() => await X.Write(1);

        private static async Call Bad()
        {
            await new AccessStep(X.Index);
            X.Raw = ++outside;
        }
    }

    /// <summary>P0 writes what P1 has set: a word, or something outside the state.</summary>
    private sealed class Hiding(bool hides) : SmallModel(2)
    {
        private static readonly Word<int> X = new(0);
        private static readonly Word<int> Y = new(1);
        private static readonly Word<int> Z = new(2);
        private static int outside;
        private readonly bool hides = hides;

        private static bool Hides => ((Hiding)Execution.Current.Model).hides;

        public override Layout Layout { get; } = ThreeWords();

        public override void Initialise(Execution execution) => outside = 0;

        private static Layout ThreeWords()
        {
            var layout = new Layout();
            layout.Add("xyz", 3, WordKind.Visible);
            return layout;
        }

        public override Call Start(int thread) => thread == 0 ? Copies() : Sets();

        private static async Call Copies()
        {
            await new AccessStep(X.Index);
            X.Raw = 1 + (Hides ? outside : Y.Raw);
        }

        private static async Call Sets()
        {
            await Z.Write(1);
            await new AccessStep(Y.Index);
            Y.Raw = 1;
            outside = 1;
        }
    }
}
