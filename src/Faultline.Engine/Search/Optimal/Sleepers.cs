using Faultline.Engine.Search.PartialOrder;

namespace Faultline.Engine.Search.Optimal;

/// <summary>The sleep sets of the states on the way to the present one: steps that need not be taken there, as all that they lead to is known.</summary>
internal sealed class Sleepers
{
    private Transition[] steps = new Transition[256];
    private int[] starts = new int[64];
    private int count;
    private int depth;

    /// <summary>The sleep set of a state on the way.</summary>
    public ReadOnlySpan<Transition> At(int index) => steps.AsSpan(starts[index]..(index == depth ? count : starts[index + 1]));

    /// <summary>A step is taken; those that do not depend on it sleep on.</summary>
    public void Push(Transition taken, AccessSets sets)
    {
        if (depth + 1 == starts.Length)
        {
            Array.Resize(ref starts, 2 * starts.Length);
        }

        int from = starts[depth], to = count;
        starts[++depth] = to;
        for (int i = from; i < to; i++)
        {
            if (steps[i].Thread != taken.Thread && !sets.Conflict(steps[i].Accesses, taken.Accesses))
            {
                Add(steps[i]);
            }
        }
    }

    /// <summary>A step is taken back, and sleeps from now on.</summary>
    public void Pop(Transition explored)
    {
        count = starts[depth--];
        Add(explored);
    }

    /// <summary>Does this step sleep in the present state?</summary>
    public bool Contains(int thread, int choice)
    {
        foreach (Transition sleeper in At(depth))
        {
            if (sleeper.Thread == thread && sleeper.Choice == choice)
            {
                return true;
            }
        }

        return false;
    }

    private void Add(Transition step)
    {
        if (count == steps.Length)
        {
            Array.Resize(ref steps, 2 * count);
        }

        steps[count++] = step;
    }
}
