using System.Runtime.InteropServices;

namespace Faultline.Engine.Search.PartialOrder;

/// <summary>
/// Random schedules from which a reduction learns what threads do: they get to places that a depth-first search comes to late. Always
/// the same ones, so that what is learned does not depend on chance.
/// </summary>
internal static unsafe class LearningWalks
{
    private const int StepsAtMost = 2_000; // of one schedule: it may spin
    private const int SwitchOneIn = 4;

    /// <summary>Runs schedules of so many steps together, others in each round, and returns what was not known.</summary>
    public static IReadOnlyList<SeenEdge> Run(Model model, LocalGraph known, int steps, int round)
    {
        using var execution = new Execution(model) { CollectsLockOrder = true };
        execution.LogsAccesses = true;
        using var learner = new Learner(known, execution);
        var random = new SeededRandom((ulong)steps, (ulong)round);
        byte* from = execution.Shape.NewVector(), to = execution.Shape.NewVector();
        for (long left = steps; left > 0;)
        {
            execution.Initialise(from);
            int thread = -1, taken = 0;
            while (taken < StepsAtMost && Choose(execution, from, ref thread, ref random))
            {
                execution.Shape.Copy(from, to);
                execution.Attach(to);
                execution.Run(thread, random.Below(execution.Enabled(from, thread)));
                learner.Note(from, to, thread);
                taken++;
                if (!execution.Pruned)
                {
                    byte* reached = to;
                    to = from;
                    from = reached;
                }
            }

            left -= Math.Max(taken, 1);
        }

        NativeMemory.AlignedFree(from);
        NativeMemory.AlignedFree(to);
        return learner.Learned;
    }

    // The same thread goes on, mostly: what it does in one go is seen, and what it does after others did something.
    private static bool Choose(Execution execution, byte* state, ref int thread, ref SeededRandom random)
    {
        if (thread >= 0 && random.Below(SwitchOneIn) != 0 && execution.Enabled(state, thread) > 0)
        {
            return true;
        }

        int start = random.Below(execution.Shape.Threads);
        for (int i = 0; i < execution.Shape.Threads; i++)
        {
            thread = (start + i) % execution.Shape.Threads;
            if (execution.Enabled(state, thread) > 0)
            {
                return true;
            }
        }

        return false;
    }
}
