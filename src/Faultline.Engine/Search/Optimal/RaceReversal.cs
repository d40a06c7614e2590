using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Faultline.Engine.State;

namespace Faultline.Engine.Search.Optimal;

/// <summary>
/// At the end of a schedule: whoever could have come before an event that depends on it, with all that does not happen after the event
/// done first, is to be explored from the state before the event, unless that is known or planned already. Who that can be: the thread of a
/// later event in a race with it; a thread that cannot move after the event and could before; the event's own thread, going
/// another way.
/// </summary>
internal sealed unsafe class RaceReversal : IDisposable
{
    private readonly Execution execution;
    private readonly Stepper stepper;
    private readonly Trail trail;
    private readonly Sleepers sleepers;
    private readonly WakeupTrees trees;
    private readonly TransitionSequence sequence = new();
    private readonly byte* before;
    private readonly byte* after;
    private int[] tree = new int[64];
    private int seen; // events that were there at the end of the schedule before this one, too

    public RaceReversal(Execution execution, Stepper stepper, Trail trail, Sleepers sleepers)
    {
        (this.execution, this.stepper, this.trail, this.sleepers) = (execution, stepper, trail, sleepers);
        trees = new WakeupTrees(stepper.Sets);
        before = stepper.NewState();
        after = stepper.NewState();
        tree[0] = WakeupTrees.Empty;
    }

    /// <summary>Is something to be explored from this state on the way?</summary>
    public bool HasNext(int depth) => tree[depth] != WakeupTrees.Empty;

    /// <summary>Takes what is to be explored next.</summary>
    /// <param name="depth">From which state on the way.</param>
    /// <param name="next">The step.</param>
    /// <param name="below">What is to be explored after it.</param>
    public bool TakeNext(int depth, out Transition next, out int below)
    {
        (next, below) = (default, WakeupTrees.Empty);
        if (!HasNext(depth))
        {
            return false;
        }

        next = trees.Take(ref tree[depth], out below);
        return true;
    }

    /// <summary>A state is entered, with what is to be explored from there.</summary>
    public void Enter(int depth, int below)
    {
        if (depth == tree.Length)
        {
            Array.Resize(ref tree, 2 * depth);
        }

        tree[depth] = below;
        seen = Math.Min(seen, depth - 1);
    }

    /// <summary>Looks for what the present schedule shows to be missing.</summary>
    public void ReverseRaces()
    {
        Vector256<int> least = trail.LeastClock(seen);
        for (int i = 0; i < trail.Depth; i++)
        {
            foreach (int earlier in trail.Races(i))
            {
                if (i >= seen || !trail.AreAfter(earlier, least))
                {
                    ReverseAll(earlier, trail[i].Transition.Thread, trail[i].Alternatives);
                }
            }

            if (i >= seen || !trail.AreAfter(i, least))
            {
                GoAnotherWay(i);
            }
        }

        seen = trail.Depth;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(before);
        NativeMemory.AlignedFree(after);
    }

    private void GoAnotherWay(int index)
    {
        ref readonly Event at = ref trail[index];
        if (at.Alternatives > 1)
        {
            ReverseAll(index, at.Transition.Thread, at.Alternatives);
        }

        if (at.MayBlock || at.Stops)
        {
            for (int thread = 0; thread < execution.Shape.Threads; thread++)
            {
                if (thread != at.Transition.Thread && (at.Stops || Blocks(index, thread)))
                {
                    ReverseAll(index, thread, at.Stops ? execution.Enabled(trail.State(index), thread) : 1);
                }
            }
        }
    }

    // Where a thread stands that made all its steps that do not happen after an event: could it go on before the event, and not after it?
    private bool Blocks(int index, int thread)
    {
        int last = trail.Last(thread);
        while (last > index && trail.IsAfter(index, last))
        {
            last = trail[last].Previous;
        }

        ThreadHeader* stands = execution.Shape.Header(trail.State(last + 1), thread);
        return Stepper.IsWaiting(stands->Kind)
            && Execution.CanProceed(((int*)trail.State(index))[stands->Word], stands->Kind, thread)
            && !Execution.CanProceed(((int*)trail.State(index + 1))[stands->Word], stands->Kind, thread);
    }

    private void ReverseAll(int index, int thread, int alternatives)
    {
        for (int choice = 0; choice < alternatives; choice++)
        {
            if (thread != trail[index].Transition.Thread || choice != trail[index].Transition.Choice)
            {
                Reverse(index, thread, choice);
            }
        }
    }

    private void Reverse(int index, int thread, int choice)
    {
        sequence.Clear();
        for (int i = index + 1; i < trail.Depth; i++)
        {
            if (!trail.IsAfter(index, i))
            {
                sequence.Add(trail[i].Transition);
            }
        }

        if (IsKnown(index, thread, choice, out bool isSure) || !TakeLast(index, thread, choice) || (!isSure && IsKnown(index)))
        {
            return;
        }

        trees.Insert(ref tree[index], sequence);
    }

    // Without having run it: is there a step asleep that could be the first, whatever the last one touches?
    private bool IsKnown(int index, int thread, int choice, out bool isSure)
    {
        isSure = true;
        foreach (Transition sleeper in sleepers.At(index))
        {
            Standing standing = sequence.Of(sleeper, stepper.Sets, out _);
            if (standing == Standing.InSequence)
            {
                return true;
            }

            if (standing == Standing.Independent)
            {
                if (sleeper.Thread == thread && sleeper.Choice == choice)
                {
                    return true;
                }

                isSure &= sleeper.Thread == thread;
            }
        }

        return false;
    }

    private bool IsKnown(int index)
    {
        foreach (Transition sleeper in sleepers.At(index))
        {
            if (sequence.Of(sleeper, stepper.Sets, out _) != Standing.No)
            {
                return true;
            }
        }

        return false;
    }

    // Runs the sequence from the state before the event, and one more step, whose accesses nobody knows before.
    private bool TakeLast(int index, int thread, int choice)
    {
        execution.Shape.Copy(trail.State(index), before);
        for (int i = 0; i < sequence.Count; i++)
        {
            stepper.Again(before, sequence[i]);
        }

        if (execution.Enabled(before, thread) <= choice)
        {
            return false;
        }

        int accesses = stepper.Take(before, after, thread, choice);
        Transition first = trail[index].Transition;
        if (accesses == Stepper.Pruned || (thread != first.Thread && !stepper.Sets.Conflict(first.Accesses, accesses)))
        {
            return false;
        }

        sequence.Add(new Transition((byte)thread, (byte)choice, accesses));
        return true;
    }
}
