using Faultline.Engine.Search;

namespace Faultline.Engine.Tests.Strategies;

/// <summary>PCT's theorem, and its limits.</summary>
public sealed class PctTests
{
    private const int Schedules = 50_000;

    /// <summary>
    /// Two threads, four steps; the bug needs write, read, write, read in this order: depth 3. P0 must be the higher one, the first change
    /// come after step 1 and the second after step 2: one schedule in 2 * 4^2, no more than the theorem promises.
    /// </summary>
    [Fact]
    public void ABugOfTheDepthShowsAsOftenAsTheTheoremSays()
    {
        var model = new Staircase(2);
        PctBound bound = Bound(model, 3);
        Assert.Equal((3, 2, 4), (bound.Depth, bound.Threads, bound.Steps));
        Assert.Equal(1.0 / 32, bound.OfOne);
        double expected = Schedules * bound.OfOne, deviation = Math.Sqrt(expected * (1 - bound.OfOne));
        Assert.InRange(model.Shown, expected - (4 * deviation), expected + (4 * deviation));
    }

    /// <summary>With fewer changes of priority nobody is preempted twice: only the pilots, drawn as a random walk, can show the bug.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ADeeperBugDoesNotShow(int depth)
    {
        var model = new Staircase(2);
        Bound(model, depth);
        Assert.InRange(model.Shown, 0, PriorityChanges.Pilots);
    }

    [Fact]
    public void TheBoundHoldsForADeeperBug()
    {
        var model = new Staircase(3);
        PctBound bound = Bound(model, 5);
        Assert.Equal(1 / (2 * Math.Pow(6, 4)), bound.OfOne, 12);
        Assert.InRange(model.Shown, Schedules * bound.OfOne / 2, Schedules); // 19 expected at least: 9.5 are more than two deviations off
    }

    [Fact]
    public void ThePilotsAreNotCounted()
    {
        Assert.Equal(1, Bound(new Staircase(2), 3, PriorityChanges.Pilots).Missed);
        PctBound bound = Bound(new Staircase(2), 3, PriorityChanges.Pilots + 10);
        Assert.Equal(10, bound.Schedules);
        Assert.Equal(Math.Pow(31.0 / 32, 10), bound.Missed, 12);
    }

    [Fact]
    public void OneThreadWithoutChangesMissesNothing()
    {
        var bound = new PctBound(1, 1, 10, 5, DrewAlternatives: false);
        Assert.Equal((1.0, 0.0), (bound.OfOne, bound.Missed));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void ADepthThatMakesNoSenseIsRefused(int depth) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PriorityChanges(depth, 1, 1).Run(new Staircase(1), null, SearchLimits.None));

    private static PctBound Bound(Model model, int depth, long schedules = Schedules)
    {
        SearchResult result = new PriorityChanges(depth, 11, schedules).Run(model, null, SearchLimits.None);
        return ((SampleCoverage)result.Coverage!).Pct!;
    }
}
