using CsCheck;
using Faultline.Engine.Search;
using Faultline.Engine.Tests.Programs;

namespace Faultline.Engine.Tests.Strategies;

/// <summary>All schedules with at most so many preemptions, no more and no fewer.</summary>
public sealed class PreemptionBoundedTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void ABugIsFoundWithThePreemptionsThatItNeedsAndNotWithOneLess(int steps)
    {
        var model = new Staircase(steps);
        Assert.Equal(["bug(climbed)"], Run(model, model.Preemptions).Violations.Select(v => v.ToString()));
        if (model.Preemptions > 0)
        {
            SearchResult less = Run(model, model.Preemptions - 1);
            Assert.Empty(less.Violations);
            Assert.False(less.Complete);
            Assert.Equal(new PreemptionCoverage($"preemptions:{model.Preemptions - 1}", model.Preemptions - 1, model.Preemptions - 1), less.Coverage);
        }
    }

    /// <summary>Without a bug the answer is a proof only where nothing was left out.</summary>
    [Fact]
    public void NothingFoundIsNoProofUnlessNothingWasLeftOut()
    {
        var model = new Staircase(3, complains: false);
        SearchResult bounded = Run(model, 1), all = Run(model, 100);
        Assert.False(bounded.Complete);
        Assert.Equal("the bound of 1 preemption", bounded.StoppedBy);
        Assert.Null(bounded.Livelocked);
        Assert.True(all.Complete);
        Assert.Null(all.StoppedBy);
        Assert.Equal(Searching.All(model).States, all.States);
    }

    [Fact]
    public void ABoundThatLeavesNothingOutCoversWhatTheExhaustiveSearchDoes() => SmallProgram.Any.Sample(
        program =>
        {
            var model = new ProgramModel(program);
            var expected = new Ends(model);
            var ends = new Ends(model);
            SearchResult exhaustive = Searching.All(model, expected, findLivelocks: true);
            SearchResult bounded = new PreemptionBounded(1_000).Run(model, ends, SearchLimits.None);
            Assert.True(bounded.Complete);
            Assert.Equal((exhaustive.States, exhaustive.EndStates), (bounded.States, bounded.EndStates));
            Assert.True(exhaustive.Livelocked!.SetEquals(bounded.Livelocked!));
            Assert.True(expected.Found.SetEquals(ends.Found));
            Assert.Equal(Kinds(exhaustive), Kinds(bounded));
        },
        iter: 1_000,
        threads: 1);

    /// <summary>Remembering pairs of state and last thread loses no state, and finds none that needs more preemptions.</summary>
    [Fact]
    public void TheStatesAreThoseOfAllSchedulesWithinTheBound()
    {
        int compared = 0, grew = 0;
        SmallProgram.Tiny.Sample(
            program =>
            {
                var model = new ProgramModel(program);
                if (EverySchedule.FewestPreemptions(model, 100_000) is not { } fewest)
                {
                    return;
                }

                compared++;
                grew += fewest.Values.Max() > 1 ? 1 : 0;
                for (int bound = 0; bound <= fewest.Values.Max(); bound++)
                {
                    Assert.Equal(fewest.Count(s => s.Value <= bound), Run(model, bound).States);
                }
            },
            iter: 500,
            threads: 1);
        Assert.InRange(compared, 200, 500);
        Assert.InRange(grew, 5, 500);
    }

    [Fact]
    public void LivelocksAreFoundWhereNothingWasLeftOut()
    {
        SearchResult result = Run(new Spinners(), 100);
        Assert.True(result.Complete);
        Assert.Equal(["livelock"], result.Violations.Select(v => v.ToString()));
    }

    [Fact]
    public void BoundsStopItAndItSaysHowFarItCame()
    {
        var states = new PreemptionBounded(3).Run(new ThreeCounters(3, 10), null, new SearchLimits(MaxStates: 1_000));
        Assert.Equal(("1000 states", 1_000, false), (states.StoppedBy, states.States, states.Complete));
        Assert.InRange(((PreemptionCoverage)states.Coverage!).Explored, 0, 2);
        var none = new PreemptionBounded(3).Run(new ThreeCounters(3, 10), null, new SearchLimits(MaxStates: 10));
        Assert.Equal(-1, ((PreemptionCoverage)none.Coverage!).Explored);
        var time = new PreemptionBounded(100).Run(new ThreeCounters(4, 10), null, new SearchLimits(Timeout: TimeSpan.FromMilliseconds(200)));
        Assert.Equal("0.2 s of time", time.StoppedBy);
        var stop = new PreemptionBounded(100).Run(
            new ThreeCounters(4, 10), null, new SearchLimits(Cancellation: new CancellationToken(canceled: true)));
        Assert.Equal("interruption", stop.StoppedBy);
    }

    private static SearchResult Run(Model model, int bound) => new PreemptionBounded(bound).Run(model, null, SearchLimits.None);

    // Which edge of a cycle of locks closes it depends on the order of the search.
    private static SortedSet<ViolationKind> Kinds(SearchResult result) => [.. result.Violations.Select(v => v.Kind)];
}
