using Faultline.Engine;

namespace Faultline.Bench.Coyote;

/// <summary>Schedules of a model at random, each from the initial state to the end, nothing remembered between them.</summary>
internal static unsafe class RandomSchedules
{
    /// <summary>Runs schedules; each step is that of a thread picked among those that can move.</summary>
    /// <param name="model">What to run.</param>
    /// <param name="seed">Where the choices start.</param>
    /// <param name="schedules">How many at most.</param>
    /// <param name="isBad">Told of each last state; true ends the runs. Null: all are run.</param>
    /// <returns>How many were run, and whether the last was bad.</returns>
    public static (long Run, bool Found) Run(Model model, ulong seed, long schedules, Func<Execution, bool>? isBad)
    {
        using var execution = new Execution(model);
        Span<int> open = stackalloc int[model.Threads];
        ulong random = seed;
        for (long i = 1; i <= schedules; i++)
        {
            execution.Initialise();
            while (true)
            {
                int count = 0;
                for (int t = 0; t < model.Threads; t++)
                {
                    if (execution.Enabled(execution.Vector, t) > 0)
                    {
                        open[count++] = t;
                    }
                }

                if (count == 0)
                {
                    break;
                }

                int thread = open[(int)Below(ref random, (uint)count)];
                int ways = execution.Enabled(execution.Vector, thread);
                execution.Run(thread, ways == 1 ? 0 : (int)Below(ref random, (uint)ways));
            }

            if (isBad?.Invoke(execution) == true)
            {
                return (i, true);
            }
        }

        return (schedules, false);
    }

    // SplitMix64, and a multiplication in place of a division.
    private static uint Below(ref ulong state, uint count)
    {
        ulong z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return (uint)(((z ^ (z >> 31)) >> 32) * count >> 32);
    }
}
