using Faultline.Engine.Search;
using Faultline.Engine.Tests;

namespace Faultline.Bench;

/// <summary>One exhaustive search of three counters, measured.</summary>
/// <param name="Result">What was found.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Allocated">Bytes allocated on the garbage-collected heap.</param>
/// <param name="Smallest">The smallest final value.</param>
internal sealed record ThreeCountersRun(SearchResult Result, double Seconds, long Allocated, int Smallest)
{
    public const int Threads = 3;

    /// <summary>Bytes of the visited set for each state in it.</summary>
    public double BytesPerState => (double)Result.VisitedBytes / Result.States;

    public double TransitionsPerSecond => Result.Transitions / Seconds;

    public static ThreeCountersRun Measure(int rounds)
    {
        ExhaustiveSearch.Run(new ThreeCounters(Threads, 2)); // frame types are registered once per process
        var model = new ThreeCounters(Threads, rounds);
        long before = GC.GetAllocatedBytesForCurrentThread();
        SearchResult result = ExhaustiveSearch.Run(model);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return new ThreeCountersRun(result, result.Elapsed.TotalSeconds, allocated, model.Smallest);
    }

    public static int Print(int rounds)
    {
        ThreeCountersRun run = Measure(rounds);
        Console.WriteLine($"three counters: {Threads} threads, {rounds} rounds, no reduction, one core");
        Console.WriteLine($"states                  {run.Result.States,14:N0}");
        Console.WriteLine($"transitions             {run.Result.Transitions,14:N0}");
        Console.WriteLine($"smallest final value    {run.Smallest,14:N0}");
        Console.WriteLine($"seconds                 {run.Seconds,14:N2}");
        Console.WriteLine($"transitions/s           {run.TransitionsPerSecond,14:N0}");
        Console.WriteLine($"states/s                {run.Result.States / run.Seconds,14:N0}");
        Console.WriteLine($"bytes allocated         {run.Allocated,14:N0}   in all, whatever the number of transitions");
        Console.WriteLine($"  per transition        {(double)run.Allocated / run.Result.Transitions,14:N6}");
        Console.WriteLine($"visited set, bytes      {run.Result.VisitedBytes,14:N0}");
        Console.WriteLine($"  per state             {run.BytesPerState,14:N1}   8 in use, the rest is room to grow");
        Console.WriteLine($"P(state hidden) at most {run.Result.CollisionProbability,14:E1}");
        return run.Result.Complete ? 0 : 3;
    }
}
