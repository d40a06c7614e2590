using System.Runtime.InteropServices;

namespace Faultline.Engine.Tests.Strategies;

/// <summary>
/// Follows every schedule of a small model to its end, one by one, without remembering a state: what strategies that remember are held
/// against.
/// </summary>
public sealed unsafe class EverySchedule
{
    private readonly Execution execution;
    private readonly Dictionary<ulong, int> fewest = [];
    private long budget;

    private EverySchedule(Execution execution, long budget) => (this.execution, this.budget) = (execution, budget);

    /// <summary>Each state that can be reached, by fingerprint, with the fewest preemptions that lead there; null: too many schedules.</summary>
    public static IReadOnlyDictionary<ulong, int>? FewestPreemptions(Model model, long stepsAtMost)
    {
        using var execution = new Execution(model);
        var all = new EverySchedule(execution, stepsAtMost);
        byte* initial = all.Vector();
        execution.Initialise(initial);
        all.Note(0);
        all.Follow(initial, -1, 0);
        NativeMemory.AlignedFree(initial);
        return all.budget < 0 ? null : all.fewest;
    }

    private void Follow(byte* from, int last, int preemptions)
    {
        byte* to = Vector();
        bool mayGoOn = last >= 0 && execution.Enabled(from, last) > 0;
        for (int thread = 0; thread < execution.Shape.Threads && budget >= 0; thread++)
        {
            for (int choice = 0; choice < execution.Enabled(from, thread) && budget >= 0; choice++)
            {
                execution.Shape.Copy(from, to);
                execution.Attach(to);
                execution.Run(thread, choice);
                budget--;
                int needed = preemptions + (mayGoOn && thread != last ? 1 : 0);
                Note(needed);
                Follow(to, thread, needed);
            }
        }

        NativeMemory.AlignedFree(to);
    }

    private void Note(int preemptions)
    {
        ulong state = execution.StateFingerprint;
        fewest[state] = Math.Min(preemptions, fewest.GetValueOrDefault(state, int.MaxValue));
    }

    private byte* Vector() => (byte*)NativeMemory.AlignedAlloc((nuint)execution.Shape.Capacity, 64);
}
