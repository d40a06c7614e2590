using Faultline.Engine.Search.PartialOrder;

namespace Faultline.Engine.Search.Optimal;

/// <summary>A step of a thread, and what it touches where it is taken.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Choice">The alternative it takes.</param>
/// <param name="Accesses">Number of the set of words, in <see cref="AccessSets"/>.</param>
internal readonly record struct Transition(byte Thread, byte Choice, int Accesses);

/// <summary>How a step that can be taken now stands to a sequence that can, too.</summary>
internal enum Standing
{
    /// <summary>It cannot be first: something in the sequence depends on it, or its thread goes another way.</summary>
    No,

    /// <summary>It is in the sequence, and nothing before it depends on it.</summary>
    InSequence,

    /// <summary>It is not in the sequence, and nothing there depends on it.</summary>
    Independent,
}

/// <summary>A sequence of steps that can be taken from some state.</summary>
internal sealed class TransitionSequence
{
    private Transition[] steps = new Transition[64];

    public int Count { get; private set; }

    public Transition this[int index] => steps[index];

    public void Clear() => Count = 0;

    public void Add(Transition transition)
    {
        if (Count == steps.Length)
        {
            Array.Resize(ref steps, 2 * Count);
        }

        steps[Count++] = transition;
    }

    /// <summary>Takes one out.</summary>
    public void RemoveAt(int index) => Array.Copy(steps, index + 1, steps, index, --Count - index);

    /// <summary>Is a step a weak initial of this sequence: can it be the first of a sequence that differs by independent steps only?</summary>
    /// <param name="step">It can be taken where the sequence begins.</param>
    /// <param name="sets">What steps touch.</param>
    /// <param name="place">Where it is in the sequence.</param>
    public Standing Of(Transition step, AccessSets sets, out int place)
    {
        for (place = 0; place < Count; place++)
        {
            Transition other = steps[place];
            if (other.Thread == step.Thread)
            {
                return other.Choice == step.Choice ? Standing.InSequence : Standing.No;
            }

            if (sets.Conflict(step.Accesses, other.Accesses))
            {
                return Standing.No;
            }
        }

        return Standing.Independent;
    }
}
