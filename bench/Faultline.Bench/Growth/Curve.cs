using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Tests;

namespace Faultline.Bench.Growth;

/// <summary>What one search cost.</summary>
/// <param name="Size">The number that grows.</param>
/// <param name="States">Distinct states.</param>
/// <param name="Seconds">Wall time.</param>
internal readonly record struct Point(int Size, long States, double Seconds);

/// <summary>One problem with one number that grows.</summary>
/// <param name="Problem">Family, and its other numbers.</param>
/// <param name="Last">The largest size.</param>
/// <param name="Model">The model of a size.</param>
internal sealed record Curve(string Problem, int Last, Func<int, Model> Model)
{
    private static readonly SearchLimits Limits = new(MaxStates: 4_000_000, Timeout: TimeSpan.FromMinutes(1));

    /// <summary>Searches size after size until one exceeds the limits; times are medians of three where they are short.</summary>
    public List<Point> Measure(Strategy strategy)
    {
        var points = new List<Point>();
        for (int size = 1; size <= Last; size++)
        {
            Model model = Model(size);
            SearchResult first = strategy.Run(model, Limits);
            if (!first.Complete)
            {
                break;
            }

            double seconds = first.Elapsed.TotalSeconds;
            if (seconds < 2)
            {
                seconds = Enumerable.Range(0, 3).Select(_ => strategy.Run(model, Limits).Elapsed.TotalSeconds).Order().ElementAt(1);
            }

            points.Add(new Point(size, first.States, seconds));
        }

        return points;
    }
}

/// <summary>All curves over one kind of number.</summary>
/// <param name="Number">What grows.</param>
/// <param name="Curves">The problems.</param>
internal sealed record Sweep(string Number, Curve[] Curves)
{
    /// <summary>Threads, operations (rounds, in the families) and pages (entries, in the hand-over).</summary>
    public static readonly Sweep[] All =
    [
        new("threads",
        [
            new("litmus test, 2 operations, 2 pages", 4, n => GeneratedTest.Machine(n, 2, 2)),
            new("fault-truncate, 1 round, 2 pages", 5, n => new FaultTruncate(n, 1, 2)),
            new("entry-hand-over, 2 rounds, 2 entries", 5, n => new EntryHandOver(n, 2, 2)),
            new("lock-check-act, 1 round", 5, n => new LockCheckAct(n, 1)),
        ]),
        new("operations",
        [
            new("litmus test, 3 threads, 2 pages", 4, n => GeneratedTest.Machine(3, n, 2)),
            new("fault-truncate, 2 storing, 2 pages", 4, n => new FaultTruncate(2, n, 2)),
            new("entry-hand-over, 3 threads, 2 entries", 4, n => new EntryHandOver(3, n, 2)),
            new("lock-check-act, 2 faulting", 4, n => new LockCheckAct(2, n)),
        ]),
        new("pages",
        [
            new("litmus test, 3 threads, 2 operations", 3, n => GeneratedTest.Machine(3, 2, n)),
            new("fault-truncate, 3 storing, 1 round", 3, n => new FaultTruncate(3, 1, n)),
            new("entry-hand-over, 3 threads, 2 rounds", 3, n => new EntryHandOver(3, 2, n)),
        ]),
    ];
}
