using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Versions;

namespace Faultline.Explain.Stories;

/// <summary>A witness with the values of all words before the first and after each step, and who holds which lock when.</summary>
internal sealed class Tape
{
    private readonly List<int[]> words = [];
    private readonly Model model;

    public Tape(Model model, Witness witness, WordNames names)
    {
        Witness = witness;
        Names = names;
        Version = (model as Machine)?.Version;
        this.model = model;
        int count = model.Layout.WordCount;
        Replay.VisitEach(model, witness.Schedule, e => words.Add([.. Enumerable.Range(0, count).Select(w => e.Word(w))]));
    }

    public Witness Witness { get; }

    public WordNames Names { get; }

    /// <summary>The kernel version whose names functions have; null for a model that is no kernel.</summary>
    public KernelVersion? Version { get; }

    public IReadOnlyList<WitnessStep> Steps => Witness.Steps;

    /// <summary>The number of steps up to which there is power: all, where it does not fail.</summary>
    public int LastAlive => Names.Find("crashed") is var crashed and >= 0 ? words.FindLastIndex(w => w[crashed] == 0) : Steps.Count;

    /// <summary>What a thread is about to do after a step (an index); empty when it is done.</summary>
    public string NextOf(int thread, int step)
    {
        if (Steps.Skip(step + 1).FirstOrDefault(s => s.Move.Thread == thread) is { } next)
        {
            return StepText.Of(next.Kind, next.Word, Names);
        }

        // At the end the machine may have stopped: what counts is the state after the step.
        var upTo = new Schedule([.. Witness.Schedule.Moves.Take(step + 1)]);
        return StepText.OfWaiting(Replay.Run(model, upTo).Threads[thread].Waiting, Names);
    }

    /// <summary>All words after so many steps.</summary>
    public int[] WordsAfter(int steps) => words[steps];

    /// <summary>Locks a thread holds just before an event of a step (both indexes); an event past the last: after the step.</summary>
    public List<string> HeldAt(int thread, int step, int eventIndex)
    {
        var held = HeldAtFirst(thread).Select(word => (Word: word, Read: true)).ToList();
        for (int s = 0; s <= step && s < Steps.Count; s++)
        {
            if (Steps[s].Move.Thread != thread)
            {
                continue;
            }

            int end = s == step ? Math.Min(eventIndex, Steps[s].Events.Count) : Steps[s].Events.Count;
            for (int e = 0; e < end; e++)
            {
                StepEvent happened = Steps[s].Events[e];
                if (happened.Kind == EventKind.Acquire)
                {
                    held.Add((happened.Word, IsRead(happened)));
                }
                else if (happened.Kind == EventKind.Release)
                {
                    held.RemoveAll(h => h.Word == happened.Word);
                }
            }
        }

        return [.. held.Select(h => Names[h.Word] + (h.Read ? "(r)" : ""))];
    }

    /// <summary>A violation of the whole outcome, which no step and no word is to blame for.</summary>
    public static bool IsOfTheEnd(StepEvent e) => e is { Kind: EventKind.Violation, Depth: < 0, Word: < 0 };

    /// <summary>Locks that a thread holds before the first step: semaphores that nobody can be in the way of, hence read.</summary>
    public IEnumerable<int> HeldAtFirst(int thread) =>
        Enumerable.Range(0, words[0].Length).Where(w => Names.IsNeverWritten(w) && (words[0][w] & (1 << thread)) != 0);

    public static bool IsRead(StepEvent acquire) => acquire.Text.StartsWith("read ", StringComparison.Ordinal);

    /// <summary>A thread's functions, outermost first, just before an event of its step.</summary>
    public List<string> StackAt(int step, int eventIndex)
    {
        var stack = Steps[step].Stack.ToList();
        foreach (StepEvent e in Steps[step].Events.Take(eventIndex))
        {
            if (e.Kind == EventKind.Call)
            {
                stack.Add(e.Text);
            }
            else if (e.Kind == EventKind.Return && stack.Count > 0)
            {
                stack.RemoveAt(stack.Count - 1);
            }
        }

        return stack;
    }

    /// <summary>The number of the user instruction that a thread executes just before an event of a step.</summary>
    public int InstructionAt(int thread, int step, int eventIndex)
    {
        int done = 0;
        for (int s = 0; s <= step && s < Steps.Count; s++)
        {
            if (Steps[s].Move.Thread == thread)
            {
                int end = s == step ? eventIndex : int.MaxValue;
                done += Steps[s].Events.Take(end).Count(e => e.Kind == EventKind.Return && e.Depth == 1);
            }
        }

        return done;
    }
}
