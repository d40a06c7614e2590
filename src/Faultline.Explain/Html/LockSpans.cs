using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;

namespace Faultline.Explain.Html;

/// <summary>A lock held by a thread for some time.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Word">The lock's word.</param>
/// <param name="Shared">Held for reading.</param>
/// <param name="From">The step, 1-based, in which it was taken; 0: on the way to the thread's first step.</param>
/// <param name="To">The step in which it was released; <see cref="int.MaxValue"/>: not within the schedule.</param>
internal sealed record LockSpan(int Thread, int Word, bool Shared, int From, int To)
{
    /// <summary>Held in the state after so many steps.</summary>
    public bool IsHeldAfter(int steps) => From <= steps && To > steps;
}

/// <summary>Who held which lock, from when to when.</summary>
internal static class LockSpans
{
    public static List<LockSpan> Of(Tape tape)
    {
        var spans = new List<LockSpan>();
        var open = new List<LockSpan>();
        foreach (ThreadAtEnd thread in tape.Witness.Threads)
        {
            open.AddRange(tape.HeldAtFirst(thread.Thread).Select(word => new LockSpan(thread.Thread, word, true, 0, int.MaxValue)));
        }

        foreach (WitnessStep step in tape.Steps)
        {
            foreach (StepEvent e in step.Events)
            {
                if (e.Kind == EventKind.Acquire)
                {
                    open.Add(new LockSpan(step.Move.Thread, e.Word, Tape.IsRead(e), step.Number, int.MaxValue));
                }
                else if (e.Kind == EventKind.Release)
                {
                    Close(open, spans, step, e.Word);
                }
            }
        }

        return [.. spans.Concat(open).OrderBy(s => s.Thread).ThenBy(s => s.From)];
    }

    // Whoever lets go of a lock that it does not hold is told of elsewhere.
    private static void Close(List<LockSpan> open, List<LockSpan> spans, WitnessStep step, int word)
    {
        int held = open.FindLastIndex(s => s.Word == word && s.Thread == step.Move.Thread);
        if (held >= 0)
        {
            spans.Add(open[held] with { To = step.Number });
            open.RemoveAt(held);
        }
    }
}
