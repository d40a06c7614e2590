using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;

namespace Faultline.Real.Force;

/// <summary>A witness that goes on to the ends of its threads.</summary>
/// <param name="Witness">The witness.</param>
/// <param name="Hangs">Not all threads come to their ends.</param>
public sealed record EndedWitness(Witness Witness, bool Hangs)
{
    // Threads that need more steps than this go round in circles.
    private const int More = 20_000;

    /// <summary>A witness ends where something goes wrong; from there the threads go on, one after another.</summary>
    /// <param name="machine">The machine of the witness.</param>
    /// <param name="witness">The witness.</param>
    public static EndedWitness Of(Machine machine, Witness witness)
    {
        List<Move> moves = [.. witness.Schedule.Moves];
        using var execution = new Execution(machine);
        execution.Initialise();
        moves.ForEach(m => execution.Run(m.Thread, m.Choice));
        int last = moves[^1].Thread, threads = machine.Program.Threads.Count;
        for (int i = 0; Runnable(execution, last, threads) is { } next; i++)
        {
            if (i == More)
            {
                return new EndedWitness(witness, Hangs: true);
            }

            execution.Run(next, 0);
            moves.Add(new Move(next, 0));
            last = next;
        }

        Witness ended = moves.Count == witness.Schedule.Moves.Count ? witness : Replay.Run(machine, new Schedule(moves));
        return new EndedWitness(ended, ended.Threads.Any(t => t.Stack.Count > 0));
    }

    private static unsafe int? Runnable(Execution execution, int last, int threads)
    {
        int thread = Enumerable.Range(0, threads).Prepend(last).FirstOrDefault(t => execution.Enabled(execution.Vector, t) > 0, -1);
        return thread < 0 ? null : thread;
    }
}
