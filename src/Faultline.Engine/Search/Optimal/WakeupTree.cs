using Faultline.Engine.Search.PartialOrder;

namespace Faultline.Engine.Search.Optimal;

/// <summary>A step of one thread.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Choice">Which alternative of the hardware it takes.</param>
/// <param name="Touched">What it touches: a number of <see cref="AccessSets"/>.</param>
internal readonly record struct Step(int Thread, int Choice, int Touched)
{
    /// <summary>The same thread's step by the same alternative.</summary>
    public bool Is(Step other) => Thread == other.Thread && Choice == other.Choice;
}

/// <summary>
/// The schedules that are still to be followed from a state, as a tree: what is in it leads to a trace that has not been seen, and no two
/// branches lead to the same one.
/// </summary>
internal sealed class WakeupTree
{
    private readonly List<(Step Step, WakeupTree Next)> branches = [];

    /// <summary>True when nothing is left.</summary>
    public bool IsLeaf => branches.Count == 0;

    /// <summary>The branch to follow next.</summary>
    public (Step Step, WakeupTree Next) First => branches[0];

    /// <summary>Adds a step as the last branch.</summary>
    public WakeupTree Add(Step step)
    {
        var rest = new WakeupTree();
        branches.Add((step, rest));
        return rest;
    }

    /// <summary>Does a branch begin with this thread's step by this alternative?</summary>
    public bool Begins(Step step) => branches.Exists(b => b.Step.Is(step));

    /// <summary>Says what the step touches that the first branch begins with, now that it was taken.</summary>
    public void Know(Step first) => branches[0] = (first, branches[0].Next);

    /// <summary>Takes out the branch that was followed.</summary>
    public void RemoveFirst() => branches.RemoveAt(0);

    /// <summary>
    /// Adds a sequence, unless a branch leads there already: one whose steps can be moved to the front of the sequence, or are independent of all
    /// of it.
    /// </summary>
    /// <param name="sequence">Its steps; used up.</param>
    /// <param name="sets">What steps touch.</param>
    /// <param name="following">The first branch is being followed: what it leads to is left to it.</param>
    public void Insert(List<Step> sequence, AccessSets sets, bool following)
    {
        WakeupTree at = this;
        while (sequence.Count > 0)
        {
            int branch = at.branches.FindIndex(b => IsWeakInitial(b.Step, sequence, sets));
            if (branch < 0)
            {
                foreach (Step step in sequence)
                {
                    at = at.Add(step);
                }

                return;
            }

            if (at.branches[branch].Next.IsLeaf || (following && branch == 0))
            {
                return;
            }

            int place = sequence.FindIndex(s => s.Thread == at.branches[branch].Step.Thread);
            if (place >= 0)
            {
                sequence.RemoveAt(place);
            }

            at = at.branches[branch].Next;
            following = false;
        }
    }

    /// <summary>
    /// Can a step come first in an execution that has the same order of dependent steps as some extension of a sequence? Either it is in
    /// the sequence, and depends on nothing before it there, or its thread is not, and it depends on nothing in it.
    /// </summary>
    public static bool IsWeakInitial(Step step, List<Step> sequence, AccessSets sets)
    {
        foreach (Step other in sequence)
        {
            if (other.Thread == step.Thread)
            {
                return other.Choice == step.Choice;
            }

            if (sets.Conflict(step.Touched, other.Touched))
            {
                return false;
            }
        }

        return true;
    }
}
