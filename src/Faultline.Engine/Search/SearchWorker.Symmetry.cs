using Faultline.Engine.Search.Symmetry;

namespace Faultline.Engine.Search;

/// <summary>Threads of equal programs change places: a state that differs from a known one only by that is known.</summary>
internal sealed unsafe partial class SearchWorker
{
    private readonly Interchange? places;
    private byte* arranged;

    /// <summary>States that the new ones of this worker stand for.</summary>
    public long StandsFor { get; private set; }

    // The state's fingerprint, or the one that it has in common with all it stands for.
    private ulong Identify(byte* state)
    {
        if (places is null)
        {
            return collapse.Fingerprint(state);
        }

        Span<ulong> frames = stackalloc ulong[shape.Threads];
        for (int thread = 0; thread < frames.Length; thread++)
        {
            frames[thread] = collapse[collapse.PartsOf(state)[thread]].Fingerprint;
        }

        ulong fingerprint = places.Fingerprint(state, frames);
        StatePool.NoteOf(state)->Arrangements = places.Arrangements;
        return fingerprint;
    }

    // A reduction decides by the state; so that it decides the same whichever state came first, they are put in order.
    private byte* InOrder(byte* state)
    {
        Span<ulong> contents = stackalloc ulong[shape.Threads];
        for (int thread = 0; thread < contents.Length; thread++)
        {
            contents[thread] = collapse[collapse.PartsOf(state)[thread]].Content;
        }

        ReadOnlySpan<int> place = places!.Order(state, contents);
        if (place.IsEmpty)
        {
            return state;
        }

        byte* ordered = Pool.Take();
        *StatePool.NoteOf(ordered) = *StatePool.NoteOf(state);
        places.MoveWords(state, ordered, place);
        for (int thread = 0; thread < shape.Threads; thread++)
        {
            collapse.PartsOf(ordered)[place[thread]] = collapse.PartsOf(state)[thread];
        }

        Pool.Give(state);
        return ordered;
    }

    private void FinishAll(byte* state)
    {
        if (places is null)
        {
            FinishOne(state);
            return;
        }

        places.ForEachArrangement(state, Room(), () => FinishOne(arranged));
    }

    // Steps of threads that have changed places must lead to the same states with the same threads in each other's places.
    private void CompareArrangements(ThreadGroups groups, byte* from, byte* to, int thread, int choice)
    {
        using var checkedPlaces = new Interchange(groups, shape);
        byte* expected = shape.NewVector();
        string[] raised = RaisedIn(to);
        foreach (int[] place in groups.Generators())
        {
            checkedPlaces.Move(from, Room(), place);
            bool alike = Execution.Enabled(arranged, place[thread]) == Execution.Enabled(from, thread);
            if (alike)
            {
                Execution.Attach(arranged);
                Execution.Run(place[thread], choice);
                checkedPlaces.Move(to, expected, place);
                alike = !Execution.Pruned && shape.Same(arranged, expected) && RaisedIn(arranged).SequenceEqual(raised);
            }

            if (!alike)
            {
                throw new ModelException($"a step of thread {thread} is another one when it has changed places with thread {place[thread]}");
            }
        }

        System.Runtime.InteropServices.NativeMemory.AlignedFree(expected);
        Execution.Attach(to);
    }

    // What the step that led here raised, and what the state itself does.
    private string[] RaisedIn(byte* state)
    {
        Execution.Attach(state);
        Execution.Model.CheckState(Execution);
        return [.. Enumerable.Range(0, Execution.Raised.Count).Select(i => Execution.Raised[i].ToString()).Order(StringComparer.Ordinal)];
    }

    private byte* Room() => arranged == null ? arranged = shape.NewVector() : arranged;
}
