using System.Collections.Immutable;

namespace Faultline.Engine.Tests;

/// <summary>Exact counts of the peers' yardstick: a brute force's, and Spin's.</summary>
public sealed class ThreeCountersTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 10)]
    [InlineData(2, 1)]
    [InlineData(2, 5)]
    [InlineData(3, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 2)]
    public void StatesAndTransitionsAreThoseOfABruteForce(int threads, int rounds)
    {
        var (states, transitions) = BruteForce.Reach(Start(threads), s => Next(s, rounds));
        var ends = states.Where(s => s.Threads.Split(' ').All(t => t.StartsWith($"{rounds}:", StringComparison.Ordinal))).ToList();

        var model = new ThreeCounters(threads, rounds);
        var observer = new EndStates(0);
        var result = Searching.All(model, observer);

        Assert.Equal(states.Count, result.States);
        Assert.Equal(transitions, result.Transitions);
        Assert.Equal(ends.Count, result.EndStates);
        Assert.Equal(ends.Min(s => s.X), model.Smallest);
        Assert.Equal(ends.Select(s => $"{s.X}").Order(StringComparer.Ordinal), observer.Done);
        Assert.Empty(result.Violations);
    }

    /// <summary>What Spin counts without reduction (bench/peers/three-counters.pml; it counts the initial state as a transition).</summary>
    [Fact]
    public void ThreeThreadsAndTenRoundsHaveSpinsNumberOfStates()
    {
        var model = new ThreeCounters(threads: 3, rounds: 10);
        var result = Searching.All(model);
        Assert.Equal((14_161_794, 40_741_677), (result.States, result.Transitions));
        Assert.Equal(2, model.Smallest);
        Assert.InRange(result.CollisionProbability, 1e-6, 1e-4);
    }

    [Fact]
    public void TheDeepestPathTakesEveryReadAndEveryWrite() =>
        Assert.Equal(3 * 4 * 2, Searching.All(new ThreeCounters(3, 4)).MaxDepth);

    // A thread is "rounds done:value read", the value empty between rounds.
    private static (int X, string Threads) Start(int threads) =>
        (0, string.Join(' ', Enumerable.Repeat("0:", threads)));

    private static IEnumerable<(int X, string Threads)> Next((int X, string Threads) state, int rounds)
    {
        ImmutableArray<string> threads = [.. state.Threads.Split(' ')];
        for (int t = 0; t < threads.Length; t++)
        {
            string[] parts = threads[t].Split(':');
            int done = int.Parse(parts[0]);
            if (done == rounds)
            {
                continue;
            }

            yield return parts[1].Length == 0
                ? (state.X, string.Join(' ', threads.SetItem(t, $"{done}:{state.X}")))
                : (int.Parse(parts[1]) + 1, string.Join(' ', threads.SetItem(t, $"{done + 1}:")));
        }
    }
}
