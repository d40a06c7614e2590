using System.Numerics;
using System.Runtime.CompilerServices;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>
/// PCT, probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010): threads get random priorities, the
/// one with the highest always runs, and after depth - 1 random steps the thread that made it falls below all others. What that is worth
/// says <see cref="PctBound"/>.
/// </summary>
/// <param name="Depth">d: how many ordering constraints the bugs looked for need. 1 to <see cref="DepthAtMost"/>.</param>
/// <param name="Seed">The same seed draws the same schedules.</param>
/// <param name="Schedules">How many.</param>
public sealed record PriorityChanges(int Depth, ulong Seed, long Schedules) : ISearchStrategy
{
    /// <summary>The largest depth.</summary>
    public const int DepthAtMost = 16;

    /// <summary>So many schedules are drawn as a random walk's first, to learn how long schedules are (k).</summary>
    public const int Pilots = 32;

    /// <inheritdoc/>
    public string Name => $"pct:{Depth}";

    /// <inheritdoc/>
    public SearchResult Run(Model model, ISearchObserver? observer, SearchLimits limits)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfLessThan(Depth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Depth, DepthAtMost);
        using var execution = new Execution(model) { CollectsLockOrder = true, LogsAccesses = true };
        var scheduler = new PctScheduler(Depth, model.Threads);
        using var sampler = new Sampler<PctScheduler>(execution, scheduler, Seed, Schedules, observer, limits);
        SearchResult result = sampler.Run();
        return result with
        {
            Coverage = new SampleCoverage(Name, Seed, sampler.Schedules, sampler.Abandoned)
            {
                Pct = new PctBound(
                    Depth, model.Threads, sampler.Scheduler.Longest, sampler.Scheduler.Counted, sampler.DrewAlternatives),
            },
        };
    }

    private struct PctScheduler(int depth, int threads) : IScheduler
    {
        private Priorities priorities;
        private ChangePoints points;
        private long drawn;

        /// <summary>k: the longest schedule seen that came to its end.</summary>
        public int Longest { get; private set; }

        /// <summary>Schedules drawn with this k, pilots not counted.</summary>
        public long Counted { get; private set; }

        private readonly bool IsPilot => drawn <= Pilots;

        public void Begin(ref SeededRandom random)
        {
            drawn++;
            for (int t = 0; t < threads; t++) // depth, depth + 1, ... in a random order
            {
                int other = random.Below(t + 1);
                priorities[t] = priorities[other];
                priorities[other] = depth + t;
            }

            for (int i = 0; i < depth - 1; i++)
            {
                points[i] = random.Below(Math.Max(Longest, 1));
            }
        }

        public int Choose(uint enabled, int step, ref SeededRandom random)
        {
            if (IsPilot)
            {
                return RandomWalk.WalkScheduler.Draw(enabled, ref random);
            }

            int chosen = Highest(enabled);
            for (int i = 0; i < depth - 1; i++)
            {
                if (points[i] == step)
                {
                    priorities[chosen] = depth - 1 - i; // once this step is made
                }
            }

            return chosen;
        }

        public void End(int steps)
        {
            if (steps > Longest)
            {
                (Longest, Counted) = (steps, 0);
            }
            else if (!IsPilot)
            {
                Counted++;
            }
        }

        private readonly int Highest(uint enabled)
        {
            int highest = BitOperations.TrailingZeroCount(enabled);
            for (uint rest = enabled & (enabled - 1); rest != 0; rest &= rest - 1)
            {
                int thread = BitOperations.TrailingZeroCount(rest);
                highest = priorities[thread] > priorities[highest] ? thread : highest;
            }

            return highest;
        }
    }

    [InlineArray(Layout.MaxThreads)]
    private struct Priorities
    {
        private int first;
    }

    [InlineArray(DepthAtMost - 1)]
    private struct ChangePoints
    {
        private int first;
    }
}
