using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>Taking steps: as they were taken before where that is known, else by running the model's code.</summary>
internal sealed unsafe partial class SearchWorker
{
    private byte* before;
    private byte* after;
    private byte* second;
    private readonly int stateBytes;

    private int Enabled(byte* state, int thread)
    {
        int number = collapse.PartsOf(state)[thread];
        ref ThreadPart part = ref collapse[number];
        int alternatives = Execution.Enabled(part.Kind, ((int*)state)[part.Word], part.Alternatives, thread);
        if (alternatives == 0)
        {
            cache.KeepBlocked((int*)state, thread, number);
        }

        return alternatives;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Step(byte* from, int thread, int choice, int alternatives, CachedStep* step)
    {
        if (step == null || checksSteps)
        {
            RunStep(from, thread, choice, alternatives, step);
        }
        else if (step->Outcome == StepOutcome.Taken)
        {
            byte* made = places is null ? null : Make(from, step);
            Reach(from, step, made, made == null ? StatePool.NoteOf(from)->Fingerprint ^ step->Delta : Identify(made));
        }
    }

    // Runs the model's code from one scheduling point to the next, and keeps what it did.
    private void RunStep(byte* from, int thread, int choice, int alternatives, CachedStep* cached)
    {
        collapse.Unfold(from, Before());
        shape.Copy(before, after);
        Execution.Attach(after);
        Execution.Run(thread, choice);
        Learner?.Note(before, after, thread);
        byte* to = Pool.Take();
        FoldAfter(from, to, thread);
        if (!Execution.StoppedMachine && cached == null)
        {
            cache.Keep(Execution, from, to, alternatives);
        }

        if (checksSteps)
        {
            CompareWithSecondRun(from, to, thread, choice, cached);
        }

        if (Execution.Pruned)
        {
            Pool.Give(to);
            return;
        }

        Execution.Raised.AddTo(known);
        Reach(from, null, to, Identify(to));
    }

    private void FoldAfter(byte* from, byte* to, int thread)
    {
        if (Execution.StoppedMachine)
        {
            collapse.Fold(Execution, after, to);
            return;
        }

        CopyState(from, to);
        Buffer.MemoryCopy(after, to, shape.WordBytes, shape.WordBytes);
        collapse.PartsOf(to)[thread] = Execution.Pruned ? 0 : collapse.NumberOf(Execution, after, thread);
    }

    private byte* Make(byte* from, CachedStep* step)
    {
        byte* to = Pool.Take();
        CopyState(from, to);
        CachedStep.Apply(step, (int*)to, collapse.PartsOf(to));
        return to;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CopyState(byte* from, byte* to)
    {
        for (int at = 0; at < stateBytes; at += Vector256<byte>.Count)
        {
            Vector256.LoadAligned(from + at).StoreAligned(to + at);
        }
    }

    private byte* Before()
    {
        if (before == null)
        {
            before = shape.NewVector();
            after = shape.NewVector();
        }

        return before;
    }

    // Both runs, and the step as it was kept, must lead to the same state.
    private void CompareWithSecondRun(byte* from, byte* to, int thread, int choice, CachedStep* cached)
    {
        if (task.CheckedGroups is { } groups && !Execution.Pruned)
        {
            CompareArrangements(groups, before, after, thread, choice);
        }

        bool pruned = Execution.Pruned;
        if (second == null)
        {
            second = shape.NewVector();
        }

        shape.Copy(before, second);
        Execution.Attach(second);
        Execution.Run(thread, choice);
        Execution.Attach(after);
        if (pruned != Execution.Pruned || !shape.Same(after, second))
        {
            throw new ModelException($"the model is not deterministic: two runs of one step of thread {thread} differ");
        }

        if (cached != null && !IsAsKept(from, to, cached))
        {
            throw new ModelException($"a step of thread {thread} depends on more than what it is seen to touch");
        }
    }

    private bool IsAsKept(byte* from, byte* to, CachedStep* step)
    {
        if (step->Outcome == StepOutcome.Pruned || Execution.Pruned)
        {
            return step->Outcome == StepOutcome.Pruned == Execution.Pruned;
        }

        byte* made = Make(from, step);
        bool same = !Execution.StoppedMachine
            && new ReadOnlySpan<byte>(made, collapse.StateBytes).SequenceEqual(new ReadOnlySpan<byte>(to, collapse.StateBytes))
            && collapse.Fingerprint(made) == (collapse.Fingerprint(from) ^ step->Delta);
        Pool.Give(made);
        return same;
    }
}
