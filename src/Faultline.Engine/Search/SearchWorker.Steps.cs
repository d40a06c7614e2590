using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Faultline.Engine.Search;

/// <summary>Taking steps: as they were taken before where that is known, else by running the model's code.</summary>
internal sealed unsafe partial class SearchWorker
{
    private byte* second;
    private readonly int stateBytes;

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

    private void RunStep(byte* from, int thread, int choice, int alternatives, CachedStep* cached)
    {
        byte* to = Pool.Take();
        runner.Run(from, to, thread, choice, cached == null ? alternatives : 0);
        Learner?.Note(runner.Before, runner.After, thread);
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

    // Both runs, and the step as it was kept, must lead to the same state.
    private void CompareWithSecondRun(byte* from, byte* to, int thread, int choice, CachedStep* cached)
    {
        if (task.CheckedGroups is { } groups && !Execution.Pruned)
        {
            CompareArrangements(groups, runner.Before, runner.After, thread, choice);
        }

        bool pruned = Execution.Pruned;
        if (second == null)
        {
            second = shape.NewVector();
        }

        shape.Copy(runner.Before, second);
        Execution.Attach(second);
        Execution.Run(thread, choice);
        Execution.Attach(runner.After);
        if (pruned != Execution.Pruned || !shape.Same(runner.After, second))
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
