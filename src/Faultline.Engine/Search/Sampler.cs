using System.Diagnostics;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Search;

/// <summary>Decides which thread moves next in a schedule that is drawn.</summary>
internal interface IScheduler
{
    /// <summary>A schedule starts.</summary>
    void Begin(ref SeededRandom random);

    /// <summary>Chooses one of the threads that can move.</summary>
    /// <param name="enabled">A bit for each of them; not 0.</param>
    /// <param name="step">How many steps were taken.</param>
    /// <param name="random">The schedule's random numbers.</param>
    int Choose(uint enabled, int step, ref SeededRandom random);

    /// <summary>The schedule came to its end.</summary>
    void End(int steps);
}

/// <summary>
/// Runs schedules one after another from the initial state, in place: a step that was taken before is taken as then, without running the
/// model's code, and costs no copy and no allocation. Every state on the way gets the checks that an exhaustive search makes; ends are told
/// apart by their fingerprints.
/// </summary>
internal sealed unsafe class Sampler<TScheduler> : IDisposable
    where TScheduler : struct, IScheduler
{
    private const int ProgressSteps = 1 << 14;

    private readonly Execution execution;
    private readonly ISearchObserver? observer;
    private readonly SearchLimits limits;
    private readonly long wanted;
    private readonly ulong seed;
    private readonly Collapse collapse;
    private readonly StepRunner runner;
    private readonly StepCache cache; // the runner's
    private readonly bool checksStates;
    private readonly StatePool states;
    private readonly byte* initial;
    private byte* state;
    private byte* next; // room for where a step leads that is run
    private readonly nint[] firsts = new nint[Layout.MaxThreads]; // each thread's first alternative, if it is kept
    private readonly ushort[] moves = new ushort[SampleCoverage.StepsAtMost];
    private readonly VisitedSet ends = new();
    private readonly HashSet<Violation> known = [];
    private readonly List<FoundSchedule> found = [];
    private readonly Func<Schedule> schedule;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly long stepsAllowed;
    private long steps;
    private long nextLook;
    private long endStates;
    private ulong initialFingerprint;
    private ulong fingerprint; // of the state
    private int length;
    private int maxDepth;
    private bool isNewEnd;

    public TScheduler Scheduler;

    public Sampler(Execution execution, TScheduler scheduler, ulong seed, long wanted, ISearchObserver? observer, SearchLimits limits)
    {
        (this.execution, this.seed, this.wanted, this.observer, this.limits) = (execution, seed, wanted, observer, limits);
        Scheduler = scheduler;
        stepsAllowed = limits.MaxStates;
        collapse = new Collapse(execution.Shape);
        runner = new StepRunner(execution, collapse, new bool[execution.Model.Layout.WordCount]);
        cache = runner.Cache;
        checksStates = execution.Model.ChecksStates;
        states = new StatePool(collapse.StateBytes);
        initial = states.Take();
        state = states.Take();
        next = states.Take();
        schedule = Schedule;
    }

    /// <summary>Schedules run.</summary>
    public long Schedules { get; private set; }

    /// <summary>Those of them that were abandoned.</summary>
    public long Abandoned { get; private set; }

    /// <summary>Some step had alternatives.</summary>
    public bool DrewAlternatives { get; private set; }

    public void Dispose()
    {
        states.Dispose();
        runner.Dispose();
        collapse.Dispose();
        ends.Dispose();
    }

    public SearchResult Run()
    {
        execution.Initialise(runner.After);
        NoteRaised();
        collapse.Fold(execution, runner.After, initial);
        initialFingerprint = collapse.Fingerprint(initial);
        Check(initial);
        string? stoppedBy = null;
        while (stoppedBy is null && Schedules < wanted)
        {
            RunOne();
            stoppedBy = steps >= nextLook ? LookAtLimits() : isNewEnd ? limits.Met(clock.Elapsed) : null; // whoever was told may have seen enough
        }

        return new SearchResult
        {
            Complete = false,
            StoppedBy = stoppedBy ?? $"{wanted} schedules",
            States = ends.Count,
            Transitions = steps,
            EndStates = endStates,
            MaxDepth = maxDepth,
            Elapsed = clock.Elapsed,
            VisitedBytes = ends.Bytes,
            Violations = [.. found.Select(f => f.Violation)],
            LockOrder = execution.LockOrderEdges(),
            Schedules = found,
        };
    }

    private void RunOne()
    {
        var random = new SeededRandom(seed, (ulong)Schedules);
        Buffer.MemoryCopy(initial, state, collapse.StateBytes, collapse.StateBytes);
        fingerprint = initialFingerprint;
        Scheduler.Begin(ref random);
        length = 0;
        isNewEnd = false;
        for (uint enabled = Enabled(); enabled != 0; enabled = Enabled())
        {
            if (length == SampleCoverage.StepsAtMost || steps == stepsAllowed)
            {
                Leave(ended: false);
                return;
            }

            Step(Scheduler.Choose(enabled, length, ref random), ref random);
        }

        Leave(ended: true);
    }

    private void Leave(bool ended)
    {
        maxDepth = Math.Max(maxDepth, length);
        if (ended)
        {
            Scheduler.End(length);
            Finish();
            Schedules++;
        }
        else if (length == SampleCoverage.StepsAtMost)
        {
            Abandoned++;
            Schedules++;
        }
        else
        {
            nextLook = 0; // out of steps
        }
    }

    // An alternative that turns out to be no step of its own is not taken, and the next tried.
    private void Step(int thread, ref SeededRandom random)
    {
        var step = (CachedStep*)firsts[thread];
        int alternatives = step == null ? runner.Enabled(state, thread) : step->Alternatives;
        int first = alternatives > 1 ? random.Below(alternatives) : 0;
        DrewAlternatives |= alternatives > 1;
        for (int i = 0; i < alternatives; i++)
        {
            int choice = (first + i) % alternatives;
            step = choice == 0 ? (CachedStep*)firsts[thread] : Find(thread, choice);
            if (step == null ? Run(thread, choice, alternatives) : step->Outcome == StepOutcome.Taken && Take(step, choice))
            {
                return;
            }
        }

        throw new ModelException($"thread {thread} has {alternatives} alternatives and none is a step");
    }

    private CachedStep* Find(int thread, int choice) => cache.Find((int*)state, thread, collapse.PartsOf(state)[thread], choice);

    private bool Take(CachedStep* step, int choice)
    {
        NoteMove(step->Thread, choice);
        fingerprint ^= step->Delta;
        CachedStep.Apply(step, (int*)state, collapse.PartsOf(state));
        if (checksStates && runner.NeedsCheck(step))
        {
            Check(state);
        }

        return true;
    }

    // False: it is no step of its own.
    private bool Run(int thread, int choice, int alternatives)
    {
        runner.Run(state, next, thread, choice, alternatives);
        if (execution.Pruned)
        {
            return false;
        }

        NoteMove(thread, choice);
        NoteRaised();
        byte* reached = next;
        next = state;
        state = reached;
        fingerprint = collapse.Fingerprint(state);
        if (checksStates)
        {
            Check(state);
        }

        return true;
    }

    private void NoteMove(int thread, int choice)
    {
        moves[length++] = (ushort)(thread | (choice << 8));
        steps++;
    }

    private void Check(byte* reached)
    {
        runner.Check(reached);
        NoteRaised();
    }

    private uint Enabled()
    {
        uint enabled = 0;
        for (int t = 0; t < execution.Shape.Threads; t++)
        {
            CachedStep* step = Find(t, 0);
            firsts[t] = (nint)step;
            bool can = step == null ? runner.Enabled(state, t) > 0 : step->Outcome != StepOutcome.Blocked;
            enabled |= can ? 1u << t : 0;
        }

        return enabled;
    }

    private void Finish()
    {
        if (!ends.Add(fingerprint))
        {
            return;
        }

        isNewEnd = true;
        execution.Attach(runner.Unfold(state));
        bool stuck = !execution.EndsWell();
        endStates += stuck ? 0 : 1;
        NoteRaised();
        observer?.EndState(execution, stuck);
        observer?.EndedBy(schedule);
    }

    private void NoteRaised()
    {
        for (int i = 0; i < execution.Raised.Count; i++)
        {
            if (known.Add(execution.Raised[i]))
            {
                found.Add(new FoundSchedule(execution.Raised[i], Schedule()));
            }
        }
    }

    private Schedule Schedule()
    {
        var run = new Move[length];
        for (int i = 0; i < length; i++)
        {
            run[i] = new Move(moves[i] & 0xff, moves[i] >> 8);
        }

        return new Schedule(run);
    }

    private string? LookAtLimits()
    {
        nextLook = steps + ProgressSteps;
        observer?.Progress(new SearchProgress(ends.Count, steps, maxDepth, 0, clock.Elapsed)
        {
            Schedules = Schedules,
            SchedulesWanted = wanted,
        });
        long memory = ends.Bytes + collapse.Bytes + cache.Bytes;
        return steps >= stepsAllowed ? $"{limits.MaxStates} steps"
            : memory > limits.MaxMemory ? $"{limits.MaxMemory >> 20:N0} MiB of memory"
            : limits.Met(clock.Elapsed);
    }
}
