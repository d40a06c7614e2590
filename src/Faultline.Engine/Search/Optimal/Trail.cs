using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Faultline.Engine.Search.PartialOrder;
using Faultline.Engine.State;

namespace Faultline.Engine.Search.Optimal;

/// <summary>An event of the schedule that is being explored.</summary>
internal struct Event
{
    /// <summary>The step.</summary>
    public Transition Transition;

    /// <summary>Its place among its thread's events, from 1.</summary>
    public int Place;

    /// <summary>Its thread's event before it, or -1.</summary>
    public int Previous;

    /// <summary>How many ways it could have gone.</summary>
    public int Alternatives;

    /// <summary>Where its races begin; they end where those of the next event begin.</summary>
    public int FirstRace;

    /// <summary>After it others may have to wait for its thread.</summary>
    public bool MayBlock;

    /// <summary>It stopped the machine.</summary>
    public bool Stops;
}

/// <summary>
/// The schedule that is being explored: its events, which of them happen before which, and the states between them. For each event and
/// thread a clock says how many of the thread's events happen before it, itself included.
/// </summary>
internal sealed unsafe class Trail : IDisposable
{
    private readonly Stepper stepper;
    private readonly int[] last = new int[Layout.MaxThreads];
    private Event[] events = new Event[64];
    private Vector256<int>[] clocks = new Vector256<int>[64];
    private byte*[] states = new byte*[65];
    private int[] races = new int[256];
    private int raceCount;

    public Trail(Stepper stepper)
    {
        this.stepper = stepper;
        Array.Fill(last, -1);
    }

    /// <summary>Number of events.</summary>
    public int Depth { get; private set; }

    /// <summary>An event.</summary>
    public ref readonly Event this[int index] => ref events[index];

    /// <summary>The state before the event of that number; the present one for <see cref="Depth"/>.</summary>
    public byte* State(int index) => index < states.Length && states[index] != null ? states[index] : NewState(index);

    /// <summary>The last event of a thread, or -1.</summary>
    public int Last(int thread) => last[thread];

    /// <summary>The events that an event is in a race with: they happen before it, and nothing comes between.</summary>
    public ReadOnlySpan<int> Races(int index) =>
        races.AsSpan(events[index].FirstRace..(index + 1 == Depth ? raceCount : events[index + 1].FirstRace));

    /// <summary>Does one event happen before a later one?</summary>
    public bool IsAfter(int earlier, int later) => clocks[later].GetElement(events[earlier].Transition.Thread) >= events[earlier].Place;

    /// <summary>Do all events from some number on happen after an earlier one?</summary>
    /// <param name="index">The earlier one.</param>
    /// <param name="least">The least of their clocks.</param>
    public bool AreAfter(int index, Vector256<int> least) => least.GetElement(events[index].Transition.Thread) >= events[index].Place;

    /// <summary>The least of the clocks from some number on.</summary>
    public Vector256<int> LeastClock(int from)
    {
        Vector256<int> least = Vector256.Create(int.MaxValue);
        for (int i = from; i < Depth; i++)
        {
            least = Vector256.Min(least, clocks[i]);
        }

        return least;
    }

    /// <summary>Adds an event, which has just been run.</summary>
    public void Push(Transition transition, int alternatives, bool mayBlock, bool stops)
    {
        if (Depth == events.Length)
        {
            Array.Resize(ref events, 2 * Depth);
            Array.Resize(ref clocks, 2 * Depth);
        }

        int previous = last[transition.Thread];
        events[Depth] = new Event
        {
            Transition = transition,
            Place = previous < 0 ? 1 : events[previous].Place + 1,
            Previous = previous,
            Alternatives = alternatives,
            FirstRace = raceCount,
            MayBlock = mayBlock,
            Stops = stops,
        };
        FindRaces(Depth);
        last[transition.Thread] = Depth++;
    }

    /// <summary>Takes the last event back.</summary>
    public Transition Pop()
    {
        ref Event gone = ref events[--Depth];
        last[gone.Transition.Thread] = gone.Previous;
        raceCount = gone.FirstRace;
        return gone.Transition;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (byte* state in states)
        {
            NativeMemory.AlignedFree(state);
        }
    }

    // From the latest event back: one that depends on this, and that nothing found so far happens after, is in a race with it.
    private void FindRaces(int index)
    {
        AccessSets sets = stepper.Sets;
        Event added = events[index];
        Vector256<int> clock = added.Previous < 0 ? Vector256<int>.Zero : clocks[added.Previous];
        for (int i = index - 1; i >= 0; i--)
        {
            ref Event other = ref events[i];
            if (clock.GetElement(other.Transition.Thread) < other.Place && sets.Conflict(other.Transition.Accesses, added.Transition.Accesses))
            {
                clock = Vector256.Max(clock, clocks[i]);
                AddRace(i);
            }
        }

        clocks[index] = clock.WithElement(added.Transition.Thread, added.Place);
    }

    private void AddRace(int with)
    {
        if (raceCount == races.Length)
        {
            Array.Resize(ref races, 2 * raceCount);
        }

        races[raceCount++] = with;
    }

    private byte* NewState(int index)
    {
        if (index >= states.Length)
        {
            var more = new byte*[2 * index];
            Array.Copy(states, more, states.Length);
            states = more;
        }

        return states[index] = stepper.NewState();
    }
}
