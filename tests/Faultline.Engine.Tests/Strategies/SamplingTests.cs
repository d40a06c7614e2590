using CsCheck;
using Faultline.Engine.Search;
using Faultline.Engine.Tests.Programs;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Tests.Strategies;

/// <summary>Strategies that draw schedules: what they find is there, they can be repeated, and they never claim to be complete.</summary>
public sealed class SamplingTests
{
    private static readonly ISearchStrategy[] Both = [new RandomWalk(7, 2_000), new PriorityChanges(3, 7, 2_000)];

    [Fact]
    public void ABugIsFoundAndItsScheduleShowsIt()
    {
        foreach (ISearchStrategy strategy in Both)
        {
            SearchResult result = Run(new Staircase(2), strategy);
            FoundSchedule found = Assert.Single(result.Schedules);
            Assert.Equal("bug(climbed)", found.Violation.ToString());
            Assert.Equal([found.Violation], result.Violations);
            Witness witness = Replay.Run(new Staircase(2), found.Schedule);
            Assert.Contains(witness.Steps[^1].Events, e => e is { Kind: EventKind.Violation, Text: "bug(climbed)" });
        }
    }

    [Fact]
    public void WithoutABugNothingIsFoundAndNothingIsClaimed()
    {
        foreach (ISearchStrategy strategy in Both)
        {
            SearchResult result = Run(new Staircase(2, complains: false), strategy);
            Assert.Empty(result.Violations);
            Assert.False(result.Complete);
            Assert.Equal("2000 schedules", result.StoppedBy);
            Assert.Null(result.Livelocked);
            Assert.Equal((2_000, 7UL), (((SampleCoverage)result.Coverage!).Schedules, ((SampleCoverage)result.Coverage).Seed));
        }
    }

    [Fact]
    public void TheSameSeedDrawsTheSameSchedulesAndAnotherDrawsOthers()
    {
        foreach (Func<ulong, ISearchStrategy> of in new Func<ulong, ISearchStrategy>[]
            { seed => new RandomWalk(seed, 500), seed => new PriorityChanges(5, seed, 500) })
        {
            string first = Told(of(1));
            Assert.Equal(first, Told(of(1)));
            Assert.NotEqual(first, Told(of(2)));
        }

        // The number of steps depends on the schedules drawn: one that gives up early is shorter.
        static string Told(ISearchStrategy strategy)
        {
            var told = new Recorded();
            strategy.Run(new Staircase(4), told, SearchLimits.None);
            return string.Join('\n', told.Schedules);
        }
    }

    /// <summary>More schedules begin with the same ones.</summary>
    [Fact]
    public void FewerSchedulesAreTheFirstOfMore()
    {
        var few = new Recorded();
        var many = new Recorded();
        new PriorityChanges(4, 3, 100).Run(new Staircase(4), few, SearchLimits.None);
        new PriorityChanges(4, 3, 1_000).Run(new Staircase(4), many, SearchLimits.None);
        Assert.Equal(few.Schedules, many.Schedules.Take(few.Schedules.Count));
    }

    /// <summary>Drawn runs end where an exhaustive search ends, find nothing that it does not find, and mostly reach every end.</summary>
    [Fact]
    public void EndsAndViolationsAreThoseOfTheExhaustiveSearch()
    {
        int all = 0, whole = 0;
        SmallProgram.Tiny.Sample(
            program =>
            {
                var model = new ProgramModel(program);
                var ends = new Ends(model);
                HashSet<ViolationKind> kinds = [.. Searching.All(model, ends).Violations.Select(v => v.Kind)];
                foreach (ISearchStrategy strategy in new ISearchStrategy[] { new RandomWalk(1, 3_000), new PriorityChanges(5, 1, 3_000) })
                {
                    var drawn = new Ends(model);
                    CompareDrawn(model, strategy.Run(model, drawn, SearchLimits.None), kinds);
                    Assert.Subset(ends.Found, drawn.Found);
                    all++;
                    whole += drawn.Found.Count == ends.Found.Count ? 1 : 0;
                }
            },
            iter: 200,
            threads: 1);
        Assert.InRange(whole, all * 3 / 4, all);
    }

    private static void CompareDrawn(Model model, SearchResult drawn, HashSet<ViolationKind> kinds)
    {
        Assert.Subset(kinds, drawn.Violations.Select(v => v.Kind).ToHashSet());
        foreach (FoundSchedule found in drawn.Schedules.Where(f => f.Violation.Kind == ViolationKind.Deadlock))
        {
            Assert.Contains(Replay.Run(model, found.Schedule).Steps[^1].Events, e => e.Text == "deadlock");
        }
    }

    [Fact]
    public void SchedulesWithoutAnEndAreAbandonedAndCounted()
    {
        foreach (ISearchStrategy strategy in new ISearchStrategy[] { new RandomWalk(1, 20), new PriorityChanges(2, 1, 20) })
        {
            SearchResult result = Run(new Spinners(), strategy);
            Assert.Equal(new SampleCoverage(strategy.Name, 1, 20, 20), (SampleCoverage)result.Coverage! with { Pct = null });
            Assert.Equal((0, 20L * SampleCoverage.StepsAtMost), (result.EndStates, result.Transitions));
        }
    }

    [Fact]
    public void BoundsStopIt()
    {
        foreach (ISearchStrategy strategy in new ISearchStrategy[] { new RandomWalk(1, long.MaxValue), new PriorityChanges(2, 1, long.MaxValue) })
        {
            SearchResult steps = strategy.Run(new ThreeCounters(3, 4), null, new SearchLimits(MaxStates: 1_001));
            Assert.Equal(("1001 steps", 1_001), (steps.StoppedBy, steps.Transitions));
            Assert.Equal(1_001 / 24, ((SampleCoverage)steps.Coverage!).Schedules);
            SearchResult time = strategy.Run(new ThreeCounters(3, 4), null, new SearchLimits(Timeout: TimeSpan.FromMilliseconds(100)));
            Assert.Equal("0.1 s of time", time.StoppedBy);
            SearchResult stopped = strategy.Run(
                new ThreeCounters(3, 4), null, new SearchLimits(Cancellation: new CancellationToken(canceled: true)));
            Assert.Equal("interruption", stopped.StoppedBy);
            SearchResult memory = strategy.Run(new ThreeCounters(3, 4), null, new SearchLimits { MaxMemory = 1 });
            Assert.Equal("0 MiB of memory", memory.StoppedBy);
        }
    }

    [Fact]
    public void EveryThreadThatCanMoveIsDrawnEquallyOften()
    {
        var counts = new int[3];
        var random = new SeededRandom(5, 0);
        for (int i = 0; i < 30_000; i++)
        {
            counts[RandomWalk.WalkScheduler.Draw(0b10101, ref random) / 2]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400)); // five standard deviations
    }

    private static SearchResult Run(Model model, ISearchStrategy strategy) => strategy.Run(model, null, SearchLimits.None);

    private sealed class Recorded : ISearchObserver
    {
        public List<string> Schedules { get; } = [];

        public void EndState(Execution execution, bool stuck)
        {
        }

        public void EndedBy(Func<Schedule> schedule) => Schedules.Add(schedule().ToString());

        public void Progress(SearchProgress progress)
        {
        }
    }
}
