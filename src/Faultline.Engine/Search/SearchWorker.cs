using System.Runtime.InteropServices;
using Faultline.Engine.Search.PartialOrder;
using Faultline.Engine.Search.Symmetry;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>
/// One worker of a search. It takes the newest state that waits, makes all its successors, and keeps those that nobody has seen. A
/// successor is looked up only after some others have been made, when its place in the visited set has come from memory.
/// </summary>
internal sealed unsafe partial class SearchWorker : IDisposable
{
    private const int PendingMask = 15;
    private const int ShareAbove = 4;
    private readonly SearchTask task;
    private readonly VectorShape shape;
    private readonly VisitedSet visited;
    private readonly byte** pending = (byte**)NativeMemory.AllocZeroed(PendingMask + 1, (nuint)sizeof(byte*));
    private readonly HashSet<Violation> known = [];
    private readonly bool isFirst;
    private byte* second;
    private int oldest;
    private int newest;

    public SearchWorker(SearchTask task, bool isFirst)
    {
        this.task = task;
        this.isFirst = isFirst;
        Execution = new Execution(task.Model) { CollectsLockOrder = true };
        shape = Execution.Shape;
        visited = task.Visited;
        Pool = new StatePool(shape);
        Edges = task.Graph?.NewEdges();
        places = task.Groups is { } groups ? new Interchange(groups, shape) : null;
        if (task.Known is { } known)
        {
            Execution.LogsAccesses = true;
            Learner = new Learner(known, Execution);
            Persistent = new PersistentSets(known, Execution);
        }
    }

    /// <summary>The worker's context.</summary>
    public Execution Execution { get; }

    /// <summary>States that wait to be expanded.</summary>
    public StateStack Waiting { get; } = new();

    /// <summary>Where they lie.</summary>
    public StatePool Pool { get; }

    /// <summary>The edges this worker has found, where the graph is kept.</summary>
    public EdgeList? Edges { get; }

    /// <summary>Notes what transitions touch, where the search is reduced.</summary>
    public Learner? Learner { get; }

    /// <summary>Says which threads need to be run, where the search is reduced.</summary>
    public PersistentSets? Persistent { get; }

    /// <summary>What went wrong, each once.</summary>
    public IReadOnlyCollection<Violation> Violations => known;

    /// <summary>Steps taken.</summary>
    public long Transitions { get; private set; }

    /// <summary>States in which every thread has returned.</summary>
    public long EndStates { get; private set; }

    /// <summary>Longest path by which a state was reached first.</summary>
    public int MaxDepth { get; private set; }

    /// <summary>States seen here whose successors are not all seen.</summary>
    public long Frontier => Waiting.Count + (newest - oldest);

    /// <summary>Steps to the state expanded last.</summary>
    public int Depth { get; private set; }

    /// <summary>Begins at the initial state.</summary>
    public void Begin()
    {
        byte* state = Pool.Take();
        Execution.Initialise(state);
        *StatePool.NoteOf(state) = new StateNote { Fingerprint = IdentityOf(state), Parent = uint.MaxValue, Arrangements = places is null ? 1 : places.Arrangements };
        Learner?.Begin(state);
        Execution.Raised.AddTo(known);
        Meet(state);
    }

    /// <summary>Works until the search is over.</summary>
    public void Run()
    {
        while (!task.Frontier.IsOver)
        {
            if (Waiting.Count > 0)
            {
                Expand(Waiting.Pop());
            }
            else if (oldest != newest)
            {
                Meet(TakeOldest());
            }
            else if (!task.Frontier.Take(Waiting))
            {
                return;
            }

            if (Waiting.Count > ShareAbove && task.Frontier.IsHungry)
            {
                task.Frontier.Give(Waiting);
            }

            if (isFirst && task.IsCheckpointDue)
            {
                task.WriteDueCheckpoint();
            }

            if (task.Frontier.IsStopping && !isFirst)
            {
                MeetPending();
                task.Frontier.StandStill();
            }
        }
    }

    /// <summary>Looks up everything that was made and not looked up yet.</summary>
    public void MeetPending()
    {
        while (oldest != newest)
        {
            Meet(TakeOldest());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pool.Dispose();
        Waiting.Dispose();
        Execution.Dispose();
        Learner?.Dispose();
        Persistent?.Dispose();
        NativeMemory.Free(pending);
        NativeMemory.AlignedFree(second);
        NativeMemory.AlignedFree(arranged);
        places?.Dispose();
    }

    private void Expand(byte* state)
    {
        Depth = StatePool.NoteOf(state)->Depth;
        bool moved = false;
        int threads = Persistent is null ? -1 : Persistent.Choose(state);
        for (int thread = 0; thread < shape.Threads; thread++)
        {
            if ((threads & (1 << thread)) == 0)
            {
                continue;
            }

            int alternatives = Execution.Enabled(state, thread);
            moved |= alternatives > 0;
            for (int choice = 0; choice < alternatives; choice++)
            {
                Step(state, thread, choice);
            }
        }

        if (!moved)
        {
            Edges?.AddTerminal(StatePool.NoteOf(state)->Number);
            FinishAll(state);
        }

        Pool.Give(state);
    }

    private void Step(byte* from, int thread, int choice)
    {
        byte* to = Pool.Take();
        shape.Copy(from, to);
        Execution.Attach(to);
        Execution.Run(thread, choice);
        Learner?.Note(from, to, thread);
        if (Execution.Pruned)
        {
            Pool.Give(to);
            return;
        }

        if (task.ChecksDeterminism)
        {
            CompareWithSecondRun(from, to, thread, choice);
        }

        Execution.Raised.AddTo(known);

        ulong fingerprint = IdentityOf(to);
        visited.Prefetch(fingerprint);
        StateNote* parent = StatePool.NoteOf(from);
        *StatePool.NoteOf(to) = new StateNote
        {
            Fingerprint = fingerprint,
            Parent = parent->Number,
            Depth = parent->Depth + 1,
            Arrangements = places is null ? 1 : places.Arrangements,
        };
        pending[newest++ & PendingMask] = to;
        if ((++Transitions & SearchTask.CheckMask) == 0)
        {
            task.CheckLimits(this, isFirst);
        }

        if (newest - oldest > PendingMask)
        {
            Meet(TakeOldest());
        }
    }

    private byte* TakeOldest() => pending[oldest++ & PendingMask];

    // A state that was made is looked up, and waits to be expanded if it is new.
    private void Meet(byte* state)
    {
        StateNote* note = StatePool.NoteOf(state);
        bool isNew = task.Bits is { } bits ? bits.Add(note->Fingerprint) : visited.Add(note->Fingerprint, out note->Number);
        if (note->Parent != uint.MaxValue)
        {
            Edges?.Add(note->Parent, note->Number);
        }

        if (!isNew)
        {
            Pool.Give(state);
            return;
        }

        MaxDepth = Math.Max(MaxDepth, note->Depth);
        StandsFor += note->Arrangements;
        if (places is not null && Learner is not null)
        {
            state = InOrder(state);
        }

        Execution.Attach(state);
        Execution.Raised.Clear();
        Execution.Model.CheckState(Execution);
        Execution.Raised.AddTo(known);

        Waiting.Push(state);
        task.CountState();
    }

    // A state that no step leads out of is an end.
    private void FinishOne(byte* state)
    {
        Execution.Attach(state);
        Execution.Raised.Clear();
        bool stuck = !Execution.AllDone(state);
        EndStates += stuck ? 0 : 1;
        Execution.CheckFinal();
        Execution.Raised.AddTo(known);
        task.TellEnd(Execution, stuck);
    }

    private void CompareWithSecondRun(byte* from, byte* first, int thread, int choice)
    {
        if (task.CheckedGroups is { } groups)
        {
            CompareArrangements(groups, from, first, thread, choice);
        }

        if (second == null)
        {
            second = shape.NewVector();
        }

        shape.Copy(from, second);
        Execution.Attach(second);
        Execution.Run(thread, choice);
        Execution.Attach(first);
        if (!shape.Same(first, second))
        {
            throw new ModelException($"the model is not deterministic: two runs of one step of thread {thread} differ");
        }
    }
}
