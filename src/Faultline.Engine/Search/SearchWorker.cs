using System.Numerics;
using System.Runtime.InteropServices;
using Faultline.Engine.Search.PartialOrder;
using Faultline.Engine.Search.Symmetry;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>
/// One worker of a search. It takes the newest state that waits, takes all its steps (SearchWorker.Steps.cs), and keeps those states that
/// nobody has seen. Where a step leads is looked up only after some others have been taken, when its place in the visited set has come from memory.
/// </summary>
internal sealed unsafe partial class SearchWorker : IDisposable
{
    private const int ShareAbove = 4;
    private readonly SearchTask task;
    private readonly VectorShape shape;
    private readonly Collapse collapse;
    private readonly VisitedSet visited;
    private readonly StepRunner runner;
    private readonly StepCache cache; // the runner's
    private readonly HashSet<Violation> known = [];
    private readonly bool isFirst;
    private readonly int me; // the own part of the visited set
    private readonly bool checksStates;
    private readonly bool checksSteps;
    private readonly int everyThread;
    private readonly BitTable? bits;

    /// <summary>A worker.</summary>
    /// <param name="task">What it takes part in.</param>
    /// <param name="number">Its number, from 0.</param>
    public SearchWorker(SearchTask task, int number)
    {
        this.task = task;
        me = task.Exchange is null ? 0 : number;
        isFirst = number == 0;
        bits = task.Bits;
        exchange = task.Exchange;
        asked = exchange?.Of(number) ?? [];
        states = task.States;
        givesTo = new bool[asked.Length];
        filling = (LookupBatch**)NativeMemory.Alloc((nuint)Math.Max(asked.Length, 1), (nuint)sizeof(LookupBatch*));
        for (int part = 0; part < asked.Length; part++)
        {
            filling[part] = asked[part].Filling;
        }

        filling[me] = newer;
        Execution = new Execution(task.Model) { CollectsLockOrder = true, LogsAccesses = true };
        shape = Execution.Shape;
        collapse = task.Collapse;
        visited = task.Visited;
        runner = new StepRunner(Execution, collapse, task.WordsChecked);
        cache = runner.Cache;
        Pool = new StatePool(collapse.StateBytes);
        stateBytes = collapse.StateBytes;
        Edges = task.Graph?.NewEdges();
        places = task.Groups is { } groups ? new Interchange(groups, shape) : null;
        checksStates = task.Model.ChecksStates;
        checksSteps = task.ChecksDeterminism;
        everyThread = (1 << shape.Threads) - 1;
        if (task.Known is { } known)
        {
            Learner = new Learner(known, Execution);
            Persistent = new PersistentSets(known, collapse, shape.Threads);
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
    public long Frontier => Waiting.Count + older->Count + newer->Count + asked.Sum(channel => channel.Pending) + Sent;

    /// <summary>States handed over that nobody has taken.</summary>
    private int Sent => Enumerable.Range(0, givesTo.Length).Sum(other => other == me ? 0 : states!.Between(me, other).Count);

    /// <summary>Steps to the state expanded last.</summary>
    public int Depth { get; private set; }

    /// <summary>Bytes taken by what waits and by the steps kept.</summary>
    public long Bytes => Pool.Bytes + cache.Bytes;

    /// <summary>Begins at the initial state.</summary>
    public void Begin()
    {
        byte* vector = Room();
        Execution.Initialise(vector);
        Execution.Raised.AddTo(known);
        byte* state = Pool.Take();
        collapse.Fold(Execution, vector, state);
        ulong fingerprint = Identify(state);
        visited.Add(fingerprint, out uint number);
        bits?.Add(fingerprint);
        KeepNew(state, fingerprint, number, 0, null);
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
            else if (IsPending)
            {
                MeetSome();
            }
            else if ((exchange is null || !HandOver()) && !task.Frontier.Take(Waiting, me))
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

    /// <inheritdoc/>
    public void Dispose()
    {
        Pool.Dispose();
        Waiting.Dispose();
        runner.Dispose();
        Execution.Dispose();
        Learner?.Dispose();
        Persistent?.Dispose();
        NativeMemory.AlignedFree(older);
        NativeMemory.AlignedFree(newer);
        NativeMemory.Free(filling);
        NativeMemory.AlignedFree(second);
        NativeMemory.AlignedFree(arranged);
        places?.Dispose();
    }

    private void Expand(byte* state)
    {
        Depth = StatePool.NoteOf(state)->Depth;
        StatePool.NoteOf(state)->Users = 1;
        bool moved = false;
        int threads = Persistent is null ? everyThread : Persistent.Choose(state);
        int* parts = collapse.PartsOf(state);
        for (; threads != 0; threads &= threads - 1)
        {
            int thread = BitOperations.TrailingZeroCount(threads);
            CachedStep* step = cache.Find((int*)state, thread, parts[thread], 0);
            if (step != null && step->Outcome == StepOutcome.Blocked)
            {
                continue;
            }

            int alternatives = step == null ? runner.Enabled(state, thread) : step->Alternatives;
            moved |= alternatives > 0;
            if (alternatives > 0)
            {
                Step(state, thread, 0, alternatives, step);
            }

            for (int choice = 1; choice < alternatives; choice++)
            {
                Step(state, thread, choice, alternatives, cache.Find((int*)state, thread, parts[thread], choice));
            }
        }

        if (!moved)
        {
            Edges?.AddTerminal(StatePool.NoteOf(state)->Number);
            FinishAll(runner.Unfold(state));
        }

        Pool.LetGo(state); // steps taken from it may need it still
    }

    // A state that nobody had seen: waits to be expanded.
    private void KeepNew(byte* state, ulong fingerprint, uint number, int depth, CachedStep* step)
    {
        StateNote* note = StatePool.NoteOf(state);
        note->Fingerprint = fingerprint;
        note->Number = number;
        note->Depth = depth;
        MaxDepth = Math.Max(MaxDepth, depth);
        if (places is not null)
        {
            StandsFor += note->Arrangements;
            state = Learner is null ? state : InOrder(state);
        }

        if (checksStates && (step == null || checksSteps || runner.NeedsCheck(step)))
        {
            Check(state);
        }

        if (exchange is null || !TryHandOver(state, fingerprint))
        {
            Waiting.Push(state);
        }

        task.CountState();
    }

    private void Check(byte* state)
    {
        runner.Check(state);
        Execution.Raised.AddTo(known);
    }

    // A state that no step leads out of is an end.
    private void FinishOne(byte* vector)
    {
        Execution.Attach(vector);
        bool stuck = !Execution.EndsWell();
        EndStates += stuck ? 0 : 1;
        Execution.Raised.AddTo(known);
        task.TellEnd(Execution, stuck);
    }
}
