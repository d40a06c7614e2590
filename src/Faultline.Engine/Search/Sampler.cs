using System.Diagnostics;
using System.Runtime.InteropServices;
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
/// Runs schedules one after another from the initial state, in place: a step costs no copy, no fingerprint of the state and no
/// allocation. Every state on the way gets the checks that an exhaustive search makes; ends are told apart by their fingerprints.
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
    private readonly byte* initial;
    private readonly byte* state;
    private readonly byte* spare;
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
    private int length;
    private int maxDepth;

    public TScheduler Scheduler;

    public Sampler(Execution execution, TScheduler scheduler, ulong seed, long wanted, ISearchObserver? observer, SearchLimits limits)
    {
        (this.execution, this.seed, this.wanted, this.observer, this.limits) = (execution, seed, wanted, observer, limits);
        Scheduler = scheduler;
        stepsAllowed = limits.MaxStates;
        initial = execution.Shape.NewVector();
        state = execution.Shape.NewVector();
        spare = execution.Shape.NewVector();
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
        NativeMemory.AlignedFree(initial);
        NativeMemory.AlignedFree(state);
        NativeMemory.AlignedFree(spare);
        ends.Dispose();
    }

    public SearchResult Run()
    {
        execution.Initialise(initial);
        execution.Model.CheckState(execution);
        NoteRaised();
        string? stoppedBy = null;
        while (stoppedBy is null && Schedules < wanted)
        {
            RunOne();
            stoppedBy = steps >= nextLook ? LookAtLimits() : null;
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
        execution.Shape.Copy(initial, state);
        execution.Attach(state);
        Scheduler.Begin(ref random);
        length = 0;
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

    private void Step(int thread, ref SeededRandom random)
    {
        int alternatives = execution.Enabled(state, thread), choice = 0;
        if (alternatives > 1)
        {
            choice = RunAlternative(thread, alternatives, ref random);
        }
        else
        {
            execution.Run(thread, 0);
        }

        moves[length++] = (ushort)(thread | (choice << 8));
        steps++;
        execution.Model.CheckState(execution);
        if (execution.Raised.Count > 0)
        {
            NoteRaised();
        }
    }

    // One that turns out to be no step of its own is taken back, and the next tried.
    private int RunAlternative(int thread, int alternatives, ref SeededRandom random)
    {
        DrewAlternatives = true;
        execution.Shape.Copy(state, spare);
        int first = random.Below(alternatives);
        for (int i = 0; i < alternatives; i++)
        {
            int choice = (first + i) % alternatives;
            execution.Run(thread, choice);
            if (!execution.Pruned)
            {
                return choice;
            }

            execution.Shape.Copy(spare, state);
        }

        throw new ModelException($"thread {thread} has {alternatives} alternatives and none is a step");
    }

    private uint Enabled()
    {
        uint enabled = 0;
        for (int t = 0; t < execution.Shape.Threads; t++)
        {
            enabled |= execution.Enabled(state, t) > 0 ? 1u << t : 0;
        }

        return enabled;
    }

    private void Finish()
    {
        for (int t = 0; t < execution.Shape.Threads; t++)
        {
            execution.Shape.Rehash(state, t);
        }

        if (!ends.Add(execution.StateFingerprint))
        {
            return;
        }

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
        return steps >= stepsAllowed ? $"{limits.MaxStates} steps" : limits.Met(clock.Elapsed);
    }
}
