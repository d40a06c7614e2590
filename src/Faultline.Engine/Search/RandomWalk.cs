using System.Numerics;

namespace Faultline.Engine.Search;

/// <summary>
/// Schedules in which each step is that of a thread drawn from those that can move, all equally likely. A schedule with few
/// switches is unlikely, and about what was not found nothing follows.
/// </summary>
/// <param name="Seed">The same seed draws the same schedules.</param>
/// <param name="Schedules">How many.</param>
public sealed record RandomWalk(ulong Seed, long Schedules) : ISearchStrategy
{
    /// <inheritdoc/>
    public string Name => "random";

    /// <inheritdoc/>
    public SearchResult Run(Model model, ISearchObserver? observer, SearchLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        using var execution = new Execution(model) { CollectsLockOrder = true, LogsAccesses = true };
        using var sampler = new Sampler<WalkScheduler>(execution, default, Seed, Schedules, observer, limits);
        SearchResult result = sampler.Run();
        return result with { Coverage = new SampleCoverage(Name, Seed, sampler.Schedules, sampler.Abandoned) };
    }

    /// <summary>Draws a thread.</summary>
    internal readonly struct WalkScheduler : IScheduler
    {
        public void Begin(ref SeededRandom random)
        {
        }

        public int Choose(uint enabled, int step, ref SeededRandom random) => Draw(enabled, ref random);

        public void End(int steps)
        {
        }

        internal static int Draw(uint enabled, ref SeededRandom random)
        {
            int count = BitOperations.PopCount(enabled);
            for (int skip = count > 1 ? random.Below(count) : 0; skip > 0; skip--)
            {
                enabled &= enabled - 1;
            }

            return BitOperations.TrailingZeroCount(enabled);
        }
    }
}
