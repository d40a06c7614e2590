using Faultline.Engine.Witnesses;

namespace Faultline.Explain.Stories;

/// <summary>
/// The user instructions of a witness. One that ran from start to end with no other thread in between might as well have been one
/// step: it is told by what it changed.
/// </summary>
internal sealed class Instructions
{
    private const int WorthFolding = 2;

    private readonly int[] foldedFrom;

    /// <summary>Finds those that can be folded.</summary>
    /// <param name="tape">The witness.</param>
    /// <param name="keep">Steps, by index, that are to be told in full.</param>
    public Instructions(Tape tape, IReadOnlySet<int> keep)
    {
        foldedFrom = [.. Enumerable.Range(0, tape.Steps.Count).Select(_ => -1)];
        int first = 0;
        for (int step = 0; step < tape.Steps.Count; step++)
        {
            bool ends = tape.Steps[step].Events.Any(e => e.Kind == EventKind.Return && e.Depth == 1);
            bool switches = step + 1 < tape.Steps.Count && tape.Steps[step + 1].Move.Thread != tape.Steps[step].Move.Thread;
            if (ends && step - first + 1 >= WorthFolding && !IsKept(first, step, keep) && StartsAt(tape, first))
            {
                Array.Fill(foldedFrom, first, first, step - first + 1);
            }

            first = ends || switches ? step + 1 : first;
        }
    }

    /// <summary>True when the step belongs to an instruction that is folded.</summary>
    public bool IsFolded(int step) => foldedFrom[step] >= 0;

    /// <summary>True when the step is the last of an instruction that is folded.</summary>
    public bool IsLast(int step) => IsFolded(step) && (step + 1 == foldedFrom.Length || foldedFrom[step + 1] != foldedFrom[step]);

    /// <summary>The first step of the folded instruction that the step belongs to.</summary>
    public int FirstOf(int step) => foldedFrom[step];

    private static bool IsKept(int first, int last, IReadOnlySet<int> keep) => Enumerable.Range(first, last - first + 1).Any(keep.Contains);

    // Its first step follows the end of the instruction before it, or is the thread's first.
    private static bool StartsAt(Tape tape, int first)
    {
        int thread = tape.Steps[first].Move.Thread;
        WitnessStep? before = tape.Steps.Take(first).LastOrDefault(s => s.Move.Thread == thread);
        return before is null || before.Events.Any(e => e.Kind == EventKind.Return && e.Depth == 1);
    }
}
